/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tarname.h - what our archives are called: their members' names
 */
#ifndef FADUMP_TARNAME_H
#define FADUMP_TARNAME_H

#include <stdbool.h>
#include <stdint.h>

#define TARNAME_BYTES 512u /* of a tar header, of which all else is a multiple */

#define TARNAME_LOG    "vmcore-dmesg.txt"
#define TARNAME_STATUS "status"
#define TARNAME_VMCORE "vmcore"
#define TARNAME_OPAL   "opalcore"

/* More than an honest status has, in bytes. */
#define TARNAME_STATUS_MAX 65536u

/* May a member of an archive of ours have this name? */
bool tarname_is_known(const char *name);

/*
 * Is this the header of some tar archive's member, is it that of the first one of ours?  Magic
 * and name alone decide: what is half broken is not overwritten either.
 */
bool tarname_is_tar(const uint8_t head[TARNAME_BYTES]);
bool tarname_is_ours(const uint8_t head[TARNAME_BYTES]);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tarname.h - recognize our tar archives by the names of their members
 */
#ifndef FADUMP_TARNAME_H
#define FADUMP_TARNAME_H

#include <stdbool.h>
#include <stdint.h>

#define TARNAME_BYTES 512u /* size of a tar header; each header is at a multiple of it */

#define TARNAME_LOG    "vmcore-dmesg.txt"
#define TARNAME_STATUS "status"
#define TARNAME_VMCORE "vmcore"
#define TARNAME_OPAL   "opalcore"

/* The largest status member that is accepted, in bytes. */
#define TARNAME_STATUS_MAX 65536u

/* True when a member of our archives may have this name. */
bool tarname_is_known(const char *name);

/*
 * tarname_is_tar(): true when @head is the header of a member of any tar archive.
 * tarname_is_ours(): true when @head is the header of the first member of one of our archives.
 * Only magic and name are checked, so that a damaged archive is not overwritten either.
 */
bool tarname_is_tar(const uint8_t head[TARNAME_BYTES]);
bool tarname_is_ours(const uint8_t head[TARNAME_BYTES]);

#endif

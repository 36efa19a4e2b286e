/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disk.h - the path of the disk of a target
 */
#ifndef FADUMP_CONFIG_DISK_H
#define FADUMP_CONFIG_DISK_H

#include "parts.h"

#define DISK_PATH_BYTES (4 * TARGET_DISK_BYTES + 32) /* the longest path, with its NUL */

/*
 * Write to @out the path of the disk @name, which target_parse() has accepted: /dev/... is not
 * changed; UUID=, LABEL=, PARTUUID= and PARTLABEL= become the path of the link that udev creates in
 * /dev/disk/by-*.  The path need not exist.  Returns @out.
 */
const char *disk_path(const char *name, char out[DISK_PATH_BYTES]);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lasting.h - does a file system survive a power failure?
 */
#ifndef FADUMP_PLACE_LASTING_H
#define FADUMP_PLACE_LASTING_H

#include <stdbool.h>

#define LASTING_BYTES 512 /* the longest reason, with its NUL */

/*
 * Returns true when files in @path survive a power failure: no block device below the file system
 * of @path, in any layer, is memory.  For a file system without block devices the result is false
 * if this file system is in memory (tmpfs, ramfs, the initramfs itself), else true (a network or
 * FUSE file system, ZFS).  For an overlay the result is that of its upper layer, or true if it has
 * none; if the upper layer cannot be found, the result is false, because it may be a hidden mount
 * in memory (systemd.volatile=overlay).  Also false if another layer cannot be determined.
 * @path is absolute and without links; @root precedes /proc, /sys and /dev.
 * If false, @why has the reason, which names a device or a file system.
 */
bool lasting(const char *root, const char *path, char why[LASTING_BYTES]);

/* Like lasting(), for the block device @path, a file in /dev; links are followed.  True if there is
 * no such block device. */
bool lasting_device(const char *root, const char *path, char why[LASTING_BYTES]);

#endif

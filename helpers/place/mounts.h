/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mounts.h - find a mount that exists now
 */
#ifndef FADUMP_PLACE_MOUNTS_H
#define FADUMP_PLACE_MOUNTS_H

#include <limits.h>
#include <stdbool.h>

struct mount {
	char source[PATH_MAX], point[PATH_MAX], type[64], options[2 * PATH_MAX];
};

/*
 * Sets @found to the mount in @root/proc/mounts that @path is on: the one with the deepest mount
 * point.  Of several mounts on that mount point it is the last one, which is on top.  @path is
 * absolute and without links.
 * Returns 0, -ENOENT if there is none, or -errno if the file cannot be read.
 */
int mounts_of(const char *root, const char *path, struct mount *found);

/* True when something is mounted on @path itself. */
bool mounts_on(const char *root, const char *path);

/*
 * True when @path, or the directory above it that exists, is in memory, whatever the table says: it
 * has no top of two mounts when one was moved, and shows mounts that a later one hides.
 */
bool mounts_memory(const char *path);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mounts.h - find a mount that exists now
 */
#ifndef FADUMP_PLACE_MOUNTS_H
#define FADUMP_PLACE_MOUNTS_H

#include <limits.h>
#include <stdbool.h>

struct mount {
	char source[PATH_MAX], point[PATH_MAX], type[64];
	char options[2 * PATH_MAX]; /* not decoded, see table_decode() */
};

/*
 * Sets @found to the mount in @root/proc/mounts that @path is on: the one with the deepest mount
 * point.  If several mounts have that mount point, it is the last one, which is on top.  @path is
 * absolute and without links.
 * Returns 0, -ENOENT if there is none, or -errno if the file cannot be read.
 */
int mounts_of(const char *root, const char *path, struct mount *found);

/* True when something is mounted on @path itself. */
bool mounts_on(const char *root, const char *path);

/*
 * True when @path, or the nearest existing directory above it, is in memory, according to
 * statfs(2).  /proc/mounts is not reliable for this: after a moved mount its order does not show
 * which mount is on top, and it lists mounts that a later mount hides.
 */
bool mounts_memory(const char *path);

#endif

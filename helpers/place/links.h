/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * links.h - follow symbolic links of a system that is mounted below a directory
 */
#ifndef FADUMP_PLACE_LINKS_H
#define FADUMP_PLACE_LINKS_H

#include <limits.h>
#include <stdbool.h>

/*
 * Sets @out to @path, a path of the system below @tree ("": the running system), with every
 * symbolic link followed as in that system: an absolute link starts at @tree, and ".." never leaves
 * @tree.
 * Missing components are kept as written.  @out begins with "/", has no empty component, and ends
 * with "/" only when it is "/".
 * Returns 0, -ELOOP (more than 40 links, the limit of the kernel: MAXSYMLINKS in
 * include/linux/namei.h, 6.12), -ENAMETOOLONG, or -errno of readlink(2).
 */
int links_follow(const char *tree, const char *path, char out[PATH_MAX]);

/* Sets @out to the file name of @path, a path of the system below @tree: @tree, then the path
 * without links.  If links_follow() fails, @path is used as it is. */
void links_file(const char *tree, const char *path, char out[2 * PATH_MAX]);

/* True when the system below @tree has the directory entry @path, even if it is a link that leads
 * nowhere. */
bool links_exist(const char *tree, const char *path);

/* True when @path is @above or lies below it.  Both have the form of links_follow(). */
bool links_below(const char *above, const char *path);

#endif

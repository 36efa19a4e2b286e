/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devsize.h - the size of a block device or a file
 */
#ifndef FADUMP_DEVSIZE_H
#define FADUMP_DEVSIZE_H

#include <stdint.h>

/*
 * Store the size in *@bytes and the logical sector size in *@sector, in bytes (for a regular file
 * 4096, a safe guess).  Returns 0; -ENOTBLK when @fd is neither a block device nor a regular file;
 * or another -errno.  Logs nothing.
 */
int devsize(int fd, uint64_t *bytes, uint32_t *sector);

/*
 * Check that @path is a block device or a regular file, so that open() does not block.  Returns the
 * values of devsize().
 */
int devsize_look(const char *path);

#endif

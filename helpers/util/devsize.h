/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devsize.h - the size of a block device or a file
 */
#ifndef FADUMP_DEVSIZE_H
#define FADUMP_DEVSIZE_H

#include <stdint.h>

/*
 * Store the size of the file or device @fd in *@bytes and its logical sector size in *@sector, both
 * in bytes.  The sector size of a regular file is 4096, a safe guess.  Returns 0; -ENOTBLK when @fd
 * is neither a block device nor a regular file; or another -errno.  Logs nothing.
 */
int devsize(int fd, uint64_t *bytes, uint32_t *sector);

/*
 * Check, before open(), that @path is a block device or a regular file, because open() of a FIFO
 * could block.  Returns the values of devsize().
 */
int devsize_look(const char *path);

#endif

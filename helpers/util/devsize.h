/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devsize.h - how large a block device or a file is
 */
#ifndef FADUMP_DEVSIZE_H
#define FADUMP_DEVSIZE_H

#include <stdint.h>

/*
 * *@bytes and the unit it is written in, *@sector (of a file 4096, a safe guess).  Returns 0;
 * -ENOTBLK for what is neither; another -errno.  Nothing is said.
 */
int devsize(int fd, uint64_t *bytes, uint32_t *sector);

/* Is @path a block device or a regular file, which can be opened without waiting?  As above. */
int devsize_look(const char *path);

#endif

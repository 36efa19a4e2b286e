/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fdio.h - read and write whole ranges of a file
 */
#ifndef FADUMP_FDIO_H
#define FADUMP_FDIO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Read up to @bytes at file offset @at.  Returns the number of bytes read, which is less
 * than @bytes only at the end of the file, or -errno.
 */
ssize_t fdio_pread(int fd, void *buf, size_t bytes, uint64_t at);

/*
 * Write all @bytes at file offset @at.  Returns 0 or -errno; how many bytes reached the
 * file before an error is unknown.
 */
int fdio_pwrite(int fd, const void *buf, size_t bytes, uint64_t at);

/* The same for what has no offsets: a pipe, a socket. */
int fdio_write(int fd, const void *buf, size_t bytes);

#endif

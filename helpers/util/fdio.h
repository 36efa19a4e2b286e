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
 * Read the first @bytes of the file @path into the caller's @buf; no NUL is added.  Returns the
 * number of bytes read, which is less than @bytes only for a shorter file, or -errno (not logged).
 * To detect a file that is too long, pass one byte more than the limit.
 */
ssize_t fdio_read_file(const char *path, void *buf, size_t bytes);

/*
 * Write all @bytes at file offset @at.  Returns 0 or -errno; how many bytes reached the
 * file before an error is unknown.
 */
int fdio_pwrite(int fd, const void *buf, size_t bytes, uint64_t at);

/*
 * Write all @bytes at the current position of @fd, for example to a pipe.  Returns the values of
 * fdio_pwrite().
 */
int fdio_write(int fd, const void *buf, size_t bytes);

#endif

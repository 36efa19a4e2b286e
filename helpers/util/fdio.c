// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fdio.c - the only loops around pread(2), pwrite(2) and write(2)
 * In: a descriptor or a path, a buffer, an offset.  Out: all bytes, or -errno.
 * Does not know: messages, the meaning of the bytes.
 */
#include "fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

ssize_t fdio_pread(int fd, void *buf, size_t bytes, uint64_t at)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t n = pread(fd, (char *)buf + done, bytes - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t fdio_read_file(const char *path, void *buf, size_t bytes)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = fdio_pread(fd, buf, bytes, 0);
	close(fd);
	return n;
}

int fdio_pwrite(int fd, const void *buf, size_t bytes, uint64_t at)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t n = pwrite(fd, (const char *)buf + done, bytes - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) /* a write that returns 0 would loop endlessly */
			return n ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

int fdio_write(int fd, const void *buf, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t n = write(fd, (const char *)buf + done, bytes - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * files.c - small files of the kernel and of /etc, below a root directory
 * In: a root directory ("": the machine itself) and an absolute path.  Out: the text, or -errno.
 * Does not know: the content of a file; messages.
 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../util/fdio.h"

static int join(char *name, size_t bytes, const char *root, const char *path)
{
	const int n = snprintf(name, bytes, "%s%s", root, path);

	return n < 0 || (size_t)n >= bytes ? -ENAMETOOLONG : 0;
}

ssize_t files_read(const char *root, const char *path, char *buffer, size_t bytes)
{
	char name[PATH_MAX];
	ssize_t n = join(name, sizeof(name), root, path);

	if (!n)
		n = fdio_read_file(name, buffer, bytes - 1);
	buffer[n > 0 ? n : 0] = '\0';
	return n;
}

ssize_t files_read_regular(const char *name, char *buffer, size_t bytes)
{
	const int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t n;

	buffer[0] = '\0';
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		n = -errno;
	else if (!S_ISREG(st.st_mode))
		n = -EINVAL;
	else
		n = fdio_pread(fd, buffer, bytes - 1, 0);
	close(fd);
	buffer[n > 0 ? n : 0] = '\0';
	return n;
}

int files_write(const char *root, const char *path, const char *text)
{
	char name[PATH_MAX], line[512];
	int fd, err = join(name, sizeof(name), root, path);
	const int n = snprintf(line, sizeof(line), "%s\n", text);

	if (err || n < 0 || (size_t)n >= sizeof(line))
		return err ? err : -E2BIG;
	fd = open(name, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* in one write: the kernel takes each write to a sysctl as its complete value */
	err = fdio_write(fd, line, (size_t)n);
	if (close(fd) && !err)
		err = -errno;
	return err;
}

bool files_exist(const char *root, const char *path)
{
	char name[PATH_MAX];

	return !join(name, sizeof(name), root, path) && access(name, F_OK) == 0;
}

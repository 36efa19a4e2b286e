/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * files.h - small files of the kernel and of /etc, below a root directory
 */
#ifndef FADUMP_TOOL_FILES_H
#define FADUMP_TOOL_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Read the first @bytes - 1 bytes of the file @root@path and append a NUL.  Returns the number of
 * bytes read; or -errno, and @buffer is "" then.
 */
ssize_t files_read(const char *root, const char *path, char *buffer, size_t bytes);

/*
 * Like files_read(), for a file of another system, where @name may have any type: -ELOOP for a
 * symbolic link, -EINVAL for any other file that is not regular.  Never waits for a writer.
 */
ssize_t files_read_regular(const char *name, char *buffer, size_t bytes);

/* Write @text and a newline to the file @root@path, which must exist.  Returns 0 or -errno. */
int files_write(const char *root, const char *path, const char *text);

/* True when @root@path exists. */
bool files_exist(const char *root, const char *path);

#endif

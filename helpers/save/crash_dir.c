// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * crash_dir.c - the directory of one dump, with durable files
 * In: pieces of files.  Out: durable files, with holes instead of zeros (sink/file.c).
 * Does not know: the source and the content of the pieces.
 */
#include "crash_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../sink/file.h"
#include "../util/log.h"

#define HOLE_BYTES 4096u /* aligned blocks of zeros of this size are not written */
#define NAMES_MAX  99u	 /* the largest number appended to a name, for dumps of the same second */

enum save_status save_crash_dir_status(int err)
{
	return err == -ENOSPC || err == -EDQUOT ? SAVE_NO_SPACE : SAVE_TARGET;
}

enum save_status save_crash_dir_error(const char *path, const char *what, int err)
{
	log_line("%s: %s: %s", path, what, strerror(-err));
	return save_crash_dir_status(err);
}

/* ---- one file -------------------------------------------------------------------------- */

static bool is_zero(const uint8_t *data, size_t bytes)
{
	return data[0] == 0 && memcmp(data, data + 1, bytes - 1) == 0;
}

/* Write @data at offset @at, without the blocks of zeros in it. */
static int write_sparse(struct sink_file *f, const uint8_t *data, size_t bytes, uint64_t at)
{
	size_t from = 0, i = 0;
	int err = 0;

	while (i < bytes && !err) {
		size_t part = HOLE_BYTES - (at + i) % HOLE_BYTES;

		part = part < bytes - i ? part : bytes - i;
		if (part == HOLE_BYTES && is_zero(data + i, part)) {
			err = from < i ? sink_file_write(f, data + from, i - from, at + from) : 0;
			from = i + part;
		}
		i += part;
	}
	if (!err && from < bytes)
		err = sink_file_write(f, data + from, bytes - from, at + from);
	return err;
}

static enum save_status fill(struct sink_file *f, save_crash_dir_next_fn *next, void *arg,
			     uint64_t *at)
{
	enum save_status status;
	const void *data;
	size_t bytes;
	int err;

	while ((status = next(arg, &data, &bytes)) == SAVE_DONE && bytes) {
		err = write_sparse(f, data, bytes, *at);
		if (err)
			return save_crash_dir_error(f->tmp_path, "cannot write", err);
		*at += bytes;
	}
	return status;
}

enum save_status save_crash_dir_file(const char *path, const char *name,
				     save_crash_dir_next_fn *next, void *arg)
{
	char full[SAVE_CRASH_DIR_BYTES + 32];
	enum save_status status;
	struct sink_file f;
	uint64_t at = 0;
	int err;

	snprintf(full, sizeof(full), "%s/%s", path, name);
	err = sink_file_open(&f, full);
	if (err)
		return save_crash_dir_status(err);
	status = fill(&f, next, arg, &at);
	if (status == SAVE_DONE) {
		err = sink_file_resize(&f, at);
		status = err ? save_crash_dir_status(err) : SAVE_DONE;
	}
	if (status != SAVE_DONE) {
		sink_file_abandon(&f);
		return status;
	}
	err = sink_file_commit(&f);
	return err ? save_crash_dir_status(err) : SAVE_DONE;
}

/* ---- the directory --------------------------------------------------------------------- */

void save_crash_dir_name(int64_t time_s, char name[SAVE_CRASH_DIR_NAME_BYTES])
{
	const time_t when = (time_t)time_s;
	struct tm tm;

	/* only years with four digits, 1900 to 9999 */
	if (!gmtime_r(&when, &tm) || tm.tm_year < 0 || tm.tm_year > 9999 - 1900)
		gmtime_r(&(time_t){0}, &tm);
	strftime(name, SAVE_CRASH_DIR_NAME_BYTES, "127.0.0.1-%Y-%m-%d-%H:%M:%S", &tm);
}

/*
 * Create @to/@name or, if it exists because of a dump of the same second, the first of @to/@name.1
 * to @to/@name.99 that does not exist, and store the path in @path.  Returns 0 or -errno (not
 * logged).
 */
static int make_new(const char *to, const char *name, char path[SAVE_CRASH_DIR_BYTES])
{
	int n;

	for (unsigned int i = 0; i <= NAMES_MAX; i++) {
		n = snprintf(path, SAVE_CRASH_DIR_BYTES, i ? "%s/%s.%u" : "%s/%s", to, name, i);
		if (n < 0 || n >= (int)SAVE_CRASH_DIR_BYTES)
			return -ENAMETOOLONG;
		if (mkdir(path, 0700) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return -errno;
}

enum save_status save_crash_dir_make(const char *to, const char *name,
				     char path[SAVE_CRASH_DIR_BYTES])
{
	int err = mkdir(to, 0755) != 0 && errno != EEXIST ? -errno : 0;

	if (!err)
		err = make_new(to, name, path);
	return err ? save_crash_dir_error(to, "cannot make a directory for the dump", err)
		   : SAVE_DONE;
}

/* Flush the parent of @to, because @to may be new. */
enum save_status save_crash_dir_settle(const char *to)
{
	char above[SAVE_CRASH_DIR_BYTES + 4];
	int fd, err = 0;

	snprintf(above, sizeof(above), "%s/..", to);
	fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err ? save_crash_dir_error(to, "cannot flush the directory above", err) : SAVE_DONE;
}

void save_crash_dir_remove(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}

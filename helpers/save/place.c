// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * place.c - a directory of its own for a dump, and durable files in it
 * In: pieces of files.  Out: files that have their names when they are durable (sink/file.c), with
 * holes where there are zeros.
 * Does not know: where the pieces are from, what is in them.
 */
#include "place.h"

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

#define HOLE_BYTES 4096u /* zeros of that size, at a multiple of it, are not written */
#define NAMES_MAX  99u	 /* dumps of one second */

enum save_status save_place_status(int err)
{
	return err == -ENOSPC || err == -EDQUOT ? SAVE_NO_SPACE : SAVE_TARGET;
}

enum save_status save_place_error(const char *path, const char *what, int err)
{
	log_line("%s: %s: %s", path, what, strerror(-err));
	return save_place_status(err);
}

/* ---- one file -------------------------------------------------------------------------- */

static bool is_zero(const uint8_t *data, size_t bytes)
{
	return data[0] == 0 && memcmp(data, data + 1, bytes - 1) == 0;
}

/* Write @data, which belongs at @at, in runs between pieces of zeros. */
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

static enum save_status fill(struct sink_file *f, save_place_source *next, void *arg, uint64_t *at)
{
	enum save_status status;
	const void *data;
	size_t bytes;
	int err;

	while ((status = next(arg, &data, &bytes)) == SAVE_DONE && bytes) {
		err = write_sparse(f, data, bytes, *at);
		if (err)
			return save_place_error(f->tmp_path, "cannot write", err);
		*at += bytes;
	}
	return status;
}

enum save_status save_place_file(const char *path, const char *name, save_place_source *next,
				 void *arg)
{
	char full[SAVE_PLACE_BYTES + 32];
	enum save_status status;
	struct sink_file f;
	uint64_t at = 0;
	int err;

	snprintf(full, sizeof(full), "%s/%s", path, name);
	err = sink_file_open(&f, full);
	if (err)
		return save_place_status(err);
	status = fill(&f, next, arg, &at);
	if (status == SAVE_DONE) {
		err = sink_file_resize(&f, at);
		status = err ? save_place_status(err) : SAVE_DONE;
	}
	if (status != SAVE_DONE) {
		sink_file_abandon(&f);
		return status;
	}
	err = sink_file_commit(&f);
	return err ? save_place_status(err) : SAVE_DONE;
}

/* ---- the directory --------------------------------------------------------------------- */

void save_place_name(int64_t time_s, char name[SAVE_PLACE_NAME_BYTES])
{
	const time_t when = (time_t)time_s;
	struct tm tm;

	/* a year that a clock can have */
	if (!gmtime_r(&when, &tm) || tm.tm_year < 0 || tm.tm_year > 9999 - 1900)
		gmtime_r(&(time_t){0}, &tm);
	strftime(name, SAVE_PLACE_NAME_BYTES, "127.0.0.1-%Y-%m-%d-%H:%M:%S", &tm);
}

/* Exclusive: two dumps of one second get names of their own. */
static int make_new(const char *to, const char *name, char path[SAVE_PLACE_BYTES])
{
	int n;

	for (unsigned int i = 0; i <= NAMES_MAX; i++) {
		n = snprintf(path, SAVE_PLACE_BYTES, i ? "%s/%s.%u" : "%s/%s", to, name, i);
		if (n < 0 || n >= (int)SAVE_PLACE_BYTES)
			return -ENAMETOOLONG;
		if (mkdir(path, 0700) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return -errno;
}

enum save_status save_place_make(const char *to, const char *name, char path[SAVE_PLACE_BYTES])
{
	int err = mkdir(to, 0755) != 0 && errno != EEXIST ? -errno : 0;

	if (!err)
		err = make_new(to, name, path);
	return err ? save_place_error(to, "cannot make a directory for the dump", err) : SAVE_DONE;
}

/* @to was perhaps made just now. */
enum save_status save_place_settle(const char *to)
{
	char above[SAVE_PLACE_BYTES + 4];
	int fd, err = 0;

	snprintf(above, sizeof(above), "%s/..", to);
	fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err ? save_place_error(to, "cannot flush the directory above", err) : SAVE_DONE;
}

void save_place_remove(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * extract.c - the members of an archive become files in a directory of their own
 * In: an archive.  Out: files that have their names when they are durable (sink/file.c), with
 * holes where there are zeros.
 * Does not know: what is in them; what becomes of the device.
 */
#include "extract.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../sink/file.h"
#include "../util/log.h"
#include "../util/tarname.h"

#define HOLE_BYTES 4096u /* zeros of that size, at a multiple of it, are not written */
#define NAMES_MAX  99u	 /* dumps of one second */

static enum save_status target_error(int err)
{
	return err == -ENOSPC || err == -EDQUOT ? SAVE_NO_SPACE : SAVE_TARGET;
}

static enum save_status bad_target(const char *path, const char *what, int err)
{
	log_line("%s: %s: %s", path, what, strerror(-err));
	return target_error(err);
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

static enum save_status fill(struct save_archive *s, struct sink_file *f, uint64_t *at)
{
	enum save_status status;
	const void *data;
	size_t bytes;
	int err;

	while ((status = save_archive_data(s, &data, &bytes)) == SAVE_DONE && bytes) {
		err = write_sparse(f, data, bytes, *at);
		if (err)
			return bad_target(f->tmp_path, "cannot write", err);
		*at += bytes;
	}
	return status;
}

static enum save_status save_member(void *arg, struct save_archive *s,
				    const struct save_member *member)
{
	char path[SAVE_EXTRACT_PATH_BYTES + 32];
	enum save_status status;
	struct sink_file f;
	uint64_t at = 0;
	int err;

	snprintf(path, sizeof(path), "%s/%s", (const char *)arg, member->name);
	err = sink_file_open(&f, path);
	if (err)
		return target_error(err);
	status = fill(s, &f, &at);
	if (status == SAVE_DONE && at != member->bytes) {
		log_line("%s: the archive on it ends within %s", s->path, member->name);
		status = SAVE_DAMAGED;
	}
	if (status == SAVE_DONE) {
		err = sink_file_resize(&f, at);
		status = err ? target_error(err) : SAVE_DONE;
	}
	if (status != SAVE_DONE) {
		sink_file_abandon(&f);
		return status;
	}
	err = sink_file_commit(&f);
	return err ? target_error(err) : SAVE_DONE;
}

/* ---- the directory --------------------------------------------------------------------- */

/* Exclusive: two dumps of one second get names of their own. */
static int make_dir(const char *to, int64_t time_s, char path[SAVE_EXTRACT_PATH_BYTES])
{
	const time_t when = (time_t)time_s;
	struct tm tm;
	char stamp[32] = "";
	int n;

	/* a year that a clock can have */
	if (!gmtime_r(&when, &tm) || tm.tm_year < 0 || tm.tm_year > 9999 - 1900)
		gmtime_r(&(time_t){0}, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%d-%H:%M:%S", &tm);
	for (unsigned int i = 0; i <= NAMES_MAX; i++) {
		n = snprintf(path, SAVE_EXTRACT_PATH_BYTES,
			     i ? "%s/127.0.0.1-%s.%u" : "%s/127.0.0.1-%s", to, stamp, i);
		if (n < 0 || n >= (int)SAVE_EXTRACT_PATH_BYTES)
			return -ENAMETOOLONG;
		if (mkdir(path, 0700) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return -errno;
}

/* @to was perhaps made just now: whoever is above it has to know it for good. */
static int sync_above(const char *to)
{
	char above[SAVE_EXTRACT_PATH_BYTES + 4];
	int fd, err = 0;

	snprintf(above, sizeof(above), "%s/..", to);
	fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

static void remove_all(const char *path)
{
	static const char *const names[] = {TARNAME_LOG, TARNAME_STATUS, TARNAME_VMCORE,
					    TARNAME_OPAL};
	char name[SAVE_EXTRACT_PATH_BYTES + 64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s/%s", path, names[i]);
		unlink(name);
		snprintf(name, sizeof(name), "%s/%s.incomplete", path, names[i]);
		unlink(name);
	}
	rmdir(path);
}

enum save_status save_extract(struct save_archive *s, const char *to, int64_t time_s,
			      char path[SAVE_EXTRACT_PATH_BYTES])
{
	enum save_status status;
	int err = mkdir(to, 0755) != 0 && errno != EEXIST ? -errno : 0;

	if (!err)
		err = make_dir(to, time_s, path);
	if (err)
		return bad_target(to, "cannot make a directory for the dump", err);
	status = save_archive_walk(s, save_member, path);
	err = status == SAVE_DONE ? sync_above(to) : 0;
	if (err)
		status = bad_target(to, "cannot flush the directory above", err);
	if (status != SAVE_DONE)
		remove_all(path);
	return status;
}

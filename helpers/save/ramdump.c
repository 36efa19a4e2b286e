// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ramdump.c - dumps that the target ram: left in memory
 * In: a directory with a directory for each dump.  Out: a copy of each dump on a disk, compared
 * byte by byte; then the memory is freed.
 * Does not know: formats of dumps (validate.c), when the dump in memory may be deleted (main.c).
 */
#include "ramdump.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../util/fdio.h"
#include "../util/log.h"
#include "../util/tarname.h"
#include "validate.h"

#define PIECE_BYTES (1u << 20)
#define DUMP_PREFIX "127.0.0.1-"

/* All files that a dump may have.  Only an interrupted copy leaves a file with the last name. */
static const char *const names[] = {TARNAME_LOG, TARNAME_VMCORE, TARNAME_OPAL,
				    TARNAME_VMCORE ".incomplete"};
#define NAMES (sizeof(names) / sizeof(names[0]))

static enum save_status cannot(const char *path, const char *what, int err)
{
	log_line("%s: %s: %s", path, what, strerror(-err));
	return SAVE_DEVICE;
}

bool save_ramdump_is(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* ---- walking --------------------------------------------------------------------------- */

enum save_status save_ramdump_each(const char *at, save_ramdump_each_fn *each, void *arg)
{
	enum save_status all = SAVE_NOTHING;
	char path[SAVE_CRASH_DIR_BYTES];
	DIR *dir = opendir(at);
	struct dirent *e;

	if (!dir)
		return cannot(at, "cannot open", -errno);
	while ((e = readdir(dir))) {
		enum save_status one;

		if (strncmp(e->d_name, DUMP_PREFIX, strlen(DUMP_PREFIX)) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", at, e->d_name);
		one = each(arg, path, e->d_name);
		all = all == SAVE_DONE || all == SAVE_NOTHING ? one : all;
	}
	closedir(dir);
	return all;
}

/* Open the file @path/@name.  -1: *@err is 0 if it does not exist, else -errno. */
static int open_file(const char *path, const char *name, struct stat *st, int *err)
{
	char full[SAVE_CRASH_DIR_BYTES + 32];
	int fd;

	snprintf(full, sizeof(full), "%s/%s", path, name);
	fd = open(full, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	*err = fd < 0 && errno != ENOENT ? -errno : 0;
	if (fd >= 0 && (fstat(fd, st) != 0 || !S_ISREG(st->st_mode))) {
		close(fd);
		fd = -1;
		*err = -EINVAL;
	}
	return fd;
}

enum save_status save_ramdump_files(const char *path, save_ramdump_file_fn *file, void *arg)
{
	enum save_status status = SAVE_DONE;
	struct stat st;
	int fd, err;

	for (size_t i = 0; i < NAMES && status == SAVE_DONE; i++) {
		fd = open_file(path, names[i], &st, &err);
		if (err)
			return cannot(path, names[i], err);
		if (fd < 0)
			continue;
		close(fd);
		status = file(arg, &(struct save_ramdump_file){.name = names[i],
							       .bytes = (uint64_t)st.st_size,
							       .time_s = st.st_mtime});
	}
	return status;
}

enum save_status save_ramdump_verify(const char *path)
{
	enum save_status status = SAVE_DONE;
	const char *wrong = "there is no " TARNAME_VMCORE;
	uint8_t *head = malloc(SAVE_VALIDATE_BYTES);
	struct stat st;
	int err, fd = open_file(path, TARNAME_VMCORE, &st, &err);
	ssize_t got = -ENOMEM;

	if (err)
		status = cannot(path, TARNAME_VMCORE, err);
	if (fd >= 0 && head)
		got = fdio_pread(fd, head, SAVE_VALIDATE_BYTES, 0);
	if (fd >= 0 && got < 0)
		status = cannot(path, "cannot read", (int)got);
	if (got >= 0) /* no status names the format: detect it from the first byte */
		wrong = save_validate_vmcore(head, (size_t)got, (uint64_t)st.st_size,
					     got > 0 && head[0] == 'K' ? "kdump" : "elf");
	if (status == SAVE_DONE && wrong) {
		log_line("%s: the dump is damaged: %s", path, wrong);
		status = SAVE_DAMAGED;
	}
	if (fd >= 0)
		close(fd);
	free(head);
	return status;
}

/* ---- copying --------------------------------------------------------------------------- */

struct file {
	const char *path;
	int fd;
	uint64_t at;
	uint8_t *piece;
};

static enum save_status next_piece(void *arg, const void **data, size_t *bytes)
{
	struct file *f = arg;
	ssize_t got = fdio_pread(f->fd, f->piece, PIECE_BYTES, f->at);

	if (got < 0)
		return cannot(f->path, "cannot read", (int)got);
	*data = f->piece;
	*bytes = (size_t)got;
	f->at += (uint64_t)got;
	return SAVE_DONE;
}

/*
 * Compare the copy @path/@name with the file @from.  The copy is first dropped from the page cache,
 * so that it is read from the disk.  SAVE_DONE; or (logged) SAVE_TARGET if they differ or the copy
 * cannot be read, SAVE_DEVICE if @from cannot be read.
 */
static enum save_status compare(struct file *from, const char *path, const char *name)
{
	uint8_t *other = malloc(PIECE_BYTES);
	enum save_status status = SAVE_DONE;
	struct stat st;
	int err, fd = open_file(path, name, &st, &err);
	bool same = fd >= 0 && other;
	const void *data;
	size_t bytes = 1;

	if (fd >= 0)
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	from->at = 0;
	while (same && bytes && status == SAVE_DONE) {
		const uint64_t at = from->at;

		status = next_piece(from, &data, &bytes);
		if (status == SAVE_DONE)
			same = fdio_pread(fd, other, PIECE_BYTES, at) == (ssize_t)bytes &&
			       memcmp(data, other, bytes) == 0;
	}
	if (!same) {
		log_line("%s/%s: differs from the dump in memory", path, name);
		status = SAVE_TARGET;
	}
	if (fd >= 0)
		close(fd);
	free(other);
	return status;
}

/*
 * Copy the file @from/@name to @path/@name and compare both.  A file that does not exist is
 * skipped.
 */
static enum save_status copy_file(const char *from, const char *name, const char *path)
{
	struct file f = {.path = from, .piece = malloc(PIECE_BYTES)};
	enum save_status status = SAVE_DONE;
	struct stat st;
	int err;

	f.fd = open_file(from, name, &st, &err);
	if (!f.piece)
		err = -ENOMEM;
	if (err)
		status = cannot(from, name, err);
	if (status == SAVE_DONE && f.fd >= 0)
		status = save_crash_dir_file(path, name, next_piece, &f);
	if (status == SAVE_DONE && f.fd >= 0)
		status = compare(&f, path, name);
	if (f.fd >= 0)
		close(f.fd);
	free(f.piece);
	return status;
}

/* Returns the number of allocated bytes of all files of the dump in @path, without holes. */
static uint64_t stored(const char *path)
{
	uint64_t bytes = 0;
	struct stat st;
	int fd, err;

	for (size_t i = 0; i < NAMES; i++) {
		fd = open_file(path, names[i], &st, &err);
		if (fd < 0)
			continue;
		bytes += (uint64_t)st.st_blocks * 512;
		close(fd);
	}
	return bytes;
}

/*
 * Check that the dump in @from fits in the free space of @to, because a failed copy would use space
 * that other programs need.  SAVE_DONE or SAVE_NO_SPACE (logged).
 */
static enum save_status look_for_space(const char *from, const char *to)
{
	const uint64_t need = stored(from);
	struct statvfs fs;
	uint64_t room;

	if (statvfs(to, &fs) != 0)
		return SAVE_DONE; /* a later write will report the error */
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (need <= room)
		return SAVE_DONE;
	log_line("%s: there is no space for the dump: it needs %llu MiB, %llu MiB are free; the "
		 "dump remains in %s",
		 to, (unsigned long long)((need + 1048575) >> 20), (unsigned long long)(room >> 20),
		 from);
	return SAVE_NO_SPACE;
}

enum save_status save_ramdump_copy(const char *from, const char *name, const char *to,
				   char path[SAVE_CRASH_DIR_BYTES])
{
	enum save_status status = save_crash_dir_make(to, name, path);

	if (status != SAVE_DONE)
		return status;
	status = look_for_space(from, to);
	for (size_t i = 0; i < NAMES && status == SAVE_DONE; i++)
		status = copy_file(from, names[i], path);
	if (status == SAVE_DONE)
		status = save_crash_dir_settle(to);
	if (status != SAVE_DONE)
		save_crash_dir_remove(path);
	return status;
}

/* ---- release of the memory ------------------------------------------------------------- */

enum save_status save_ramdump_drop(const char *path)
{
	char full[SAVE_CRASH_DIR_BYTES + 32];

	for (size_t i = 0; i < NAMES; i++) {
		snprintf(full, sizeof(full), "%s/%s", path, names[i]);
		if (unlink(full) != 0 && errno != ENOENT)
			return cannot(full, "cannot be removed", -errno);
	}
	return rmdir(path) == 0 ? SAVE_DONE : cannot(path, "cannot be removed", -errno);
}

void save_ramdump_leave(const char *at)
{
	char above[SAVE_CRASH_DIR_BYTES];
	struct stat here, there;

	snprintf(above, sizeof(above), "%s/..", at);
	if (stat(at, &here) != 0 || stat(above, &there) != 0 || here.st_dev == there.st_dev)
		return;
	if (umount2(at, UMOUNT_NOFOLLOW) != 0)
		cannot(at, "cannot be unmounted", -errno);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * file.c - a file that is renamed to its final name when it is complete and durable
 * In: a path, bytes with their offsets.  Out: PATH.incomplete while writing, PATH once every
 * byte and the name are on stable storage.
 * Does not know: formats, the content, the memory that is released later.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "../util/fdio.h"
#include "../util/log.h"
#include "../util/meminfo.h"

#define NO_REPLACE 1 /* RENAME_NOREPLACE, include/uapi/linux/fs.h */

/* After each DRAIN_BYTES of data, drain() makes the kernel write out the data. */
#define DRAIN_BYTES (UINT64_C(16) << 20)

/*
 * Bytes of free memory that a file in memory must leave for the boot: with less, the OOM killer
 * would stop the boot.
 */
#define MEMORY_KEPT (UINT64_C(64) << 20)

/* f_type of statfs(2), include/uapi/linux/magic.h */
#define TMPFS 0x01021994u
#define RAMFS 0x858458f6u

/* Log errno with @name and @what; returns -errno. */
static int fail(const char *name, const char *what)
{
	int err = errno;

	log_line("%s: %s: %s", name, what, strerror(err));
	return -err;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int sync_dir(int fd, const char *name)
{
	/* EINVAL: the file system does not support fsync() of a directory */
	if (fsync(fd) == 0 || errno == EINVAL)
		return 0;
	return fail(name, "cannot flush the directory");
}

/*
 * Open the directory of @s->path.  If the directory is missing, create its last component.  Returns
 * 0 or -errno (logged).
 */
static int open_dir(struct sink_file *s)
{
	char *dir = strdup(s->path), *slash;
	int err = 0;

	if (!dir)
		return fail(s->path, "no memory");
	slash = strrchr(dir, '/');
	if (slash == dir)
		slash[1] = '\0';
	else if (slash)
		*slash = '\0';
	else
		strcpy(dir, "."); /* "." always fits: the name has at least one character */
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		err = fail(dir, "cannot make the directory");
	if (!err) {
		s->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (s->dir_fd < 0)
			err = fail(dir, "cannot open the directory");
	}
	free(dir);
	return err;
}

static void release_names(struct sink_file *s)
{
	if (s->dir_fd >= 0)
		close(s->dir_fd);
	s->dir_fd = -1;
	free(s->path);
	free(s->tmp_path);
	s->path = s->tmp_path = NULL;
}

static bool in_memory(int fd)
{
	struct statfs st;

	return fstatfs(fd, &st) == 0 &&
	       ((uint32_t)st.f_type == TMPFS || (uint32_t)st.f_type == RAMFS);
}

int sink_file_open(struct sink_file *s, const char *path)
{
	struct stat st;
	int err = 0;

	memset(s, 0, sizeof(*s));
	s->dir_fd = s->fd = -1;
	s->path = strdup(path);
	if (!s->path || asprintf(&s->tmp_path, "%s.incomplete", path) < 0) {
		s->tmp_path = NULL;
		err = fail(path, "no memory");
		goto out;
	}
	if (*last_part(path) == '\0') {
		errno = EISDIR;
		err = fail(path, "is not the name of a file");
		goto out;
	}
	err = open_dir(s);
	if (err)
		goto out;
	if (fstatat(s->dir_fd, last_part(s->path), &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		err = fail(s->path, "is not overwritten");
		goto out;
	}
	s->fd = openat(s->dir_fd, last_part(s->tmp_path),
		       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->fd < 0)
		err = fail(s->tmp_path, "cannot be made");
	else
		s->in_memory = in_memory(s->fd);
out:
	if (err)
		release_names(s);
	return err;
}

/*
 * Wait for the end of the last write-out, then start to write out the newer data, so that the file
 * never has more than twice DRAIN_BYTES of dirty data (sync_file_range(2), Linux 2.6.17).  By
 * default the kernel collects dirty data in up to a fifth of the memory, which a slow server needs
 * minutes to store.  Returns 0 or -errno (not logged).
 */
static int drain(struct sink_file *s)
{
	if (sync_file_range(s->fd, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE) == 0)
		return 0;
	/* not supported by this file system or emulator: rely on the default */
	return errno == EINVAL || errno == ENOSYS || errno == ESPIPE ? 0 : -errno;
}

/*
 * Check the available memory while a file in memory is written.  Returns 0, or -ENOSPC (not logged)
 * if less than MEMORY_KEPT is left.  The size limit of the file system is not enough: it may
 * include memory that will only be released during the copy (--release-region).
 */
static int leave_memory(void)
{
	const uint64_t left = meminfo_available();

	return left && left < MEMORY_KEPT ? -ENOSPC : 0;
}

int sink_file_write(struct sink_file *s, const void *buf, size_t bytes, uint64_t at)
{
	int err = fdio_pwrite(s->fd, buf, bytes, at);
	uint64_t before;

	if (err)
		return err;
	before = atomic_fetch_add(&s->written_bytes, bytes);
	if (before / DRAIN_BYTES == (before + bytes) / DRAIN_BYTES)
		return 0;
	err = s->in_memory ? leave_memory() : 0;
	return err ? err : drain(s);
}

int sink_file_resize(struct sink_file *s, uint64_t bytes)
{
	if (ftruncate(s->fd, (off_t)bytes) != 0)
		return fail(s->tmp_path, "cannot set its size");
	return 0;
}

int sink_file_flush(struct sink_file *s)
{
	return fsync(s->fd) ? fail(s->tmp_path, "cannot flush") : 0;
}

/* Rename PATH.incomplete to PATH, unless PATH exists.  Returns 0 or -errno (logged). */
static int take_name(const struct sink_file *s)
{
	const char *from = last_part(s->tmp_path), *to = last_part(s->path);
	struct stat st;

	if (syscall(SYS_renameat2, s->dir_fd, from, s->dir_fd, to, NO_REPLACE) == 0)
		return 0;
	/*
	 * NFS and other file systems do not support RENAME_NOREPLACE.  No other program of this
	 * project creates PATH while PATH.incomplete exists, so a check before the rename is
	 * enough.
	 */
	if (errno == EINVAL || errno == ENOSYS) {
		if (fstatat(s->dir_fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
			errno = EEXIST;
		else if (errno == ENOENT && renameat(s->dir_fd, from, s->dir_fd, to) == 0)
			return 0;
	}
	return fail(s->tmp_path, "cannot be renamed to its final name");
}

/* Flush the directory and its parent: the directory itself may be new. */
static int sync_names(const struct sink_file *s)
{
	int err = sync_dir(s->dir_fd, s->path);
	int up = openat(s->dir_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (up < 0)
		return err ? err : fail(s->path, "cannot open the directory above");
	if (!err)
		err = sync_dir(up, s->path);
	close(up);
	return err;
}

int sink_file_settle(struct sink_file *s)
{
	const int err = sink_file_flush(s);

	return err ? err : sync_names(s);
}

int sink_file_commit(struct sink_file *s)
{
	int fd = s->fd, err = sink_file_flush(s);

	s->fd = -1;
	if (close(fd) != 0 && !err) /* NFS may report a full server only in close() */
		err = fail(s->tmp_path, "cannot close");
	if (!err)
		err = take_name(s);
	if (!err)
		err = sync_names(s);
	release_names(s);
	return err;
}

void sink_file_abandon(struct sink_file *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	release_names(s);
}

/* ---- for an output ----------------------------------------------------------------------- */

static int op_write(void *sink, const void *buf, size_t bytes, uint64_t at)
{
	return sink_file_write(sink, buf, bytes, at);
}

static int op_set_layout(void *sink, uint64_t table_at, uint64_t data_at)
{
	(void)table_at;
	return sink_file_resize(sink, data_at);
}

static int op_flush(void *sink)
{
	return sink_file_flush(sink);
}

static int op_settle(void *sink)
{
	return sink_file_settle(sink);
}

static int op_commit(void *sink, uint64_t bytes)
{
	(void)bytes;
	return sink_file_commit(sink);
}

static void op_abandon(void *sink)
{
	sink_file_abandon(sink);
}

const struct sink_ops sink_file_ops = {
	.reserves = true,
	.leaves_partial = true,
	.write = op_write,
	.set_layout = op_set_layout,
	.flush = op_flush,
	.settle = op_settle,
	.commit = op_commit,
	.abandon = op_abandon,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * file.c - a file that has its name only when it is complete and durable
 * In: a path, bytes with their offsets.  Out: PATH.incomplete while writing, PATH once every
 * byte and the name are on stable storage.
 * Does not know: formats, what the bytes are, whose memory is given back afterwards.
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

/* Each time so much has been written the kernel is made to pass it on. */
#define DRAIN_BYTES (UINT64_C(16) << 20)

/* A file in memory leaves so much of it to the boot: without it the kernel would end the boot. */
#define MEMORY_KEPT (UINT64_C(64) << 20)

/* f_type of statfs(2), include/uapi/linux/magic.h */
#define TMPFS 0x01021994u
#define RAMFS 0x858458f6u

/* Say what went wrong with @name; returns -errno. */
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
	/* EINVAL: a filesystem that has no way to do it, and none to lose the entry by */
	if (fsync(fd) == 0 || errno == EINVAL)
		return 0;
	return fail(name, "cannot flush the directory");
}

/* Open the directory of @s->path, made if it is missing (its last part only). */
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
		strcpy(dir, "."); /* a name without a slash is not shorter */
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
 * Left to itself the kernel keeps a fifth of the memory waiting to be written, which a slow server
 * needs minutes for.  Wait until what was sent the last time has arrived, and send what came since:
 * there is never more than two times DRAIN_BYTES (sync_file_range(2), Linux 2.6.17).
 */
static int drain(struct sink_file *s)
{
	if (sync_file_range(s->fd, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE) == 0)
		return 0;
	/* a filesystem or an emulator that knows no such call does as it likes */
	return errno == EINVAL || errno == ENOSYS || errno == ESPIPE ? 0 : -errno;
}

/*
 * The limit of a file system in memory may count on memory that comes while the dump is written
 * (--release-region), and may not have come yet.
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

/* Rename without ever replacing. */
static int take_name(const struct sink_file *s)
{
	const char *from = last_part(s->tmp_path), *to = last_part(s->path);
	struct stat st;

	if (syscall(SYS_renameat2, s->dir_fd, from, s->dir_fd, to, NO_REPLACE) == 0)
		return 0;
	/*
	 * NFS and others know no RENAME_NOREPLACE.  Nobody else of ours makes PATH while
	 * PATH.incomplete exists, so looking first is as good there.
	 */
	if (errno == EINVAL || errno == ENOSYS) {
		if (fstatat(s->dir_fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
			errno = EEXIST;
		else if (errno == ENOENT && renameat(s->dir_fd, from, s->dir_fd, to) == 0)
			return 0;
	}
	return fail(s->tmp_path, "cannot be renamed to its final name");
}

/* The directory itself may be new: its own entry has to last as well. */
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
	if (close(fd) != 0 && !err) /* NFS tells of a full server here */
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

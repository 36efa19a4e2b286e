// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * archive.c - read the members of the archive on a device, one after the other
 * In: a device with any content.  Out: the members of one of our archives, read by libarchive; on
 * request, a device without an archive.
 * Does not know: the content and the destination of the members.
 */
#include "archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../util/devsize.h"
#include "../util/fdio.h"
#include "../util/log.h"
#include "../util/tarname.h"

/* Bytes of one read; also the part of an emptied device that is overwritten. */
#define PIECE_BYTES (1u << 20)

static enum save_status bad_device(const struct save_archive *s, const char *what, int err)
{
	log_line("%s: %s: %s", s->path, what, strerror(-err));
	return SAVE_DEVICE;
}

static enum save_status damaged(const struct save_archive *s, const char *what, const char *which)
{
	log_line("%s: the archive on it cannot be used: %s%s", s->path, what, which);
	return SAVE_DAMAGED;
}

/* ---- the device ------------------------------------------------------------------------ */

/*
 * Read the first block of the device.  SAVE_DONE: the block is the first header of one of our
 * archives; SAVE_NOTHING: any other block, and *@is_empty tells whether it is all zeros;
 * SAVE_DEVICE (logged).
 */
static enum save_status look(struct save_archive *s, bool *is_empty)
{
	ssize_t got = fdio_pread(s->fd, s->piece, TARNAME_BYTES, 0);

	if (got < 0)
		return bad_device(s, "cannot read", (int)got);
	if (got == (ssize_t)TARNAME_BYTES && tarname_is_ours(s->piece))
		return SAVE_DONE;
	*is_empty = true;
	for (ssize_t i = 0; i < got; i++)
		*is_empty = *is_empty && s->piece[i] == 0;
	return SAVE_NOTHING;
}

enum save_status save_archive_open(struct save_archive *s, const char *path, bool writable,
				   bool *is_empty)
{
	enum save_status status = SAVE_DEVICE;
	uint32_t sector;
	int err = devsize_look(path);

	memset(s, 0, sizeof(*s));
	s->path = path;
	s->fd = -1;
	s->piece = malloc(PIECE_BYTES);
	if (!err && !s->piece)
		err = -ENOMEM;
	if (!err)
		s->fd = open(path, O_CLOEXEC | (writable ? O_RDWR | O_EXCL : O_RDONLY));
	if (!err && s->fd < 0)
		err = -errno;
	if (!err)
		err = devsize(s->fd, &s->bytes, &sector);
	if (err)
		bad_device(s, "cannot open", err);
	else
		status = look(s, is_empty);
	if (status == SAVE_DEVICE)
		save_archive_close(s);
	return status;
}

void save_archive_close(struct save_archive *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->piece);
	s->fd = -1;
	s->piece = NULL;
}

/*
 * First overwrite only the first header, which is enough to remove an archive; then the bytes after
 * it, which may look like another format.
 */
enum save_status save_archive_erase(struct save_archive *s)
{
	size_t bytes = s->bytes < PIECE_BYTES ? (size_t)s->bytes : PIECE_BYTES;
	int err;

	memset(s->piece, 0, PIECE_BYTES);
	err = fdio_pwrite(s->fd, s->piece, TARNAME_BYTES, 0);
	if (!err && fsync(s->fd) != 0)
		err = -errno;
	if (!err)
		err = fdio_pwrite(s->fd, s->piece, bytes, 0);
	if (!err && fsync(s->fd) != 0)
		err = -errno;
	return err ? bad_device(s, "cannot be marked empty", err) : SAVE_DONE;
}

/* ---- callbacks of libarchive ----------------------------------------------------------- */

static la_ssize_t read_piece(struct archive *a, void *arg, const void **buf)
{
	struct save_archive *s = arg;
	const uint64_t left = s->bytes - s->at;
	ssize_t got =
		fdio_pread(s->fd, s->piece, left < PIECE_BYTES ? (size_t)left : PIECE_BYTES, s->at);

	*buf = s->piece;
	if (got < 0) {
		archive_set_error(a, (int)-got, "cannot read: %s", strerror((int)-got));
		return ARCHIVE_FATAL;
	}
	s->at += (uint64_t)got;
	return got;
}

static la_int64_t skip_ahead(struct archive *a, void *arg, la_int64_t bytes)
{
	struct save_archive *s = arg;
	const uint64_t left = s->bytes - s->at;

	(void)a;
	if (bytes < 0)
		return 0;
	if ((uint64_t)bytes > left)
		bytes = (la_int64_t)left;
	s->at += (uint64_t)bytes;
	return bytes;
}

/* Log the error of libarchive.  Returns SAVE_DEVICE for a read error (EIO), else SAVE_DAMAGED. */
static enum save_status complaint(const struct save_archive *s)
{
	const char *text = archive_error_string(s->reader);

	if (archive_errno(s->reader) != EIO)
		return damaged(s, text ? text : "it is damaged", "");
	log_line("%s: %s", s->path, text ? text : "cannot read");
	return SAVE_DEVICE;
}

enum save_status save_archive_data(struct save_archive *s, const void **data, size_t *bytes)
{
	la_int64_t at;
	int got;

	*bytes = 0;
	got = archive_read_data_block(s->reader, data, bytes, &at);
	if (got == ARCHIVE_EOF)
		*bytes = 0;
	return got == ARCHIVE_OK || got == ARCHIVE_EOF ? SAVE_DONE : complaint(s);
}

/* ---- the members ----------------------------------------------------------------------- */

/* Check that @e is a valid member of our archives.  @seen: the names of the members before it. */
static enum save_status check(const struct save_archive *s, struct archive_entry *e,
			      const char *seen[], unsigned int nr_seen)
{
	const char *name = archive_entry_pathname(e);
	const uint64_t at = (uint64_t)archive_read_header_position(s->reader) + TARNAME_BYTES;
	const la_int64_t bytes = archive_entry_size(e);

	if (!name || !tarname_is_known(name))
		return damaged(s, "unknown member ", name ? name : "without a name");
	for (unsigned int i = 0; i < nr_seen; i++)
		if (strcmp(seen[i], name) == 0)
			return damaged(s, "a member occurs twice: ", name);
	if (archive_entry_filetype(e) != AE_IFREG || archive_entry_hardlink(e) ||
	    archive_entry_symlink(e) || archive_entry_sparse_count(e))
		return damaged(s, "not a regular file: ", name);
	if (bytes < 0 || at > s->bytes || (uint64_t)bytes > s->bytes - at)
		return damaged(s, "larger than the device: ", name);
	if (strcmp(name, TARNAME_STATUS) == 0 && bytes > TARNAME_STATUS_MAX)
		return damaged(s, "larger than 64 KiB: ", name);
	return SAVE_DONE;
}

static bool has(const char *seen[], unsigned int nr_seen, const char *name)
{
	for (unsigned int i = 0; i < nr_seen; i++)
		if (strcmp(seen[i], name) == 0)
			return true;
	return false;
}

/* Returns the constant of util/tarname.h that is equal to @name: unlike @name it remains valid. */
static const char *known(const char *name)
{
	static const char *const names[] = {TARNAME_LOG, TARNAME_STATUS, TARNAME_VMCORE,
					    TARNAME_OPAL};
	size_t i = 0;

	while (strcmp(names[i], name) != 0)
		i++;
	return names[i];
}

static enum save_status walk(struct save_archive *s, save_archive_member_fn *each, void *arg)
{
	enum save_status status = SAVE_DONE;
	const char *seen[4];
	unsigned int nr_seen = 0;
	struct archive_entry *e;
	int got;

	while (status == SAVE_DONE &&
	       (got = archive_read_next_header(s->reader, &e)) != ARCHIVE_EOF) {
		struct save_member member;

		if (got != ARCHIVE_OK)
			return complaint(s);
		status = check(s, e, seen, nr_seen);
		if (status != SAVE_DONE)
			break;
		member.name = seen[nr_seen++] = known(archive_entry_pathname(e));
		member.bytes = (uint64_t)archive_entry_size(e);
		member.time_s = archive_entry_mtime(e);
		status = each(arg, s, &member);
	}
	if (status == SAVE_DONE && !has(seen, nr_seen, TARNAME_VMCORE))
		return damaged(s, "there is no ", TARNAME_VMCORE);
	if (status == SAVE_DONE && !has(seen, nr_seen, TARNAME_STATUS))
		return damaged(s, "there is no ", TARNAME_STATUS);
	return status;
}

enum save_status save_archive_walk(struct save_archive *s, save_archive_member_fn *each, void *arg)
{
	enum save_status status;

	s->at = 0;
	s->reader = archive_read_new();
	if (!s->reader || archive_read_support_format_tar(s->reader) != ARCHIVE_OK ||
	    archive_read_set_read_callback(s->reader, read_piece) != ARCHIVE_OK ||
	    archive_read_set_skip_callback(s->reader, skip_ahead) != ARCHIVE_OK ||
	    archive_read_set_callback_data(s->reader, s) != ARCHIVE_OK)
		status = bad_device(s, "cannot be read", -ENOMEM);
	else if (archive_read_open1(s->reader) != ARCHIVE_OK)
		status = complaint(s);
	else
		status = walk(s, each, arg);
	archive_read_free(s->reader);
	s->reader = NULL;
	return status;
}

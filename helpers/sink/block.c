// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * block.c - a dump on a device without a file system: a tar archive from sector 0 on
 * In: a kernel log, then a dump in any order.  Out: an archive that is not visible until every byte
 * of it is on stable storage.
 * Does not know: formats, how blocks are written to the device (cache.c), tar headers (tarhead.c).
 *
 *	0		header, vmcore-dmesg.txt	both absent if there is no kernel log
 *			header, status			padded so that the dump is aligned
 *	vmcore_at	vmcore, after its header	at a multiple of 4096
 *			header, opalcore		if there is one
 *			two blocks of zeros
 *
 * Before any other byte is written, sector 0 is overwritten with zeros, so the device has no
 * archive until seal() writes the first header to sector 0 at the end.
 */
#include "block.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../util/fdio.h"
#include "../util/log.h"
#include "tarhead.h"

#define HEAD	  TARNAME_BYTES
#define END_BYTES (2 * HEAD) /* zeros after the last member */
/*
 * Number of cached blocks in addition to one for each writer: one for the log or the data, one for
 * the page table, one for the bitmap, and one that is being written to the device.
 */
#define BLOCKS	   4u
#define OPAL_PIECE 65536u

const bool sink_block_built = true;

/* Log the error; returns @err. */
static int fail(const struct sink_block *s, const char *what, int err)
{
	log_line("%s: %s: %s", s->path, what, strerror(-err));
	return err;
}

static uint64_t round_up(uint64_t v, uint64_t unit)
{
	return (v + unit - 1) / unit * unit;
}

static int flush(const struct sink_block *s)
{
	return fdatasync(s->dev.fd) ? fail(s, "cannot flush", -errno) : 0;
}

static int write_first(const struct sink_block *s)
{
	int err = fdio_pwrite(s->dev.fd, s->first, s->dev.sector, 0);

	return err ? fail(s, "cannot write its first sector", err) : flush(s);
}

/* ---- offsets --------------------------------------------------------------------------- */

/* Returns the offset of the header of the status member: after the log, or 0 without a log. */
static uint64_t status_at(const struct sink_block *s)
{
	return s->log_bytes ? HEAD + round_up(s->log_bytes, HEAD) : 0;
}

static uint64_t vmcore_at(const struct sink_block *s)
{
	return round_up(status_at(s) + HEAD + SINK_BLOCK_STATUS_BYTES + HEAD, SINK_DEVICE_ALIGN);
}

/* Returns the size of the largest dump that fits on the device, in bytes. */
static uint64_t room(const struct sink_block *s)
{
	const uint64_t most = s->dev.bytes - s->dev.bytes % HEAD;
	const uint64_t around = vmcore_at(s) + END_BYTES;

	return most > around ? most - around : 0;
}

/* ---- taking the device ----------------------------------------------------------------- */

size_t sink_block_memory(unsigned int writers)
{
	return (size_t)(BLOCKS + writers) * SINK_CACHE_BLOCK_BYTES + 2 * SINK_DEVICE_ALIGN;
}

static void release(struct sink_block *s)
{
	sink_cache_free(&s->cache);
	free(s->first);
	s->first = NULL;
	s->dev.fd = -1;
}

static int claim(struct sink_block *s, unsigned int writers)
{
	int err = sink_cache_open(&s->cache, s->dev.fd, s->dev.bytes, BLOCKS + writers);

	s->first = aligned_alloc(SINK_DEVICE_ALIGN, SINK_DEVICE_ALIGN);
	if (!err && !s->first)
		err = -ENOMEM;
	if (err)
		return fail(s, "no memory for writing to it", err);
	memset(s->first, 0, SINK_DEVICE_ALIGN);
	return 0;
}

int sink_block_open(struct sink_block *s, const struct sink_block_job *job, uint64_t least_bytes,
		    unsigned int writers, struct stall *stall)
{
	int err;

	memset(s, 0, sizeof(*s));
	s->path = job->path;
	s->opalcore = job->opalcore;
	s->time_s = time(NULL);
	err = sink_device_open(&s->dev, job->path, job->force, job->overwrite);
	if (err)
		return err;
	if (room(s) < least_bytes) {
		log_line("%s is too small: it has %llu bytes, and the dump needs at least %llu",
			 s->path, (unsigned long long)s->dev.bytes,
			 (unsigned long long)(least_bytes + s->dev.bytes - room(s)));
		err = -ENOSPC;
	}
	if (!err)
		err = claim(s, writers);
	s->cache.stall = stall;
	if (!err)
		err = write_first(s); /* s->first is zeros: from now on the device has no archive */
	if (err) {
		close(s->dev.fd);
		release(s);
	}
	return err;
}

/* ---- writing --------------------------------------------------------------------------- */

/* Append bytes to the kernel log, which comes before the dump. */
static int op_log(void *sink, const void *buf, size_t bytes)
{
	struct sink_block *s = sink;
	int err = sink_cache_write(&s->cache, buf, bytes, HEAD + s->log_bytes);

	if (!err)
		s->log_bytes += bytes;
	return err;
}

/*
 * Set the size of the dump to at least @bytes.  The first call fixes the offset of the dump, so the
 * log must be complete.  Returns 0 or -ENOSPC (logged).
 */
static int resize(struct sink_block *s, uint64_t bytes)
{
	if (!s->vmcore_at)
		s->vmcore_at = vmcore_at(s);
	if (bytes > room(s))
		return fail(s, "cannot hold the dump", -ENOSPC);
	if (bytes > s->vmcore_bytes)
		s->vmcore_bytes = bytes;
	return 0;
}

static int op_set_layout(void *sink, uint64_t table_at, uint64_t data_at)
{
	(void)table_at;
	return resize(sink, data_at);
}

/*
 * Write @bytes at offset @at of the dump; bytes that are never written are zeros.  -ENOSPC: the
 * device is too small.
 */
static int op_write(void *sink, const void *buf, size_t bytes, uint64_t at)
{
	struct sink_block *s = sink;
	const uint64_t most = room(s);

	if (at > most || bytes > most - at)
		return -ENOSPC;
	return sink_cache_write(&s->cache, buf, bytes, s->vmcore_at + at);
}

/* Store the text of the status member, truncated if it is too long. */
static void op_status(void *sink, const char *text)
{
	struct sink_block *s = sink;
	const size_t bytes = strnlen(text, sizeof(s->status));

	memset(s->status, '\n', sizeof(s->status));
	memcpy(s->status, text, bytes);
	s->status[sizeof(s->status) - 1] = '\n';
}

/* ---- the members before and after the dump --------------------------------------------- */

static int put_head(struct sink_block *s, const char *name, uint64_t bytes, uint64_t at)
{
	uint8_t head[HEAD];
	int err = sink_tarhead(head, name, bytes, s->time_s);

	/* the first header is only stored in s->first, for seal() */
	if (!err && at == 0)
		memcpy(s->first, head, HEAD);
	else if (!err)
		err = sink_cache_write(&s->cache, head, HEAD, at);
	return err;
}

static int put_status(struct sink_block *s)
{
	const uint64_t at = status_at(s), end = s->vmcore_at - HEAD;
	static const char lines[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
	const size_t step = sizeof(lines) - 1;
	int err = put_head(s, TARNAME_STATUS, end - at - HEAD, at);

	if (!err)
		err = sink_cache_write(&s->cache, s->status, sizeof(s->status), at + HEAD);
	for (uint64_t i = at + HEAD + sizeof(s->status); i < end && !err; i += step)
		err = sink_cache_write(&s->cache, lines, step, i);
	return err;
}

/* Copy the file @fd to device offset @at.  Returns the size of the file in bytes or -errno. */
static int64_t copy_file(struct sink_block *s, int fd, uint64_t at)
{
	uint8_t *piece = malloc(OPAL_PIECE);
	uint64_t done = 0;
	ssize_t got = piece ? 1 : -ENOMEM;
	int err = 0;

	while (got > 0 && !err) {
		got = fdio_pread(fd, piece, OPAL_PIECE, done);
		if (got > 0 && at + done + (uint64_t)got + HEAD + END_BYTES > s->dev.bytes)
			err = -ENOSPC;
		else if (got > 0)
			err = sink_cache_write(&s->cache, piece, (size_t)got, at + done);
		done += got > 0 ? (uint64_t)got : 0;
	}
	free(piece);
	return err ? err : got < 0 ? got : (int64_t)done;
}

/*
 * Write the member opalcore at *@at, and move *@at to its end.  Only OPAL machines have this
 * member, and the dump is also valid without it: if the file is empty or cannot be copied, this is
 * logged, the end mark of the archive is written at *@at, and *@at does not move.
 */
static int put_opalcore(struct sink_block *s, uint64_t *at)
{
	const int fd = open(s->opalcore, O_RDONLY | O_CLOEXEC);
	const int64_t bytes = fd < 0 ? -errno : copy_file(s, fd, *at + HEAD);
	static const uint8_t zeros[END_BYTES];

	if (fd >= 0)
		close(fd);
	if (bytes > 0) {
		const uint64_t head_at = *at;

		*at += HEAD + round_up((uint64_t)bytes, HEAD);
		return put_head(s, TARNAME_OPAL, (uint64_t)bytes, head_at);
	}
	log_line("%s is not saved: %s", s->opalcore, bytes ? strerror((int)-bytes) : "it is empty");
	return sink_cache_write(&s->cache, zeros, sizeof(zeros), *at);
}

/*
 * Complete the archive around the log and the dump of @bytes, which are already written: write the
 * other members and all headers except the first, which is stored in s->first.  Returns 0 or -errno
 * (logged).
 */
static int put_members(struct sink_block *s, uint64_t bytes)
{
	uint64_t at = s->vmcore_at + round_up(bytes, HEAD);
	int err = put_head(s, TARNAME_VMCORE, bytes, s->vmcore_at - HEAD);

	if (!err)
		err = put_status(s);
	if (!err && s->log_bytes)
		err = put_head(s, TARNAME_LOG, s->log_bytes, 0);
	if (!err && s->opalcore)
		err = put_opalcore(s, &at);
	if (!err)
		err = sink_cache_finish(&s->cache, at + END_BYTES);
	return err ? fail(s, "cannot complete the archive", err) : 0;
}

/* ---- the commit point ------------------------------------------------------------------ */

/*
 * Make the archive valid: write the first header to sector 0, whose other bytes are not changed.
 * All other data must be on stable storage.
 */
static int seal(struct sink_block *s)
{
	uint8_t *sector = aligned_alloc(SINK_DEVICE_ALIGN, SINK_DEVICE_ALIGN);
	ssize_t got = sector ? fdio_pread(s->dev.fd, sector, s->dev.sector, 0) : -ENOMEM;

	if (got == (ssize_t)s->dev.sector)
		memcpy(s->first + HEAD, sector + HEAD, s->dev.sector - HEAD);
	free(sector);
	if (got != (ssize_t)s->dev.sector)
		return fail(s, "cannot read its first sector", got < 0 ? (int)got : -EIO);
	return write_first(s);
}

/*
 * Complete the archive, make it durable, then valid.  After a return of 0 the archive survives a
 * power failure.  After -errno (logged) the device has no archive; or, if only the last flush
 * failed, possibly the complete archive.
 */
static int op_commit(void *sink, uint64_t bytes)
{
	struct sink_block *s = sink;
	const int fd = s->dev.fd;
	int err = resize(s, bytes);

	if (!err)
		err = put_members(s, s->vmcore_bytes);
	if (!err)
		err = flush(s);
	if (!err)
		err = seal(s);
	release(s);
	if (close(fd) != 0 && !err)
		log_line("%s: cannot close: %s", s->path, strerror(errno));
	return err;
}

/* Close the device without an archive on it. */
static void op_abandon(void *sink)
{
	struct sink_block *s = sink;

	if (s->dev.fd >= 0)
		close(s->dev.fd);
	release(s);
}

/* Nothing to do: no part of an archive is visible before all of it is durable. */
static int op_flush(void *sink)
{
	(void)sink;
	return 0;
}

const struct sink_ops sink_block_ops = {
	.write = op_write,
	.set_layout = op_set_layout,
	.flush = op_flush,
	.commit = op_commit,
	.abandon = op_abandon,
	.log = op_log,
	.status = op_status,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flat.c - turn random writes to a file into a stream of few large pieces
 * In: bytes with their offsets, from several threads.  Out: records on the stream.
 * Does not know: the content of the file.
 */
#include "flat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../sink/stream.h"
#include "../util/log.h"
#include "flat_layout.h"

/*
 * Write a record, unless there was an error before or @bytes is 0.  Returns 0 or the first error.
 * The caller holds the lock or is the only thread.
 */
static int put_record(struct flat *f, const void *buf, size_t bytes, uint64_t at)
{
	uint8_t head[FLAT_RECORD_BYTES];

	if (f->err || !bytes)
		return f->err;
	flat_layout_record(head, at, bytes);
	f->err = sink_stream_write(head, sizeof(head));
	if (!f->err)
		f->err = sink_stream_write(buf, bytes);
	if (f->err)
		lock_wake(&f->lock);
	return f->err;
}

int flat_open(struct flat *f)
{
	uint8_t head[FLAT_HEAD_BYTES];
	int err = sink_stream_open();

	memset(f, 0, sizeof(*f));
	if (err)
		return err;
	lock_init(&f->lock);
	f->data = malloc(FLAT_PIECE_BYTES);
	f->table = malloc(FLAT_PIECE_BYTES);
	if (!f->data || !f->table) {
		log_line("no memory for the stream");
		flat_free(f);
		return -ENOMEM;
	}
	memset(f->data, 0xff, FLAT_PIECE_BYTES); /* touch the memory, so that it is allocated now */
	memset(f->table, 0xff, FLAT_PIECE_BYTES);
	flat_layout_head(head);
	err = sink_stream_write(head, sizeof(head));
	if (err) {
		log_line(SINK_STREAM_NAME ": cannot write: %s", strerror(-err));
		flat_free(f);
	}
	return err;
}

int flat_write(struct flat *f, const void *buf, size_t bytes, uint64_t at)
{
	int err;

	lock_take(&f->lock);
	err = put_record(f, buf, bytes, at);
	lock_drop(&f->lock);
	return err;
}

static int flush_data(struct flat *f)
{
	int err = put_record(f, f->data, f->data_bytes, f->data_at);

	f->data_at += f->data_bytes;
	f->data_bytes = 0;
	return err;
}

void flat_set_layout(struct flat *f, uint64_t table_at, uint64_t data_at)
{
	f->table_at = table_at;
	f->data_at = data_at;
}

int flat_append(struct flat *f, const void *buf, size_t bytes, uint64_t *at)
{
	const uint8_t *from = buf;
	int err = 0;

	lock_take(&f->lock);
	*at = f->data_at + f->data_bytes;
	while (bytes && !err) {
		size_t room = FLAT_PIECE_BYTES - f->data_bytes;
		size_t part = bytes < room ? bytes : room;

		memcpy(f->data + f->data_bytes, from, part);
		f->data_bytes += part;
		from += part;
		bytes -= part;
		if (f->data_bytes == FLAT_PIECE_BYTES)
			err = flush_data(f);
	}
	lock_drop(&f->lock);
	return err;
}

/*
 * Write out the full first half of the window, advance the window and wake the threads that wait
 * for it.
 */
static void flush_half(struct flat *f)
{
	put_record(f, f->table, FLAT_HALF_BYTES, f->table_at);
	memcpy(f->table, f->table + FLAT_HALF_BYTES, FLAT_HALF_BYTES);
	f->table_at += FLAT_HALF_BYTES;
	f->table_has[0] = f->table_has[1];
	f->table_has[1] = 0;
	lock_wake(&f->lock);
}

int flat_table(struct flat *f, const void *buf, size_t bytes, uint64_t at)
{
	size_t in_first = 0;
	int err;

	lock_take(&f->lock);
	while (!f->err && at + bytes > f->table_at + FLAT_PIECE_BYTES)
		lock_wait(&f->lock);
	err = f->err;
	if (!err) {
		memcpy(f->table + (at - f->table_at), buf, bytes);
		if (at < f->table_at + FLAT_HALF_BYTES)
			in_first = (size_t)(f->table_at + FLAT_HALF_BYTES - at);
		if (in_first > bytes)
			in_first = bytes;
		f->table_has[0] += in_first;
		f->table_has[1] += bytes - in_first;
		while (f->table_has[0] == FLAT_HALF_BYTES)
			flush_half(f);
		err = f->err;
	}
	lock_drop(&f->lock);
	return err;
}

int flat_flush(struct flat *f)
{
	int err = flush_data(f);

	if (!err)
		err = put_record(f, f->table, f->table_has[0], f->table_at);
	f->table_has[0] = 0; /* the table has no gaps, so the second half is empty */
	return err;
}

int flat_end(struct flat *f)
{
	uint8_t end[FLAT_RECORD_BYTES];
	int err = flat_flush(f);

	flat_layout_end(end);
	return err ? err : sink_stream_write(end, sizeof(end));
}

void flat_free(struct flat *f)
{
	free(f->data);
	free(f->table);
	memset(f, 0, sizeof(*f));
}

/* ---- for an output ----------------------------------------------------------------------- */

static int op_write(void *sink, const void *buf, size_t bytes, uint64_t at)
{
	return flat_write(sink, buf, bytes, at);
}

static int op_append(void *sink, const void *buf, size_t bytes, uint64_t *at)
{
	return flat_append(sink, buf, bytes, at);
}

static int op_table(void *sink, const void *buf, size_t bytes, uint64_t at)
{
	return flat_table(sink, buf, bytes, at);
}

static int op_set_layout(void *sink, uint64_t table_at, uint64_t data_at)
{
	flat_set_layout(sink, table_at, data_at);
	return 0;
}

/* Log @err, unless @before is an error, which another function has logged.  Returns @err. */
static int log_first(int before, int err)
{
	if (err && !before)
		log_line(SINK_STREAM_NAME ": cannot write: %s", strerror(-err));
	return err;
}

static int op_flush(void *sink)
{
	struct flat *f = sink;
	const int before = f->err;

	return log_first(before, flat_flush(f));
}

static int op_commit(void *sink, uint64_t bytes)
{
	struct flat *f = sink;
	const int before = f->err;
	const int err = log_first(before, flat_end(f));
	const int close_err = sink_stream_close();

	(void)bytes;
	flat_free(f);
	return err ? err : close_err;
}

static void op_abandon(void *sink)
{
	sink_stream_close();
	flat_free(sink);
}

const struct sink_ops flat_sink_ops = {
	.sequential = true,
	.leaves_partial = true,
	.write = op_write,
	.append = op_append,
	.table = op_table,
	.set_layout = op_set_layout,
	.flush = op_flush,
	.commit = op_commit,
	.abandon = op_abandon,
};

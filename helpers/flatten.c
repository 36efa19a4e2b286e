// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flatten.c - a file that is written all over becomes a stream of few large pieces
 * In: bytes with their offsets, from several threads.  Out: records down the stream.
 * Does not know: what file it is.
 */
#include "flatten.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "layout/flat.h"
#include "sink/stream.h"
#include "util/log.h"

/* The next record.  Under the lock. */
static int put_record(struct flatten *f, const void *buf, size_t bytes, uint64_t at)
{
	uint8_t head[FLAT_RECORD_BYTES];

	if (f->err || !bytes)
		return f->err;
	layout_flat_record(head, at, bytes);
	f->err = sink_stream_write(head, sizeof(head));
	if (!f->err)
		f->err = sink_stream_write(buf, bytes);
	if (f->err)
		lock_wake(&f->lock);
	return f->err;
}

int flatten_open(struct flatten *f)
{
	uint8_t head[FLAT_HEAD_BYTES];
	int err = sink_stream_open();

	memset(f, 0, sizeof(*f));
	if (err)
		return err;
	lock_init(&f->lock);
	f->data = malloc(FLATTEN_PIECE_BYTES);
	f->table = malloc(FLATTEN_PIECE_BYTES);
	if (!f->data || !f->table) {
		log_line("no memory for the stream");
		flatten_free(f);
		return -ENOMEM;
	}
	memset(f->data, 0xff, FLATTEN_PIECE_BYTES); /* touched: it is there */
	memset(f->table, 0xff, FLATTEN_PIECE_BYTES);
	layout_flat_head(head);
	err = sink_stream_write(head, sizeof(head));
	if (err) {
		log_line(SINK_STREAM_NAME ": cannot write: %s", strerror(-err));
		flatten_free(f);
	}
	return err;
}

int flatten_write(struct flatten *f, const void *buf, size_t bytes, uint64_t at)
{
	int err;

	lock_take(&f->lock);
	err = put_record(f, buf, bytes, at);
	lock_drop(&f->lock);
	return err;
}

static int flush_data(struct flatten *f)
{
	int err = put_record(f, f->data, f->data_bytes, f->data_at);

	f->data_at += f->data_bytes;
	f->data_bytes = 0;
	return err;
}

void flatten_place(struct flatten *f, uint64_t table_at, uint64_t data_at)
{
	f->table_at = table_at;
	f->data_at = data_at;
}

int flatten_append(struct flatten *f, const void *buf, size_t bytes, uint64_t *at)
{
	const uint8_t *from = buf;
	int err = 0;

	lock_take(&f->lock);
	*at = f->data_at + f->data_bytes;
	while (bytes && !err) {
		size_t room = FLATTEN_PIECE_BYTES - f->data_bytes;
		size_t part = bytes < room ? bytes : room;

		memcpy(f->data + f->data_bytes, from, part);
		f->data_bytes += part;
		from += part;
		bytes -= part;
		if (f->data_bytes == FLATTEN_PIECE_BYTES)
			err = flush_data(f);
	}
	lock_drop(&f->lock);
	return err;
}

/* Write out the full first half of the window and move on; who waits for that may look again. */
static void flush_half(struct flatten *f)
{
	put_record(f, f->table, FLATTEN_HALF_BYTES, f->table_at);
	memcpy(f->table, f->table + FLATTEN_HALF_BYTES, FLATTEN_HALF_BYTES);
	f->table_at += FLATTEN_HALF_BYTES;
	f->table_has[0] = f->table_has[1];
	f->table_has[1] = 0;
	lock_wake(&f->lock);
}

int flatten_table(struct flatten *f, const void *buf, size_t bytes, uint64_t at)
{
	size_t in_first = 0;
	int err;

	lock_take(&f->lock);
	while (!f->err && at + bytes > f->table_at + FLATTEN_PIECE_BYTES)
		lock_wait(&f->lock);
	err = f->err;
	if (!err) {
		memcpy(f->table + (at - f->table_at), buf, bytes);
		if (at < f->table_at + FLATTEN_HALF_BYTES)
			in_first = (size_t)(f->table_at + FLATTEN_HALF_BYTES - at);
		if (in_first > bytes)
			in_first = bytes;
		f->table_has[0] += in_first;
		f->table_has[1] += bytes - in_first;
		while (f->table_has[0] == FLATTEN_HALF_BYTES)
			flush_half(f);
		err = f->err;
	}
	lock_drop(&f->lock);
	return err;
}

int flatten_flush(struct flatten *f)
{
	int err = flush_data(f);

	if (!err)
		err = put_record(f, f->table, f->table_has[0], f->table_at);
	f->table_has[0] = 0; /* there is no gap in the table: the second half is empty */
	return err;
}

int flatten_end(struct flatten *f)
{
	uint8_t end[FLAT_RECORD_BYTES];
	int err = flatten_flush(f);

	layout_flat_end(end);
	return err ? err : sink_stream_write(end, sizeof(end));
}

void flatten_free(struct flatten *f)
{
	free(f->data);
	free(f->table);
	memset(f, 0, sizeof(*f));
}

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

static int put_record(const void *buf, size_t bytes, uint64_t at)
{
	uint8_t head[FLAT_RECORD_BYTES];
	int err;

	if (!bytes)
		return 0;
	layout_flat_record(head, at, bytes);
	err = sink_stream_write(head, sizeof(head));
	return err ? err : sink_stream_write(buf, bytes);
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
	f->table = calloc(1, FLATTEN_PIECE_BYTES);
	if (!f->data || !f->table) {
		log_line("no memory for the stream");
		flatten_free(f);
		return -ENOMEM;
	}
	memset(f->data, 0xff, FLATTEN_PIECE_BYTES); /* touched: it is there */
	memset(f->table, 0, FLATTEN_PIECE_BYTES);
	layout_flat_head(head);
	err = sink_stream_write(head, sizeof(head));
	if (err)
		log_line(SINK_STREAM_NAME ": cannot write: %s", strerror(-err));
	return err;
}

int flatten_write(struct flatten *f, const void *buf, size_t bytes, uint64_t at)
{
	int err;

	lock_take(&f->lock);
	err = put_record(buf, bytes, at);
	lock_drop(&f->lock);
	return err;
}

static int flush_data(struct flatten *f)
{
	int err = put_record(f->data, f->data_bytes, f->data_at);

	f->data_at += f->data_bytes;
	f->data_bytes = 0;
	return err;
}

void flatten_place(struct flatten *f, uint64_t table_at, uint64_t data_at)
{
	f->table_at = f->table_end = table_at;
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

/* Write out the first @bytes of the table's window and move it on. */
static int flush_table(struct flatten *f, size_t bytes)
{
	const size_t held = (size_t)(f->table_end - f->table_at);
	int err = put_record(f->table, bytes < held ? bytes : held, f->table_at);

	memmove(f->table, f->table + bytes, FLATTEN_PIECE_BYTES - bytes);
	memset(f->table + FLATTEN_PIECE_BYTES - bytes, 0, bytes);
	f->table_at += bytes;
	if (f->table_end < f->table_at)
		f->table_end = f->table_at;
	return err;
}

int flatten_table(struct flatten *f, const void *buf, size_t bytes, uint64_t at)
{
	int err = 0;

	lock_take(&f->lock);
	while (at + bytes > f->table_at + FLATTEN_PIECE_BYTES && !err)
		err = flush_table(f, FLATTEN_TABLE_SLACK);
	if (!err) {
		memcpy(f->table + (at - f->table_at), buf, bytes);
		if (at + bytes > f->table_end)
			f->table_end = at + bytes;
	}
	lock_drop(&f->lock);
	return err;
}

int flatten_end(struct flatten *f)
{
	uint8_t end[FLAT_RECORD_BYTES];
	int err = flush_data(f);

	if (!err)
		err = flush_table(f, FLATTEN_PIECE_BYTES);
	layout_flat_end(end);
	return err ? err : sink_stream_write(end, sizeof(end));
}

void flatten_free(struct flatten *f)
{
	free(f->data);
	free(f->table);
	memset(f, 0, sizeof(*f));
}

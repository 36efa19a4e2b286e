// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * output.c - where the dump goes: a file, a device, or a stream of its pieces
 * In: bytes with their offsets in the dump.  Out: a sink that has them.
 * Does not know: formats, pages; how a sink makes bytes durable.
 */
#include "output.h"

#include <errno.h>
#include <string.h>

#include "sink/stream.h"
#include "util/log.h"
#include "util/stall.h"

/* Around every call of a sink. */
static void begin(const struct output *o)
{
	stall_begin(o->stall);
}

static int ended(const struct output *o, int err)
{
	stall_end(o->stall);
	return err;
}

int output_open(struct output *o, const char *path, struct stall *stall)
{
	memset(o, 0, sizeof(*o));
	o->is_stream = !path;
	o->stall = stall;
	begin(o);
	return ended(o, path ? sink_file_open(&o->file, path) : flatten_open(&o->flat));
}

int output_open_block(struct output *o, const struct sink_block_job *job, uint64_t least_bytes,
		      unsigned int writers, struct stall *stall)
{
	memset(o, 0, sizeof(*o));
	o->is_block = true;
	o->stall = stall;
	begin(o);
	return ended(o, sink_block_open(&o->block, job, least_bytes, writers, stall));
}

bool output_in_memory(const struct output *o)
{
	return !o->is_stream && !o->is_block && o->file.in_memory;
}

const char *output_name(const struct output *o)
{
	if (o->is_block)
		return o->block.path;
	return o->is_stream ? SINK_STREAM_NAME : o->file.tmp_path;
}

const char *output_partial(const struct output *o)
{
	return o->is_block ? NULL : output_name(o);
}

/* How writing @bytes, which had begun, ended.  The first error counts, and who meets it says it. */
static int written(struct output *o, size_t bytes, int err)
{
	int none = 0;

	ended(o, err);
	if (!err)
		atomic_fetch_add(&o->stored_bytes, bytes);
	else if (err != -EFAULT && atomic_compare_exchange_strong(&o->err, &none, err))
		log_line("%s: cannot write: %s", output_name(o), strerror(-err));
	return err;
}

/* A file and a device can be written anywhere. */
static int place(struct output *o, const void *buf, size_t bytes, uint64_t at)
{
	return o->is_block ? sink_block_write(&o->block, buf, bytes, at)
			   : sink_file_write(&o->file, buf, bytes, at);
}

int output_log(struct output *o, const void *buf, size_t bytes)
{
	begin(o);
	return written(o, 0, sink_block_log(&o->block, buf, bytes));
}

void output_status(struct output *o, const char *text)
{
	if (o->is_block)
		sink_block_status(&o->block, text);
}

int output_write(struct output *o, const void *buf, size_t bytes, uint64_t at)
{
	int err = atomic_load(&o->err);

	if (err)
		return err;
	begin(o);
	err = o->is_stream ? flatten_write(&o->flat, buf, bytes, at) : place(o, buf, bytes, at);
	return written(o, bytes, err);
}

int output_append(struct output *o, const void *buf, size_t bytes, uint64_t *at)
{
	int err = atomic_load(&o->err);

	if (err)
		return err;
	begin(o);
	if (o->is_stream) {
		err = flatten_append(&o->flat, buf, bytes, at);
	} else {
		*at = atomic_fetch_add(&o->append_at, bytes);
		err = place(o, buf, bytes, *at);
	}
	return written(o, bytes, err);
}

int output_reserve(struct output *o, size_t bytes, uint64_t at)
{
	static uint8_t zeros[65536]; /* as large as what is asked for */
	const bool is_file = !o->is_stream && !o->is_block;
	int err = is_file ? atomic_load(&o->err) : 0;

	for (size_t part; bytes && is_file && !err; bytes -= part, at += part) {
		part = bytes < sizeof(zeros) ? bytes : sizeof(zeros);
		begin(o);
		err = written(o, 0, sink_file_write(&o->file, zeros, part, at));
	}
	return err;
}

int output_table(struct output *o, const void *buf, size_t bytes, uint64_t at)
{
	int err = o->is_stream || o->is_block ? atomic_load(&o->err) : 0;

	if (err)
		return err;
	begin(o);
	err = o->is_stream ? flatten_table(&o->flat, buf, bytes, at) : place(o, buf, bytes, at);
	return written(o, bytes, err);
}

int output_place(struct output *o, uint64_t table_at, uint64_t append_at)
{
	atomic_store(&o->append_at, append_at);
	if (!o->is_stream)
		return output_resize(o, append_at);
	flatten_place(&o->flat, table_at, append_at);
	return 0;
}

uint64_t output_end(const struct output *o)
{
	return o->is_stream ? o->flat.data_at + o->flat.data_bytes : atomic_load(&o->append_at);
}

int output_resize(struct output *o, uint64_t bytes)
{
	begin(o);
	if (o->is_block)
		return ended(o, sink_block_resize(&o->block, bytes));
	return ended(o, o->is_stream ? 0 : sink_file_resize(&o->file, bytes));
}

int output_flush(struct output *o)
{
	begin(o);
	if (o->is_block)
		return ended(o, 0); /* of an archive nothing is seen before all of it is durable */
	if (o->is_stream)
		return written(o, 0, flatten_flush(&o->flat));
	return ended(o, sink_file_flush(&o->file));
}

int output_settle(struct output *o)
{
	begin(o);
	return ended(o, sink_file_settle(&o->file));
}

static int end_stream(struct output *o)
{
	int err, close_err;

	begin(o);
	err = written(o, 0, flatten_end(&o->flat));
	close_err = sink_stream_close();
	flatten_free(&o->flat);
	return err ? err : close_err;
}

int output_commit(struct output *o)
{
	if (o->is_stream)
		return end_stream(o);
	begin(o);
	if (o->is_block)
		return ended(o, sink_block_commit(&o->block, atomic_load(&o->append_at)));
	return ended(o, sink_file_commit(&o->file));
}

void output_abandon(struct output *o)
{
	begin(o);
	if (o->is_stream) {
		sink_stream_close();
		flatten_free(&o->flat);
	} else if (o->is_block) {
		sink_block_abandon(&o->block);
	} else {
		sink_file_abandon(&o->file);
	}
	ended(o, 0);
}

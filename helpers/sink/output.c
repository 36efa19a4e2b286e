// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * output.c - write the dump to a sink of any kind
 * In: bytes with their offsets in the dump.  Out: calls of the sink; the first error, logged.
 * Does not know: formats, pages; the kind of sink, how a sink makes bytes durable.
 */
#include "output.h"

#include <errno.h>
#include <string.h>

#include "../util/log.h"
#include "../util/stall.h"

/* Called before every call of a sink that may block; ended() is called after that call. */
static void begin(const struct output *o)
{
	stall_begin(o->stall);
}

static int ended(const struct output *o, int err)
{
	stall_end(o->stall);
	return err;
}

void output_open(struct output *o, const struct sink_ops *ops, void *sink, const char *name,
		 struct stall *stall)
{
	memset(o, 0, sizeof(*o));
	o->ops = ops;
	o->sink = sink;
	o->name = name;
	o->stall = stall;
}

bool output_is_sequential(const struct output *o)
{
	return o->ops->sequential;
}

const char *output_partial(const struct output *o)
{
	return o->ops->leaves_partial ? o->name : NULL;
}

/*
 * End a write of @bytes that returned @err.  The first error except -EFAULT is kept and logged.
 * Returns @err.
 */
static int written(struct output *o, size_t bytes, int err)
{
	int none = 0;

	ended(o, err);
	if (!err)
		atomic_fetch_add(&o->stored_bytes, bytes);
	else if (err != -EFAULT && atomic_compare_exchange_strong(&o->err, &none, err))
		log_line("%s: cannot write: %s", o->name, strerror(-err));
	return err;
}

int output_log(struct output *o, const void *buf, size_t bytes)
{
	begin(o);
	return written(o, 0, o->ops->log(o->sink, buf, bytes));
}

void output_status(struct output *o, const char *text)
{
	if (o->ops->status)
		o->ops->status(o->sink, text);
}

int output_write(struct output *o, const void *buf, size_t bytes, uint64_t at)
{
	int err = atomic_load(&o->err);

	if (err)
		return err;
	begin(o);
	return written(o, bytes, o->ops->write(o->sink, buf, bytes, at));
}

int output_append(struct output *o, const void *buf, size_t bytes, uint64_t *at)
{
	int err = atomic_load(&o->err);

	if (err)
		return err;
	begin(o);
	*at = atomic_fetch_add(&o->append_at, bytes);
	err = o->ops->append ? o->ops->append(o->sink, buf, bytes, at)
			     : o->ops->write(o->sink, buf, bytes, *at);
	return written(o, bytes, err);
}

int output_reserve(struct output *o, size_t bytes, uint64_t at)
{
	static uint8_t zeros[65536]; /* as large as the largest request */
	int err = o->ops->reserves ? atomic_load(&o->err) : 0;

	for (size_t part; bytes && o->ops->reserves && !err; bytes -= part, at += part) {
		part = bytes < sizeof(zeros) ? bytes : sizeof(zeros);
		begin(o);
		err = written(o, 0, o->ops->write(o->sink, zeros, part, at));
	}
	return err;
}

int output_table(struct output *o, const void *buf, size_t bytes, uint64_t at)
{
	int err = o->ops->reserves ? 0 : atomic_load(&o->err);

	if (err)
		return err;
	begin(o);
	err = o->ops->table ? o->ops->table(o->sink, buf, bytes, at)
			    : o->ops->write(o->sink, buf, bytes, at);
	return written(o, bytes, err);
}

int output_set_layout(struct output *o, uint64_t table_at, uint64_t data_at)
{
	atomic_store(&o->append_at, data_at);
	begin(o);
	return ended(o, o->ops->set_layout(o->sink, table_at, data_at));
}

uint64_t output_end(const struct output *o)
{
	return atomic_load(&o->append_at);
}

int output_flush(struct output *o)
{
	begin(o);
	return ended(o, o->ops->flush(o->sink));
}

int output_settle(struct output *o)
{
	begin(o);
	return ended(o, o->ops->settle ? o->ops->settle(o->sink) : -ENOTSUP);
}

int output_commit(struct output *o)
{
	begin(o);
	return ended(o, o->ops->commit(o->sink, output_end(o)));
}

void output_abandon(struct output *o)
{
	begin(o);
	o->ops->abandon(o->sink);
	ended(o, 0);
}

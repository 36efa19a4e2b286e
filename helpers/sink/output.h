/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output.h - write the dump to a sink of any kind
 */
#ifndef FADUMP_OUTPUT_H
#define FADUMP_OUTPUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sink.h"

struct stall;

struct output {
	const struct sink_ops *ops;
	void *sink;
	const char *name;	       /* for messages; not owned */
	bool in_memory;		       /* the sink is a file on a file system without a disk */
	_Atomic uint64_t append_at;    /* the next offset of output_append() */
	_Atomic uint64_t stored_bytes; /* bytes of the dump written so far, without reserved space
					  and the record headers of a stream */
	_Atomic int err;	       /* the first error; later errors are not logged */
	struct stall *stall;	       /* watches the sink; NULL: not watched */
};

/*
 * Set @sink and its operations @ops; the caller may open @sink later.  @name must remain valid.
 * Every call that may block on the target is reported to @stall; NULL: no reports.
 */
void output_open(struct output *o, const struct sink_ops *ops, void *sink, const char *name,
		 struct stall *stall);

/*
 * output_log() appends @bytes of the kernel log, before the dump; it may be called for a device
 * only and returns 0 or -errno (logged).  output_status() stores the report, before
 * output_commit(), on a device, and does nothing for other sinks.
 */
int output_log(struct output *o, const void *buf, size_t bytes);
void output_status(struct output *o, const char *text);

/*
 * Write @bytes at offset @at of the dump.  This and the next three functions return 0 or -errno
 * (logged); -EFAULT (@buf cannot be read) is not logged and the caller handles it.  After any other
 * error these functions do nothing and return that error, except output_table() on a file, and
 * output_reserve() on a stream or a device.  Any thread.
 */
int output_write(struct output *o, const void *buf, size_t bytes, uint64_t at);

/* Append @bytes after all appended data; their offset is stored in *@at. */
int output_append(struct output *o, const void *buf, size_t bytes, uint64_t *at);

/*
 * Reserve space for @bytes at offset @at of a file by writing zeros, so that a later write there
 * succeeds on a full disk.  Does nothing and returns 0 for a stream or a device.
 */
int output_reserve(struct output *o, size_t bytes, uint64_t at);

/*
 * Write entries of the table, in almost ascending order (see flat_table()).  In a file the space
 * for them was reserved, so they are written even after an error: a reader of the partial dump then
 * finds the pages that were stored.
 */
int output_table(struct output *o, const void *buf, size_t bytes, uint64_t at);

/*
 * Call once, before output_write() and the three functions after it: the table begins at @table_at,
 * and appended data at @data_at.  The dump is at least @data_at bytes long, and unwritten bytes are
 * zeros.  Returns 0 or -errno (logged).
 */
int output_set_layout(struct output *o, uint64_t table_at, uint64_t data_at);

/*
 * Returns the offset of the next append, in bytes, which is the size of a dump whose last part is
 * the appended data.
 */
uint64_t output_end(const struct output *o);

/*
 * Flush the data written so far: this data is on stable storage, or in the stream, before data that
 * is written later.  Returns 0 or -errno (logged).  Does nothing on a device, whose content is
 * invisible before output_commit().  In a stream, nothing may be appended or added to the table
 * after this call.
 */
int output_flush(struct output *o);

/*
 * For a file only: flush the data written so far and the name of the incomplete file.  Returns 0 or
 * -errno (logged); -ENOTSUP for any other sink.
 */
int output_settle(struct output *o);

/*
 * After all writes: make the dump durable, rename it to its final name or make it valid (see
 * sink.h), and close the sink.  Returns 0 or -errno (logged).
 */
int output_commit(struct output *o);

/* Close the sink without the final name. */
void output_abandon(struct output *o);

/* True when no byte may be written twice, so that headers are written last, and once. */
bool output_is_sequential(const struct output *o);

/* Returns the name of the partial dump that an abandoned output leaves; NULL: none. */
const char *output_partial(const struct output *o);

#endif

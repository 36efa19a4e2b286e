/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output.h - where the dump goes: a file, a device, or a stream of its pieces
 */
#ifndef FADUMP_OUTPUT_H
#define FADUMP_OUTPUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flatten.h"
#include "sink/block.h"
#include "sink/file.h"

struct stall;

struct output {
	bool is_stream;
	bool is_block; /* neither: a file */
	struct sink_file file;
	struct sink_block block;
	struct flatten flat;
	_Atomic uint64_t append_at;    /* file, device: where output_append() goes on */
	_Atomic uint64_t stored_bytes; /* written so far, without what a stream adds */
	_Atomic int err;	       /* the first one; who meets it says it */
	struct stall *stall;	       /* watches the sink; NULL: nobody does */
};

/*
 * Make PATH.incomplete, or with @path NULL take standard output.  @stall is told of every call
 * that may wait for the target, here and below; NULL: nobody is.  Returns 0 or -errno (said); then
 * there is nothing to close.
 */
int output_open(struct output *o, const char *path, struct stall *stall);

/* The same with a device; see sink_block_open(). */
int output_open_block(struct output *o, const struct sink_block_job *job, uint64_t least_bytes,
		      unsigned int writers, struct stall *stall);

/*
 * On a device the kernel log, before the dump, and what was done, before output_commit(), are
 * beside the dump.  output_log() returns 0 or -errno (said).
 */
int output_log(struct output *o, const void *buf, size_t bytes);
void output_status(struct output *o, const char *text);

/*
 * The next four return 0 or -errno, which was said, but for -EFAULT: @buf cannot be read, which
 * is the caller's business.  After another error every call returns that one and does nothing.
 * Any thread.  output_write(): @bytes go to offset @at of the dump.
 */
int output_write(struct output *o, const void *buf, size_t bytes, uint64_t at);

/* @bytes go behind all others that were appended; @at gets their offset. */
int output_append(struct output *o, const void *buf, size_t bytes, uint64_t *at);

/*
 * Room for @bytes at offset @at, as zeros, that a disk which fills up later will not lack.  A
 * stream needs none, a device has it or not.
 */
int output_reserve(struct output *o, size_t bytes, uint64_t at);

/*
 * Entries of a table, almost in ascending order (FLATTEN_TABLE_SLACK).  Their room in a file was
 * reserved: there they are written even after an error, so that what fitted can be found.
 */
int output_table(struct output *o, const void *buf, size_t bytes, uint64_t at);

/* Where the table begins, and what is appended.  Once, before both.  Returns 0 or -errno (said). */
int output_place(struct output *o, uint64_t table_at, uint64_t append_at);

/* The dump is @bytes long; what is not written of it is zeros.  A stream has no size. */
int output_resize(struct output *o, uint64_t bytes);

/* Where the next append would go: the size of a dump whose data comes last, in bytes. */
uint64_t output_end(const struct output *o);

/*
 * What was written so far is on stable storage, or down the stream, before what comes later; on
 * a device, where nothing shows before output_commit(), it need not be.  In a stream nothing may be
 * appended any more, nor put into the table.
 */
int output_flush(struct output *o);

/* A file only: what was written, and the name of what is not finished, are on stable storage. */
int output_settle(struct output *o);

/* All is written: make it durable and give it its name; see the sinks.  Closes. */
int output_commit(struct output *o);

/* Close without a name. */
void output_abandon(struct output *o);

/* What it has takes memory: it is a file on a file system without a disk. */
bool output_in_memory(const struct output *o);

/* What to call it in a message. */
const char *output_name(const struct output *o);

/* What an output that was abandoned leaves of the dump; NULL: nothing. */
const char *output_partial(const struct output *o);

#endif

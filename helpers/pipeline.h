/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pipeline.h - one dump from its source to stable storage
 */
#ifndef FADUMP_PIPELINE_H
#define FADUMP_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "encode/encoder.h"

#define PIPELINE_THREADS_MAX 128u
#define PIPELINE_LEVEL_MAX   31u

/* How it ended.  These are the exit statuses of fadump-copy; the man page explains them. */
enum pipeline_status {
	PIPELINE_COMPLETE = 0,	 /* complete and durable */
	PIPELINE_PAGES_LOST = 1, /* durable; pages that could not be read are missing */
	PIPELINE_SOURCE = 3,	 /* the source is no dump or cannot be read */
	PIPELINE_SINK = 4,	 /* the target cannot be written */
	PIPELINE_NO_SPACE = 5,	 /* the target is full */
	PIPELINE_MACHINE = 6,	 /* no memory, no thread */
	PIPELINE_UNFILTERED =
		7,	      /* complete and durable; pages are in it that the level leaves out */
	PIPELINE_STALLED = 8, /* the target takes nothing any more */
};

struct format;
struct release;
struct sink_block_job;

struct pipeline_job {
	const char *source; /* path of an ELF64 vmcore; with @release also of /dev/mem */
	const char *file;   /* path of the dump to make; NULL: a device, or a stream */
	const struct sink_block_job *block; /* the device; NULL: a file, or standard output */
	const struct format *format;
	struct encoder_choice codec;
	unsigned int dump_level; /* 0 .. PIPELINE_LEVEL_MAX */
	unsigned int threads;	 /* 1 .. PIPELINE_THREADS_MAX; 0: one for each CPU */
	uint64_t memory_bytes;	 /* at most so much is claimed; 0: by what is available */
	bool use_mmap;
	bool save_log; /* vmcore-dmesg.txt beside the dump, before the dump; not with a stream */
	bool quiet;    /* no progress */

	/*
	 * Of a file, memory is given back here batch by batch, as soon as it is durable; of a
	 * device when the whole dump is.  Not with a stream, of which that is never known.  NULL:
	 * it is not.
	 */
	struct release *release;

	/*
	 * When the target has not taken for so many seconds what it was given, that is said, and
	 * @stalled called, from a thread of its own: it has to end the process, as calls that hang
	 * do not return.  0: wait for ever.  @stored_bytes were written by then.
	 */
	unsigned int stall_timeout_s;
	void (*stalled)(void *arg, uint64_t stored_bytes);
	void *stalled_arg;
};

struct pipeline_result {
	uint64_t file_bytes;	 /* size of the dump, holes included */
	uint64_t stored_bytes;	 /* bytes written to it */
	uint64_t lost_pages;	 /* pages that could not be read */
	uint64_t excluded_pages; /* pages that the level leaves out */
	uint64_t constant_pages; /* pages of zeros or another value: not stored one by one */
	double seconds;		 /* from the first page to durable */
	const char *unfiltered;	 /* why the level was not followed; NULL: it was */
};

/*
 * Save the dump.  The first error ends it; it was said in one line, and whatever was
 * written stays under the name FILE.incomplete (FILE where only its name is not flushed); of a
 * device nothing, or what was there where it says so.  When this returns, no mapping and no
 * descriptor of the source is left, whatever the status: memory, but for what job.release was
 * given, may be given back if, and only if, the status is PIPELINE_COMPLETE, PIPELINE_PAGES_LOST or
 * PIPELINE_UNFILTERED.
 */
enum pipeline_status pipeline_run(const struct pipeline_job *job, struct pipeline_result *result);

#endif

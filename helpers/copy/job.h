/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * job.h - a job of the copier and its result
 * In: the command line.  Out: the exit status and the report.
 * Does not know: the code that runs the job.
 */
#ifndef FADUMP_JOB_H
#define FADUMP_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "../encode/encoder.h"
#include "../filter/filter.h"

#define PIPELINE_THREADS_MAX 128u
#define PIPELINE_LEVEL_MAX   31u

/*
 * The result of a job.  These are the exit statuses of fadump-copy, which fadump-copy(8) explains.
 */
enum pipeline_status {
	PIPELINE_COMPLETE = 0,	 /* complete and durable */
	PIPELINE_PAGES_LOST = 1, /* durable; pages that could not be read are missing */
	PIPELINE_SOURCE = 3,	 /* the source is not a dump or cannot be read */
	PIPELINE_SINK = 4,	 /* the target cannot be written */
	PIPELINE_NO_SPACE = 5,	 /* the target is full */
	PIPELINE_MACHINE = 6,	 /* no memory, or no thread can be started */
	PIPELINE_UNFILTERED =
		7, /* complete and durable; contains pages that the dump level excludes */
	PIPELINE_STALLED = 8, /* the target accepts no more data */
};

/*
 * True when the dump is durable and lacks only excluded pages and pages that could not be read.
 */
static inline bool pipeline_is_durable(enum pipeline_status status)
{
	return status == PIPELINE_COMPLETE || status == PIPELINE_PAGES_LOST ||
	       status == PIPELINE_UNFILTERED;
}

struct format;
struct release;
struct sink_block_job;

struct pipeline_job {
	const char *source; /* path of an ELF64 vmcore; with @release also /dev/mem */
	const char *file;   /* path of the new dump; NULL: a device or a stream */
	const struct sink_block_job *block; /* the device; NULL: a file, or standard output */
	const struct format *format;
	struct encoder_choice codec;
	unsigned int dump_level; /* 0 .. PIPELINE_LEVEL_MAX */
	unsigned int threads;	 /* 1 .. PIPELINE_THREADS_MAX; 0: one for each CPU */
	uint64_t memory_bytes;	 /* limit of allocated memory; 0: a share of the available memory */
	bool use_mmap;
	bool save_log; /* write vmcore-dmesg.txt before the dump: next to the file, on the device */
	bool quiet;    /* print no progress */

	/*
	 * Where to release memory.  For a file, each batch is released when its data is durable;
	 * for a device, all memory when the dump is durable.  NULL: memory is not released.  Must
	 * be NULL for a stream, whose durability is not known.
	 */
	struct release *release;

	/*
	 * If the target accepts no data for this many seconds, a message is logged and @stalled is
	 * called from a separate thread with the number of bytes written so far.  @stalled must end
	 * the process, as calls that hang do not return.  0: wait without a limit.
	 */
	unsigned int stall_timeout_s;
	void (*stalled)(void *arg, uint64_t stored_bytes);
	void *stalled_arg;
};

struct pipeline_result {
	uint64_t file_bytes;		      /* size of the dump, holes included */
	uint64_t stored_bytes;		      /* bytes written to the dump */
	uint64_t lost_pages;		      /* unreadable pages and parts of notes */
	uint64_t excluded_pages;	      /* excluded pages of all kinds */
	uint64_t dropped_pages[FILTER_KINDS]; /* excluded pages by kind */
	uint64_t constant_pages; /* not stored: zeros, or equal to a stored page of one value */
	uint64_t zero_pages;	 /* constant pages that are zeros */
	double seconds; /* from the first write until the dump is durable and memory is released */
	const char *unfiltered; /* why the dump level could not be applied; NULL: it was applied */
};

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format.h - how chunks become a dump: what the pipeline asks of each format
 */
#ifndef FADUMP_FORMAT_H
#define FADUMP_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "encode/encoder.h"

struct chunk;
struct output;
struct utsname_dead;
struct vmcore;

/* What a format works with; set by the pipeline, all of it before open(). */
struct format_job {
	const struct vmcore *src;
	struct output *out; /* not open yet in open() */
	struct encoder_choice codec;
	unsigned int dump_level;
	unsigned int threads;
	uint64_t *lost_pages; /* pieces of the notes that cannot be read are added */
	const struct utsname_dead *uts;
};

struct format {
	const char *name;
	bool encodes; /* pages go through the codec */

	/* Bytes of memory that open() claims for each worker, beside chunks. */
	size_t (*worker_memory)(const struct format_job *job);

	/*
	 * Plan the dump and claim all memory; nothing is written.  Returns 0, with *@state
	 * for the others; -ENOMEM (not said); or another -errno (said).
	 */
	int (*open)(const struct format_job *job, void **state);

	/* After open(): the dump will have so many bytes, and perhaps more. */
	uint64_t (*least_bytes)(const void *state);

	/* Headers and notes: what makes an unfinished dump readable.  0 or -errno (said). */
	int (*begin)(void *state);

	/*
	 * Give @c, whose drop bits are set, its place.  Chunks come in ascending order, from one
	 * thread.  May drop more.  0 or -errno (said).
	 */
	int (*place)(void *state, struct chunk *c);

	/* Save the pages of @c; sets its keep and lost bits.  Worker @worker.  0 or -errno (said).
	 */
	int (*save)(void *state, unsigned int worker, struct chunk *c);

	/*
	 * No worker has a chunk.  @complete: everything was saved, and the dump may say so.  Else
	 * what there is becomes as readable as it can be, and of a file more chunks may follow.
	 * 0 or -errno (said).
	 */
	int (*finish)(void *state, bool complete);

	/* Size of the dump in bytes, holes included. */
	uint64_t (*dump_bytes)(const void *state);

	void (*close)(void *state);
};

extern const struct format format_elf, format_kdump;

/*
 * Copy all notes of the source, one behind the other, to offset @at.  What of them cannot be
 * read is zeros, which readers skip, and counts as lost.  Returns 0 or -errno (said).
 */
int format_copy_notes(const struct format_job *job, uint64_t at);

#endif

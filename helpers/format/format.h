/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format.h - the interface between the pipeline and the formats
 */
#ifndef FADUMP_FORMAT_H
#define FADUMP_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../encode/encoder.h"

struct chunk;
struct output;
struct crashed_utsname;
struct vmcore;

/* The input of a format; the pipeline sets all fields before open(). */
struct format_job {
	const struct vmcore *src;
	struct output *out; /* opened after open() of the format */
	struct encoder_choice codec;
	unsigned int dump_level;
	unsigned int threads;
	uint64_t *lost_pages; /* count of lost pages and unreadable parts of notes */
	const struct crashed_utsname *uts;
};

struct format {
	const char *name;
	bool encodes; /* the codec encodes the pages */

	/* Bytes of memory that open() allocates for each worker, in addition to chunks. */
	size_t (*worker_memory)(const struct format_job *job);

	/*
	 * Plan the dump and allocate all memory; nothing is written.  Returns 0, with the argument
	 * for the other functions in *@state; -ENOMEM (not logged); or another -errno (logged).
	 */
	int (*open)(const struct format_job *job, void **state);

	/* After open(): the smallest possible size of the dump, in bytes. */
	uint64_t (*least_bytes)(const void *state);

	/*
	 * Write the notes and, so that an incomplete dump is readable, the headers; in a stream,
	 * kdump writes its headers in finish().  Returns 0 or -errno (logged).
	 */
	int (*begin)(void *state);

	/*
	 * Assign offsets in the dump to @c, whose drop bits are set.  Chunks come in ascending
	 * order, from one thread.  May set more drop bits.  Returns 0 or -errno (logged).
	 */
	int (*assign_offsets)(void *state, struct chunk *c);

	/*
	 * Called by worker number @worker: save the pages of @c, set the keep and lost bits of @c
	 * and count its pages of zeros.  Returns 0 or -errno (logged).
	 */
	int (*save)(void *state, unsigned int worker, struct chunk *c);

	/*
	 * Call when no worker has a chunk.  @complete true: all chunks were saved, and the dump is
	 * marked complete.  @complete false: the partial dump is made as readable as possible, and
	 * more chunks may follow if the dump is a file.  Returns 0 or -errno (logged).
	 */
	int (*finish)(void *state, bool complete);

	/* Size of the dump in bytes, holes included. */
	uint64_t (*dump_bytes)(const void *state);

	void (*close)(void *state);
};

extern const struct format format_elf, format_kdump;

/*
 * Copy all notes of the source, one after the other, to offset @at.  Each unreadable part, of at
 * most 4096 bytes, becomes zeros, which readers skip, and counts as a lost page.  Returns 0 or
 * -errno (logged).
 */
int format_copy_notes(const struct format_job *job, uint64_t at);

#endif

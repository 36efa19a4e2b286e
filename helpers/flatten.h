/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flatten.h - a file that is written all over becomes a stream of few large pieces
 */
#ifndef FADUMP_FLATTEN_H
#define FADUMP_FLATTEN_H

#include <stddef.h>
#include <stdint.h>

#include "util/lock.h"

/* crash sorts the pieces in time that grows with the square of their number. */
#define FLATTEN_PIECE_BYTES (1u << 20)

/* Memory that flatten_open() claims. */
#define FLATTEN_BYTES (2 * FLATTEN_PIECE_BYTES)

/* The table's window has two halves; the first goes out when it is full. */
#define FLATTEN_HALF_BYTES (FLATTEN_PIECE_BYTES / 2)

struct flatten {
	struct lock lock; /* guards all below, and the order of the stream */
	uint8_t *data;	  /* FLATTEN_PIECE_BYTES: data_bytes of them wait, from offset data_at on */
	uint64_t data_at;
	size_t data_bytes;
	uint8_t *table; /* FLATTEN_PIECE_BYTES: of the table, from offset table_at on */
	uint64_t table_at;
	size_t table_has[2]; /* how many bytes of each half came */
	int err;	     /* the first one ends everybody's waiting */
};

/*
 * Begin a stream on standard output.  The memory is claimed here.  Returns 0; -ENOMEM (said);
 * -errno (said).
 */
int flatten_open(struct flatten *f);

/*
 * All return 0 or -errno, which is not said, of the stream that was written to.  Any thread.
 * flatten_write() puts @bytes at offset @at; no byte may be written twice: readers do not care
 * which of two pieces came later.  flatten_append() puts them behind what was appended before.
 * flatten_table() is for the entries of a table without gaps, at most FLATTEN_HALF_BYTES each and
 * almost in order: one that comes far too early waits for those before it, which other threads
 * must be about to bring.  After an error every call returns that one.
 */
int flatten_write(struct flatten *f, const void *buf, size_t bytes, uint64_t at);
int flatten_append(struct flatten *f, const void *buf, size_t bytes, uint64_t *at);
int flatten_table(struct flatten *f, const void *buf, size_t bytes, uint64_t at);

/* Where the table begins, and what is appended.  Once, before both. */
void flatten_place(struct flatten *f, uint64_t table_at, uint64_t data_at);

/*
 * When nothing more is appended and the table is whole: write out what waits.  flatten_end(): and
 * the end mark.  Return 0 or -errno (not said).
 */
int flatten_flush(struct flatten *f);
int flatten_end(struct flatten *f);

void flatten_free(struct flatten *f);

#endif

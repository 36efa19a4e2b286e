/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flat.h - write a file at random offsets as a stream: the flattened format of makedumpfile
 */
#ifndef FADUMP_FLAT_H
#define FADUMP_FLAT_H

#include <stddef.h>
#include <stdint.h>

#include "../sink/sink.h"
#include "../util/lock.h"

/*
 * The size of a piece in bytes: large, because the time that crash needs to sort the pieces grows
 * with the square of their number.
 */
#define FLAT_PIECE_BYTES (1u << 20)

/* Memory that flat_open() allocates, in bytes. */
#define FLAT_BYTES (2 * FLAT_PIECE_BYTES)

/*
 * The window on the table has two halves of this size; the first half is written when it is full.
 */
#define FLAT_HALF_BYTES (FLAT_PIECE_BYTES / 2)

struct flat {
	struct lock lock; /* guards the members below, and the order of the stream */
	uint8_t *data; /* FLAT_PIECE_BYTES; the first data_bytes of them belong to offset data_at,
			  and are not written yet */
	uint64_t data_at;
	size_t data_bytes;
	uint8_t *table; /* FLAT_PIECE_BYTES: the window on the table, from offset table_at on */
	uint64_t table_at;
	size_t table_has[2]; /* number of bytes of each half that are filled */
	int err;	     /* the first error, which ends all waiting */
};

/* Begin a stream on standard output and allocate all memory.  Returns 0 or -errno (logged). */
int flat_open(struct flat *f);

/*
 * flat_write() writes @bytes at offset @at; no byte may be written twice, as readers ignore the
 * order of pieces.  flat_append() writes @bytes after all appended data and stores their offset in
 * *@at.  flat_table() adds entries to a table without gaps, at most FLAT_HALF_BYTES in one call and
 * almost in order: a call for a much later entry waits until other threads have added the entries
 * before it.  All return 0 or -errno of the stream (not logged); after an error nothing more is
 * written, and every call returns that error, except a flat_append() that only fills the buffer.
 * Any thread.
 */
int flat_write(struct flat *f, const void *buf, size_t bytes, uint64_t at);
int flat_append(struct flat *f, const void *buf, size_t bytes, uint64_t *at);
int flat_table(struct flat *f, const void *buf, size_t bytes, uint64_t at);

/*
 * Set the offsets of the table and of appended data.  Call once, before flat_table() and
 * flat_append().
 */
void flat_set_layout(struct flat *f, uint64_t table_at, uint64_t data_at);

/*
 * Call after the last append, when the table is complete: write out all buffered data.  flat_end()
 * also writes the end mark.  Both return 0 or -errno (not logged).
 */
int flat_flush(struct flat *f);
int flat_end(struct flat *f);

void flat_free(struct flat *f);

/* The operations above, for an output; commit() and abandon() close the stream. */
extern const struct sink_ops flat_sink_ops;

#endif

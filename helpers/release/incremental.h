/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * incremental.h - release memory in batches while the rest is still being saved
 */
#ifndef FADUMP_INCREMENTAL_H
#define FADUMP_INCREMENTAL_H

#include <stdbool.h>
#include <stdint.h>

struct chunk;
struct release;
struct page_filter;
struct vmcore;

struct incremental {
	struct release *release; /* NULL: no memory is released */
	bool at_once;		 /* release all memory at the end: no data is durable before */
	uint64_t batch_bytes;	 /* size of a batch, a power of two */
	uint64_t batch;		 /* index of the current batch */
	uint64_t released_paddr; /* all memory of the dump below this address is released */
	uint64_t *drop;		 /* a bit for each page, in the order of the dump; set: excluded */
	uint64_t drop_bytes;
	uint64_t next_page; /* index of the bit of the first page of the next chunk */
};

/* Returns the number of bytes that incremental_open() allocates for @src if @release is not NULL.
 */
uint64_t incremental_memory(const struct vmcore *src);

/*
 * Open the source @name.  If @release is not NULL and @name is a character device, @name is
 * /dev/mem, and @release has the ranges that belong to the crashed kernel.  In all other cases
 * @name is a vmcore.  Returns the values of vmcore_open().
 */
int incremental_open_source(const struct release *release, struct vmcore *src, const char *name,
			    bool use_mmap);

/*
 * Allocate the data needed to release the memory of @src through @release (NULL: no release).  The
 * caller has set @inc to zeros.  @at_once: the sink makes data durable only at its end.  Returns 0
 * or -ENOMEM (not logged).
 */
int incremental_open(struct incremental *inc, struct release *release, bool at_once,
		     const struct vmcore *src);

/*
 * Select all pages of @src with @s, then finish and close @s and rewind @src.  Call this before any
 * release, as the page structs that @s reads are in memory that will be released.  Does nothing if
 * no memory is released.  @in_memory: the dump uses the released memory, and there is no disk to
 * wait for, so batches keep their smallest size.
 */
void incremental_select_ahead(struct incremental *inc, struct vmcore *src, struct page_filter *s,
			      bool in_memory);

/*
 * Set the drop bits of @c that incremental_select_ahead() selected.  Chunks must come in the order
 * of incremental_select_ahead().  False: no memory is released, so no pages were selected.
 */
bool incremental_mark(struct incremental *inc, struct chunk *c);

/*
 * True, once, at the end of each batch but the last: the memory that @src has passed may be
 * released when its data is durable.  Always false if all memory is released at once or none is.
 */
bool incremental_due(struct incremental *inc, const struct vmcore *src);

/*
 * Release the memory up to the position of @src, whose data must be durable and no longer mapped.
 * At the end of @src, also call release_settle().
 */
void incremental_release(struct incremental *inc, const struct vmcore *src);

void incremental_close(struct incremental *inc);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_pack.h - encode the pages of a chunk to one buffer without gaps
 */
#ifndef FADUMP_PAGE_PACK_H
#define FADUMP_PAGE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../source/chunk.h"
#include "encoder.h"

struct vmcore;

/* The location of the bytes of a page. */
struct page_pack_page {
	enum {
		PAGE_PACK_NOWHERE, /* lost or dropped */
		PAGE_PACK_HERE,	   /* in out[] */
		PAGE_PACK_FILE	   /* in the dump */
	} where;
	uint64_t at;	/* offset in out[] or in the dump */
	uint32_t bytes; /* 0: lost or dropped */
	uint32_t flag;	/* encoding: page_desc.flags of kdump-compressed; 0: not encoded */
};

/*
 * The number of different constant pages that are remembered.  A few are enough: zeros, 0xff,
 * poison values.
 */
#define PAGE_PACK_CONSTANTS 8

struct page_pack_constant {
	uint64_t word;
	struct page_pack_page page; /* PAGE_PACK_HERE until page_pack_placed() */
};

/* The state of one thread. */
struct page_pack {
	const struct vmcore *src;
	struct encoder_choice codec;
	void *context; /* the context of the codec */
	uint32_t page_bytes;
	uint8_t *out; /* CHUNK_BYTES; out_bytes are in use */
	uint32_t out_bytes;
	uint8_t *whole; /* buffer for one page that is assembled from pieces */
	struct page_pack_page page[CHUNK_PAGES];
	struct page_pack_constant constant[PAGE_PACK_CONSTANTS]; /* entry 0 is the page of zeros */
	unsigned int next_constant;
};

/*
 * Returns the size of a struct page_pack and of the memory that page_pack_open() allocates for
 * pages of @page_bytes, in bytes.
 */
size_t page_pack_memory(const struct encoder_choice *codec, uint32_t page_bytes);

/*
 * Allocate all memory.  The dump has a page of zeros at offset @zero_at.  @src must outlive @p.
 * Returns 0 or -ENOMEM (not logged).
 */
int page_pack_open(struct page_pack *p, const struct vmcore *src,
		   const struct encoder_choice *codec, uint64_t zero_at);

/*
 * Encode the pages of @c that are not dropped: set page[] and out[], the keep and lost bits of @c,
 * and add to zero_pages of @c.  A page filled with a value that is remembered is not stored again.
 */
void page_pack_chunk(struct page_pack *p, struct chunk *c);

/*
 * Call after out[] was written to offset @at of the dump: remembered pages in out[] become pages in
 * the dump.
 */
void page_pack_placed(struct page_pack *p, uint64_t at);

void page_pack_close(struct page_pack *p);

#endif

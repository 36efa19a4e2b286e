/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pack.h - the pages of a chunk, encoded, one behind the other in memory
 */
#ifndef FADUMP_PACK_H
#define FADUMP_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chunk.h"
#include "encode/encoder.h"

struct vmcore;

/* Where the bytes of a page are. */
struct pack_page {
	enum {
		PACK_NOWHERE,
		PACK_HERE,
		PACK_FILE
	} where;	/* lost or dropped; in out[]; in the dump */
	uint64_t at;	/* offset there */
	uint32_t bytes; /* 0: lost or dropped */
	uint32_t flag;	/* how it is encoded: page_desc.flags of kdump-compressed; 0: it is not */
};

/* Constant pages that the dump has already.  A few: it is poison, 0xff, and zeros. */
#define PACK_CONSTANTS 8

struct pack_constant {
	uint64_t word;
	struct pack_page page; /* PACK_HERE until pack_placed() */
};

/* One thread's. */
struct pack {
	const struct vmcore *src;
	struct encoder_choice codec;
	void *context; /* the codec's */
	uint32_t page_bytes;
	uint8_t *out; /* CHUNK_BYTES; out_bytes are in use */
	uint32_t out_bytes;
	uint8_t *whole; /* one page, put together out of pieces */
	struct pack_page page[CHUNK_PAGES];
	struct pack_constant constant[PACK_CONSTANTS]; /* the first is zero */
	unsigned int next_constant;
};

/* How much memory pack_open() claims, in bytes, for pages of @page_bytes. */
size_t pack_memory(const struct encoder_choice *codec, uint32_t page_bytes);

/*
 * Claim everything.  The dump has a page of zeros at @zero_at.  Returns 0 or -ENOMEM (not said).
 */
int pack_open(struct pack *p, const struct vmcore *src, const struct encoder_choice *codec,
	      uint64_t zero_at);

/*
 * Encode the pages of @c that are not dropped: sets page[] and out[], and the keep and lost
 * bits of @c.  Pages that hold one value all over are there once.
 */
void pack_chunk(struct pack *p, struct chunk *c);

/* out[] is in the dump now, from offset @at on. */
void pack_placed(struct pack *p, uint64_t at);

void pack_close(struct pack *p);

#endif

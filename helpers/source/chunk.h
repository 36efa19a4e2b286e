/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chunk.h - a piece of the crashed kernel's memory in the pipeline
 * In: memory that the source maps, pages that the filter drops.  Out: offsets that the format
 * assigns.
 * Does not know: the origin and the use of the memory.
 *
 * The source clears the three maps and the count.  After a worker has saved the chunk, a page that
 * is in none of the maps is not stored itself: it is all zeros or, in formats that can share pages,
 * equal to a stored page of one repeated 8-byte word.
 *
 * A chunk never crosses a multiple of CHUNK_BYTES of physical address, so it has at most
 * CHUNK_PAGES pages of the smallest page size.  Its first and last page may be partial.
 */
#ifndef FADUMP_CHUNK_H
#define FADUMP_CHUNK_H

#include <stdbool.h>
#include <stdint.h>

#define CHUNK_BYTES    (512u << 10)
#define CHUNK_PAGE_MIN 4096u
#define CHUNK_PAGES    (CHUNK_BYTES / CHUNK_PAGE_MIN)
#define CHUNK_MAP_LEN  (CHUNK_PAGES / 64)

struct vmcore_window;

/*
 * One thread at a time owns a chunk; queues pass it to the next thread.  The comment of each field
 * names its writer.
 */
struct chunk {
	uint64_t paddr;		      /* source: physical address of data[0] */
	uint32_t bytes;		      /* source: 1 .. CHUNK_BYTES */
	uint32_t page_bytes;	      /* source: page size of the crashed kernel */
	uint32_t extent;	      /* source: index of the memmap extent with the chunk */
	uint64_t src_at;	      /* source: file offset of data[0] */
	const uint8_t *data;	      /* source: valid until vmcore_put() */
	struct vmcore_window *window; /* source: mapping that contains data; NULL: data is buf */
	uint8_t *buf;	     /* pipeline: CHUNK_BYTES, allocated once; the source reads into it */
	uint64_t first_desc; /* format: number of pages with a descriptor before this chunk */
	uint64_t drop[CHUNK_MAP_LEN]; /* filter or format: page is not read and not saved */
	uint64_t keep[CHUNK_MAP_LEN]; /* worker: the data of the page is stored in the dump */
	uint32_t zero_pages;	      /* worker: number of pages of zeros, which are in no map */
	uint64_t lost[CHUNK_MAP_LEN]; /* worker: page cannot be read */
};

/* Returns the number of complete or partial pages in the chunk. */
static inline unsigned int chunk_pages(const struct chunk *c)
{
	uint64_t first = c->paddr / c->page_bytes;

	return (unsigned int)((c->paddr + c->bytes - 1) / c->page_bytes - first + 1);
}

/*
 * Returns the offset of page @i from data[0], in bytes.  For @i = chunk_pages() it is the end of
 * the chunk.
 */
static inline uint32_t chunk_page_offset(const struct chunk *c, unsigned int i)
{
	/* avoid rounding up, which would overflow at the end of the address space */
	const uint64_t at = (uint64_t)i * c->page_bytes - (i ? c->paddr % c->page_bytes : 0);

	return at < c->bytes ? (uint32_t)at : c->bytes;
}

/* Returns the number of bits that are set in a map. */
static inline unsigned int chunk_count(const uint64_t *map)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < CHUNK_MAP_LEN; i++)
		n += (unsigned int)__builtin_popcountll(map[i]);
	return n;
}

static inline bool chunk_bit(const uint64_t *map, unsigned int i)
{
	return map[i / 64] >> (i % 64) & 1;
}

static inline void chunk_bit_set(uint64_t *map, unsigned int i)
{
	map[i / 64] |= UINT64_C(1) << (i % 64);
}

static inline void chunk_bit_clear(uint64_t *map, unsigned int i)
{
	map[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

#endif

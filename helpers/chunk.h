/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chunk.h - what travels through the pipeline: a piece of the dead kernel's memory
 * In: filled by the source, judged by the filter.  Out: placed by the layout.
 * Does not know: where it came from, what is done with it.
 *
 * The source clears the three maps.  A page in none of them is constant: all zeros, or (in the
 * formats that can share pages) one value all over.
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

/* One thread at a time owns a chunk; the queues hand it on.  Each field names its writer. */
struct chunk {
	uint64_t paddr;		      /* source: physical address of data[0] */
	uint32_t bytes;		      /* source: 1 .. CHUNK_BYTES */
	uint32_t page_bytes;	      /* source: page size of the dead kernel */
	uint32_t extent;	      /* source: index of the memmap extent it lies in */
	uint64_t src_at;	      /* source: file offset of data[0] */
	const uint8_t *data;	      /* source: valid until vmcore_put() */
	struct vmcore_window *window; /* source: mapping that holds data, NULL: data is buf */
	uint8_t *buf;		      /* pipeline claims CHUNK_BYTES once; source reads into it */
	uint64_t first_desc;	      /* format: how many pages with a descriptor come before it */
	uint64_t drop[CHUNK_MAP_LEN]; /* filter sets: page is left out, not even read */
	uint64_t keep[CHUNK_MAP_LEN]; /* worker sets: page has bytes of its own in the dump */
	uint64_t lost[CHUNK_MAP_LEN]; /* whoever finds the page unreadable sets */
};

/* Number of (whole or partial) pages in the chunk. */
static inline unsigned int chunk_pages(const struct chunk *c)
{
	uint64_t first = c->paddr / c->page_bytes;

	return (unsigned int)((c->paddr + c->bytes - 1) / c->page_bytes - first + 1);
}

/* Offset of page @i from data[0] in bytes; @i may be chunk_pages(), which gives the end. */
static inline uint32_t chunk_page_offset(const struct chunk *c, unsigned int i)
{
	/* no multiple of the page is computed: paddr may be at the end of the address space */
	const uint64_t at = (uint64_t)i * c->page_bytes - (i ? c->paddr % c->page_bytes : 0);

	return at < c->bytes ? (uint32_t)at : c->bytes;
}

/* How many bits of a map are set. */
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

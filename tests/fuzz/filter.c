// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter.c - fuzz what is made of page structs
 * In: a machine.h image.  FUZZ(level)=N is the dump level, FUZZ(paddr)=N where the first chunk
 * starts, FUZZ(bytes)=N the length of each, less one.
 */
#include "machine.h"

#include "chunk.h"
#include "filter/filter.h"

#define CHUNKS		4u
#define PAGES_PER_CHUNK 64u

static void mark(struct machine *m, struct filter *f, uint64_t paddr, uint32_t bytes)
{
	struct chunk c = {.paddr = paddr, .bytes = bytes, .page_bytes = m->page_bytes};
	const struct chunk empty = c;
	const unsigned int pages = chunk_pages(&c);
	uint64_t left_out = 0;

	for (unsigned int i = 0; i < FILTER_KINDS; i++)
		left_out -= f->left_out[i];
	m->peeks = 0;
	filter_mark(f, &c);
	for (unsigned int i = 0; i < FILTER_KINDS; i++)
		left_out += f->left_out[i];
	/* what it says it left out, all of it in the chunk, and nothing else is touched */
	promise(chunk_count(c.drop) == left_out && left_out <= pages);
	for (unsigned int i = pages; i < CHUNK_PAGES; i++)
		promise(!chunk_bit(c.drop, i));
	memset(c.drop, 0, sizeof(c.drop));
	promise(memcmp(&c, &empty, sizeof(c)) == 0);
	fuzz_reached += left_out > 0;
}

/* A level that is not asked for, and one that cannot be had, leaves nothing out. */
static void examine(const struct filter *f, unsigned int level)
{
	const uint64_t *n = f->left_out;
	unsigned int whys = 0;

	promise((f->level & ~level) == 0);
	promise(f->level & (FILTER_CACHE | FILTER_CACHE_PRIV) || !n[FILTER_IS_CACHE]);
	promise(f->level & FILTER_CACHE_PRIV || !n[FILTER_IS_CACHE_PRIV]);
	promise(f->level & FILTER_USER || !n[FILTER_IS_USER]);
	promise(f->level & FILTER_FREE || !n[FILTER_IS_FREE]);
	while (filter_why(f, whys))
		whys++;
	promise(whys <= FILTER_WHYS);
	promise(whys > 0 || f->level == (level & ~(unsigned int)FILTER_ZERO));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	uint64_t paddr, chunk_bytes, part;
	unsigned int level;
	struct machine m;
	struct filter f;
	struct vtop v;

	machine_init(&m, &v, data, bytes);
	level = fuzz_option(&m.image, "level") & FILTER_LEVEL_MAX;
	paddr = fuzz_option(&m.image, "paddr");
	chunk_bytes = fuzz_option(&m.image, "bytes") % (PAGES_PER_CHUNK * CHUNK_PAGE_MIN) + 1;
	filter_init(&f, level, &v, &m.image.info, m.page_bytes);
	for (unsigned int i = 0; i < CHUNKS && paddr <= UINT64_MAX - chunk_bytes; i++) {
		part = CHUNK_BYTES - paddr % CHUNK_BYTES; /* never over a multiple of it */
		if (part > chunk_bytes)
			part = chunk_bytes;
		mark(&m, &f, paddr, (uint32_t)part);
		paddr += part;
	}
	filter_finish(&f);
	examine(&f, level);
	machine_free(&m, &v);
	return 0;
}

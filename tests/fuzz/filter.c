// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter.c - fuzz the filter of pages by their page structs
 * In: a machine.h image.  FUZZ(level)=N is the dump level, FUZZ(paddr)=N the address of the first
 * chunk, FUZZ(bytes)=N the length of each chunk minus one.
 */
#include "machine.h"

#include "filter/filter.h"
#include "source/chunk.h"

#define CHUNKS		4u
#define PAGES_PER_CHUNK 64u

static void mark(struct machine *m, struct filter *f, uint64_t paddr, uint32_t bytes)
{
	struct chunk c = {.paddr = paddr, .bytes = bytes, .page_bytes = m->page_bytes};
	const struct chunk empty = c;
	const unsigned int pages = chunk_pages(&c);
	uint64_t dropped = 0;

	for (unsigned int i = 0; i < FILTER_KINDS; i++)
		dropped -= f->dropped[i];
	m->lookups = 0;
	filter_mark(f, &c);
	for (unsigned int i = 0; i < FILTER_KINDS; i++)
		dropped += f->dropped[i];
	/* the dropped pages are counted correctly and are in the chunk; nothing else is changed */
	promise(chunk_count(c.drop) == dropped && dropped <= pages);
	for (unsigned int i = pages; i < CHUNK_PAGES; i++)
		promise(!chunk_bit(c.drop, i));
	memset(c.drop, 0, sizeof(c.drop));
	promise(memcmp(&c, &empty, sizeof(c)) == 0);
	fuzz_reached += dropped > 0;
}

/*
 * Check that f->level has no kind that @level lacks, that only pages of the kinds of f->level were
 * dropped, and that there is a reason if f->level lacks a requested kind.
 */
static void examine(const struct filter *f, unsigned int level)
{
	const uint64_t *n = f->dropped;
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
		/* a chunk never crosses a multiple of CHUNK_BYTES */
		part = CHUNK_BYTES - paddr % CHUNK_BYTES;
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deadpages.h - a dead kernel with a page of each kind, and what is to become of it
 * In: an architecture and a kernel version.  Out: dead, and for each page at which levels it
 * goes.  Does not know: the filter.
 */
#ifndef TESTS_UNIT_DEADPAGES_H
#define TESTS_UNIT_DEADPAGES_H

#include "dead.h"

#include "filter/filter.h"

#define ALWAYS 0x80u /* beside the bits of the level */
#define CACHE  (FILTER_CACHE | FILTER_CACHE_PRIV)

static struct dead dead;
static const char *what[DEAD_PFNS]; /* what the test put there */
static uint8_t want[DEAD_PFNS];	    /* left out when the level has one of these bits */

/* The next pages aligned to 1 << @order: all of them go with @bits. */
static inline uint64_t place(uint64_t *next, unsigned int order, const char *name, uint8_t bits)
{
	const uint64_t pages = UINT64_C(1) << order, pfn = (*next + pages - 1) & ~(pages - 1);

	assert_true(pfn + pages <= DEAD_PFNS);
	for (uint64_t i = pfn; i < pfn + pages; i++) {
		what[i] = name;
		want[i] = bits;
	}
	*next = pfn + pages;
	return pfn;
}

static inline void put_singles(struct dead *d, uint64_t *next)
{
	static const struct {
		const char *name;
		uint64_t flags, mapping;
		uint8_t bits;
	} rows[] = {
		{"of the kernel", 0, 0, 0},
		{"locked", FLAG(LOCKED), 0, 0},
		{"cache", FLAG(LRU), 0x1000, CACHE},
		{"private cache", FLAG(LRU) | FLAG(PRIVATE), 0x1000, FILTER_CACHE_PRIV},
		{"swap cache", FLAG(SWAPBACKED) | FLAG(SWAPCACHE), 0, CACHE},
		{"owner's flag alone", FLAG(SWAPCACHE), 0, 0},
		{"swapbacked alone", FLAG(SWAPBACKED), 0, 0},
		{"anonymous", FLAG(LRU) | FLAG(SWAPBACKED), 0x1001, FILTER_USER},
		{"anonymous, private", FLAG(PRIVATE), 0x1001, FILTER_USER},
		{"shared by KSM", FLAG(LRU), 0x1003, FILTER_USER},
		{"movable, not anonymous", 0, 0x1002, 0},
		{"memory error", FLAG(HWPOISON), 0, ALWAYS},
		{"memory error in cache", FLAG(HWPOISON) | FLAG(LRU), 0x1000, ALWAYS},
		{"never set up", UINT64_MAX, UINT64_MAX, 0},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		const uint64_t pfn = place(next, 0, rows[i].name, rows[i].bits);

		dead_flags(d, pfn, rows[i].flags);
		dead_mapping(d, pfn, rows[i].mapping);
	}
}

/* Types share their word with counts, and the words beside it with other things. */
static inline void put_typed(struct dead *d, uint64_t *next)
{
	uint64_t pfn;

	dead_type(d, place(next, 0, "offline", ALWAYS), d->gen->offline);
	pfn = place(next, 0, "page table, mapping word in use", 0);
	dead_type(d, pfn, d->gen->table);
	dead_mapping(d, pfn, 0x1001);
	pfn = place(next, 0, "mapped once", FILTER_USER);
	dead_type(d, pfn, 0);
	dead_mapping(d, pfn, 0x1001);
	pfn = place(next, 0, "slab", 0);
	if (d->gen->slab)
		dead_type(d, pfn, d->gen->slab);
	dead_flags(d, pfn, FLAG(LRU) | (d->gen->slab ? 0 : FLAG(SLAB)));
	dead_mapping(d, pfn, 0x1001);
	if (!d->gen->slab) {
		pfn = place(next, 0, "slab whose objects count as a free page", 0);
		dead_flags(d, pfn, FLAG(SLAB));
		dead_type(d, pfn, d->gen->buddy);
		pfn = place(next, 0, "slab whose objects count as offline", 0);
		dead_flags(d, pfn, FLAG(SLAB));
		dead_type(d, pfn, d->gen->offline);
	}
}

static inline void put_free(struct dead *d, uint64_t *next)
{
	dead_free_pages(d, place(next, 0, "free, order 0", FILTER_FREE), 0, d->gen->buddy);
	dead_free_pages(d, place(next, 3, "free, order 3", FILTER_FREE), 3, d->gen->buddy);
	dead_free_pages(d, place(next, 10, "free, order 10", FILTER_FREE), 10, d->gen->buddy);
	if (d->gen->unaccepted)
		dead_free_pages(d, place(next, 10, "unaccepted", FILTER_FREE), 10,
				d->gen->unaccepted);
	/* what lies about its order stays, all of it */
	dead_free_pages(d, place(next, 11, "free, order too high", 0), 11, d->gen->buddy);
	dead_free_pages(d, place(next, 2, "free, order not aligned", 0), 2, -1);
	dead_type(d, *next - 3, d->gen->buddy);
	dead_u64(d, dead_struct(d, *next - 3) + 40, 1);
	dead_free_pages(d, place(next, 4, "free, but a later page has a user", 0), 4,
			d->gen->buddy);
	dead_users(d, *next - 8, 1);
	dead_free_pages(d, place(next, 4, "free, but a later page is mapped", 0), 4, d->gen->buddy);
	dead_type(d, *next - 12, 0);
}

static inline uint64_t put_compound(struct dead *d, uint64_t *next, unsigned int order,
				    const char *name, uint64_t flags, uint64_t mapping,
				    bool hugetlb, uint8_t bits)
{
	const uint64_t pfn = place(next, order, name, bits);

	dead_flags(d, pfn, flags);
	dead_mapping(d, pfn, mapping);
	dead_compound(d, pfn, order, hugetlb);
	return pfn;
}

/* Tails share the memory of the first page of structs: mm/hugetlb_vmemmap.c up to 7.0. */
static inline void share_structs(struct dead *d, uint64_t pfn, unsigned int order)
{
	const uint64_t in_page = d->arch->page_bytes / d->struct_bytes;

	for (uint64_t i = in_page; !d->gen->info && i < 1u << order; i++)
		memcpy(d->ram + dead_struct(d, pfn + i), d->ram + dead_struct(d, pfn + i % in_page),
		       d->struct_bytes);
}

static inline void put_compounds(struct dead *d, uint64_t *next)
{
	const uint64_t anon = 0x1001, lru = FLAG(LRU), bad = FLAG(HWPOISON);
	uint64_t pfn;

	put_compound(d, next, 1, "two of the kernel", 0, 0, false, 0);
	put_compound(d, next, 1, "two of cache", lru, 0, false, CACHE);
	put_compound(d, next, 4, "large folio of cache", lru, 0, false, CACHE);
	put_compound(d, next, 4, "large folio of private cache", lru | FLAG(PRIVATE), 0, false,
		     FILTER_CACHE_PRIV);
	put_compound(d, next, 9, "huge page", lru, anon, false, FILTER_USER);
	put_compound(d, next, 9, "hugetlb", 0, 0x1000, true, FILTER_USER);
	pfn = put_compound(d, next, 9, "hugetlb, structs shared", 0, 0, true, FILTER_USER);
	share_structs(d, pfn, 9);
	put_compound(d, next, 3, "hugetlb with a memory error", bad, 0, true, ALWAYS);
	pfn = put_compound(d, next, 3, "huge page, error in a tail", lru, anon, false, FILTER_USER);
	dead_flags(d, pfn + 5, bad);
	want[pfn + 5] = ALWAYS;
	pfn = put_compound(d, next, 3, "huge page of the kernel, error in its head", bad, 0, false,
			   0);
	want[pfn] = ALWAYS;

	/* what lies about its order stays */
	pfn = put_compound(d, next, 2, "order says twice as much", lru, anon, false, 0);
	put_compound(d, next, 2, "the half that was not its own", lru, 0, false, CACHE);
	if (d->gen->order == IN_FLAGS)
		dead_flags(d, pfn + 1, 3);
	else
		d->ram[dead_struct(d, pfn + 1) + 17] = 3;
	pfn = put_compound(d, next, 2, "order beyond all memory", lru, anon, false, 0);
	if (d->gen->order == IN_FLAGS)
		dead_flags(d, pfn + 1, 255);
	else
		d->ram[dead_struct(d, pfn + 1) + 17] = 255;
	pfn = put_compound(d, next, 4, "a later tail is none", lru, anon, false, 0);
	dead_u64(d, dead_struct(d, pfn + 8) + 8, 0);
	if (!d->gen->info) {
		pfn = put_compound(d, next, 4, "a later tail is another's", lru, anon, false, 0);
		dead_u64(d, dead_struct(d, pfn + 4) + 8, d->vmemmap | 1);
	}
	pfn = place(next, 2, "head not aligned", 0) + 1;
	dead_flags(d, pfn, lru);
	dead_compound(d, pfn, 1, false);
}

static inline bool goes(uint8_t bits, unsigned int level)
{
	return bits == ALWAYS || bits & level;
}

static inline void populate(const struct dead_arch *arch, const struct dead_gen *gen)
{
	uint64_t next = 1;

	memset(want, 0, sizeof(want));
	memset(what, 0, sizeof(what));
	/* some structs of 56 bytes, which lie across the borders of pages and windows */
	dead_make(&dead, arch, gen, (gen - dead_gens) % 2 ? 64 : 56);
	put_singles(&dead, &next);
	put_typed(&dead, &next);
	put_compounds(&dead, &next);
	put_free(&dead, &next);
	dead_vtop(&dead);
}

#endif

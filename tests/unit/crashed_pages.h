/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crashed_pages.h - a crashed kernel with pages of each kind, and the levels that drop each page
 * In: an architecture and a kernel version.  Out: crashed, the kinds of its pages (what), and the
 * levels that drop them (want).
 * Does not know: the filter.
 */
#ifndef TESTS_UNIT_CRASHED_PAGES_H
#define TESTS_UNIT_CRASHED_PAGES_H

#include "crashed.h"

#include "filter/filter.h"

#define ALWAYS 0x80u /* dropped at every level */
#define CACHE  (FILTER_CACHE | FILTER_CACHE_PRIV)

static struct crashed crashed;
static const char *what[CRASHED_PFNS]; /* the kind of the page */
static uint8_t want[CRASHED_PFNS];     /* dropped if the level has one of these bits */

/* Take the next 1 << @order pages, aligned; a level with one of @bits drops all of them. */
static inline uint64_t place(uint64_t *next, unsigned int order, const char *name, uint8_t bits)
{
	const uint64_t pages = UINT64_C(1) << order, pfn = (*next + pages - 1) & ~(pages - 1);

	assert_true(pfn + pages <= CRASHED_PFNS);
	for (uint64_t i = pfn; i < pfn + pages; i++) {
		what[i] = name;
		want[i] = bits;
	}
	*next = pfn + pages;
	return pfn;
}

static inline void put_singles(struct crashed *d, uint64_t *next)
{
	static const struct {
		const char *name;
		uint64_t flags, mapping;
		uint8_t bits;
	} rows[] = {
		{"kernel page", 0, 0, 0},
		{"locked", FLAG(LOCKED), 0, 0},
		{"cache", FLAG(LRU), 0x1000, CACHE},
		{"private cache", FLAG(LRU) | FLAG(PRIVATE), 0x1000, FILTER_CACHE_PRIV},
		{"swap cache", FLAG(SWAPBACKED) | FLAG(SWAPCACHE), 0, CACHE},
		{"swap cache flag alone", FLAG(SWAPCACHE), 0, 0},
		{"swapbacked alone", FLAG(SWAPBACKED), 0, 0},
		{"anonymous", FLAG(LRU) | FLAG(SWAPBACKED), 0x1001, FILTER_USER},
		{"anonymous, private", FLAG(PRIVATE), 0x1001, FILTER_USER},
		{"shared by KSM", FLAG(LRU), 0x1003, FILTER_USER},
		{"movable, not anonymous", 0, 0x1002, 0},
		{"memory error", FLAG(HWPOISON), 0, ALWAYS},
		{"memory error in cache", FLAG(HWPOISON) | FLAG(LRU), 0x1000, ALWAYS},
		{"struct not initialized", UINT64_MAX, UINT64_MAX, 0},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		const uint64_t pfn = place(next, 0, rows[i].name, rows[i].bits);

		crashed_flags(d, pfn, rows[i].flags);
		crashed_mapping(d, pfn, rows[i].mapping);
	}
}

/* Page types share a word with counts; the neighbouring words also have several uses. */
static inline void put_typed(struct crashed *d, uint64_t *next)
{
	uint64_t pfn;

	crashed_type(d, place(next, 0, "offline", ALWAYS), d->gen->offline);
	pfn = place(next, 0, "page table, mapping word in use", 0);
	crashed_type(d, pfn, d->gen->table);
	crashed_mapping(d, pfn, 0x1001);
	pfn = place(next, 0, "mapped once", FILTER_USER);
	crashed_type(d, pfn, 0);
	crashed_mapping(d, pfn, 0x1001);
	pfn = place(next, 0, "slab", 0);
	if (d->gen->slab)
		crashed_type(d, pfn, d->gen->slab);
	crashed_flags(d, pfn, FLAG(LRU) | (d->gen->slab ? 0 : FLAG(SLAB)));
	crashed_mapping(d, pfn, 0x1001);
	if (!d->gen->slab) {
		pfn = place(next, 0, "slab with a count like a free page", 0);
		crashed_flags(d, pfn, FLAG(SLAB));
		crashed_type(d, pfn, d->gen->buddy);
		pfn = place(next, 0, "slab with a count like offline", 0);
		crashed_flags(d, pfn, FLAG(SLAB));
		crashed_type(d, pfn, d->gen->offline);
	}
}

static inline void put_free(struct crashed *d, uint64_t *next)
{
	crashed_free_pages(d, place(next, 0, "free, order 0", FILTER_FREE), 0, d->gen->buddy);
	crashed_free_pages(d, place(next, 3, "free, order 3", FILTER_FREE), 3, d->gen->buddy);
	crashed_free_pages(d, place(next, 10, "free, order 10", FILTER_FREE), 10, d->gen->buddy);
	if (d->gen->unaccepted)
		crashed_free_pages(d, place(next, 10, "unaccepted", FILTER_FREE), 10,
				   d->gen->unaccepted);
	/* all pages of an inconsistent block are kept: wrong order, or a page in use */
	crashed_free_pages(d, place(next, 11, "free, order too high", 0), 11, d->gen->buddy);
	crashed_free_pages(d, place(next, 2, "free, order not aligned", 0), 2, -1);
	crashed_type(d, *next - 3, d->gen->buddy);
	crashed_u64(d, crashed_struct(d, *next - 3) + 40, 1);
	crashed_free_pages(d, place(next, 4, "free, but a later page has a user", 0), 4,
			   d->gen->buddy);
	crashed_users(d, *next - 8, 1);
	crashed_free_pages(d, place(next, 4, "free, but a later page is mapped", 0), 4,
			   d->gen->buddy);
	crashed_type(d, *next - 12, 0);
}

static inline uint64_t put_compound(struct crashed *d, uint64_t *next, unsigned int order,
				    const char *name, uint64_t flags, uint64_t mapping,
				    bool hugetlb, uint8_t bits)
{
	const uint64_t pfn = place(next, order, name, bits);

	crashed_flags(d, pfn, flags);
	crashed_mapping(d, pfn, mapping);
	crashed_compound(d, pfn, order, hugetlb);
	return pfn;
}

/* Make all later structs repeat the first page of structs: mm/hugetlb_vmemmap.c up to Linux 7.0. */
static inline void share_structs(struct crashed *d, uint64_t pfn, unsigned int order)
{
	const uint64_t in_page = d->arch->page_bytes / d->struct_bytes;

	for (uint64_t i = in_page; !d->gen->info && i < 1u << order; i++)
		memcpy(d->ram + crashed_struct(d, pfn + i),
		       d->ram + crashed_struct(d, pfn + i % in_page), d->struct_bytes);
}

static inline void put_compounds(struct crashed *d, uint64_t *next)
{
	const uint64_t anon = 0x1001, lru = FLAG(LRU), bad = FLAG(HWPOISON);
	uint64_t pfn;

	put_compound(d, next, 1, "two kernel pages", 0, 0, false, 0);
	put_compound(d, next, 1, "two cache pages", lru, 0, false, CACHE);
	put_compound(d, next, 4, "large folio of cache", lru, 0, false, CACHE);
	put_compound(d, next, 4, "large folio of private cache", lru | FLAG(PRIVATE), 0, false,
		     FILTER_CACHE_PRIV);
	put_compound(d, next, 9, "huge page", lru, anon, false, FILTER_USER);
	put_compound(d, next, 9, "hugetlb", 0, 0x1000, true, FILTER_USER);
	pfn = put_compound(d, next, 9, "hugetlb, structs shared", 0, 0, true, FILTER_USER);
	share_structs(d, pfn, 9);
	put_compound(d, next, 3, "hugetlb with a memory error", bad, 0, true, ALWAYS);
	pfn = put_compound(d, next, 3, "huge page, error in a tail", lru, anon, false, FILTER_USER);
	crashed_flags(d, pfn + 5, bad);
	want[pfn + 5] = ALWAYS;
	pfn = put_compound(d, next, 3, "huge page of the kernel, error in its head", bad, 0, false,
			   0);
	want[pfn] = ALWAYS;

	/* all pages of an inconsistent compound page are kept: wrong order, tail or head */
	pfn = put_compound(d, next, 2, "order is twice the size", lru, anon, false, 0);
	put_compound(d, next, 2, "the neighbour of that page", lru, 0, false, CACHE);
	if (d->gen->order == IN_FLAGS)
		crashed_flags(d, pfn + 1, 3);
	else
		d->ram[crashed_struct(d, pfn + 1) + 17] = 3;
	pfn = put_compound(d, next, 2, "order beyond all memory", lru, anon, false, 0);
	if (d->gen->order == IN_FLAGS)
		crashed_flags(d, pfn + 1, 255);
	else
		d->ram[crashed_struct(d, pfn + 1) + 17] = 255;
	pfn = put_compound(d, next, 4, "a later tail is not a tail", lru, anon, false, 0);
	crashed_u64(d, crashed_struct(d, pfn + 8) + 8, 0);
	if (!d->gen->info) {
		pfn = put_compound(d, next, 4, "a later tail of another page", lru, anon, false, 0);
		crashed_u64(d, crashed_struct(d, pfn + 4) + 8, d->vmemmap | 1);
	}
	pfn = place(next, 2, "head not aligned", 0) + 1;
	crashed_flags(d, pfn, lru);
	crashed_compound(d, pfn, 1, false);
}

static inline bool is_dropped(uint8_t bits, unsigned int level)
{
	return bits == ALWAYS || bits & level;
}

static inline void populate(const struct crashed_arch *arch, const struct crashed_gen *gen)
{
	uint64_t next = 1;

	memset(want, 0, sizeof(want));
	memset(what, 0, sizeof(what));
	/*
	 * every second kernel has structs of 56 bytes, which cross the borders of pages and windows
	 */
	crashed_make(&crashed, arch, gen, (gen - crashed_gens) % 2 ? 64 : 56);
	put_singles(&crashed, &next);
	put_typed(&crashed, &next);
	put_compounds(&crashed, &next);
	put_free(&crashed, &next);
	crashed_vtop(&crashed);
}

#endif

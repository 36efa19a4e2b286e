// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter.c - select the pages that a dump level excludes
 * In: chunks in ascending order, page structs.  Out: the drop bits of the chunks.
 * No system call.
 * Does not know: the location of page structs (pagemap.c), their layout (page_layout.c), pages of
 * zeros.
 *
 * A page of an unknown kind is kept.  The tests and their order are those of
 * makedumpfile(8), so that a dump level has the same meaning.  For the data that a kernel stores
 * for each test see Documentation/admin-guide/kdump/vmcoreinfo.rst and include/linux/page-flags.h.
 */
#include "filter.h"

#include <string.h>

#include "../source/chunk.h"
#include "../source/physmem.h"
#include "vtop.h"

#define KEEP	     FILTER_KINDS
#define TAIL	     UINT64_C(1) /* bit of compound_head or compound_info */
#define MAPPING_ANON UINT64_C(1)
#define ORDER_BITS   0xffu	/* order bits in the flags of a second page struct */
#define NO_TYPE	     UINT32_MAX /* _mapcount of a page that is not mapped: -1 */
#define PAGES_WANTED (unsigned int)(FILTER_CACHE | FILTER_CACHE_PRIV | FILTER_USER)
#define UNSEEN_SHARE 8 /* more unseen pages than 1/UNSEEN_SHARE of all pages indicate an error */

/* The current page structs and their filter. */
struct view {
	struct filter *f;
	struct pagemap_run run;
};

static void add_why(struct filter *f, unsigned int level, const char *why)
{
	if (!why || !(f->asked & level))
		return;
	for (unsigned int i = 0; i < FILTER_WHYS; i++) {
		if (f->why[i] == why)
			return;
		if (!f->why[i]) {
			f->why[i] = why;
			return;
		}
	}
}

static inline uint64_t get_u64(const uint8_t *raw, uint32_t at, bool swap)
{
	uint64_t v;

	memcpy(&v, raw + at, sizeof(v));
	return swap ? __builtin_bswap64(v) : v;
}

static inline uint32_t get_u32(const uint8_t *raw, uint32_t at, bool swap)
{
	uint32_t v;

	memcpy(&v, raw + at, sizeof(v));
	return swap ? __builtin_bswap32(v) : v;
}

/* Returns the page struct of @pfn; NULL: there is none.  Valid until the next call. */
static inline const uint8_t *page_struct(struct view *v, uint64_t pfn)
{
	const uint64_t into = pfn - v->run.first_pfn;

	if (into < v->run.pages)
		return v->run.structs ? v->run.structs + into * v->f->layout.struct_bytes : NULL;
	v->run = pagemap_get(&v->f->pagemap, pfn);
	return v->run.structs;
}

/* ---- compound pages and blocks of free pages --------------------------------------------- */

/*
 * True when @pfn is a tail of the compound page whose head has its struct at @head_va.  Since Linux
 * 7.1 (compound_info): true for a tail of any compound page.
 */
static bool is_tail(struct view *v, uint64_t pfn, uint64_t head_va)
{
	const struct page_layout *l = &v->f->layout;
	const uint8_t *raw = page_struct(v, pfn);
	uint64_t word, va;

	if (!raw)
		return false;
	word = get_u64(raw, l->head_at, v->f->swap);
	if (word & TAIL)
		return !l->heads_are_pointers || word - TAIL == head_va;
	/*
	 * Up to Linux 7.0 the memory with the first structs of a hugetlb page may also be mapped
	 * where the other structs belong, so a tail can look like the head: page_fixed_fake_head(),
	 * include/linux/page-flags.h.
	 */
	if (!l->heads_are_pointers || !(get_u64(raw, l->flags_at, v->f->swap) & l->head) ||
	    !pagemap_address(&v->f->pagemap, pfn, &va) || va % v->f->pagemap.page_bytes)
		return false;
	raw = page_struct(v, pfn + 1);
	return raw && get_u64(raw, l->head_at, v->f->swap) == (head_va | TAIL);
}

/*
 * True when @pfn may be inside a block of free pages.  A used page is mapped, has a type or has
 * users.
 */
static bool is_idle(struct view *v, uint64_t pfn)
{
	const struct page_layout *l = &v->f->layout;
	const uint8_t *raw = page_struct(v, pfn);

	return raw && get_u32(raw, l->type_at, v->f->swap) == NO_TYPE &&
	       get_u32(raw, l->refcount_at, v->f->swap) == 0;
}

/*
 * Check that the 1 << @order pages from @pfn form one block, as @order claims.  Blocks are aligned
 * to their size: if this block had only 1 << k pages, another block would begin at page 1 << k.  So
 * it is enough to check page 1 << k for each k below @order.
 */
static bool is_whole(struct view *v, uint64_t pfn, unsigned int order, bool compound)
{
	uint64_t head_va;

	if (order > PAGE_LAYOUT_ORDER_MAX || pfn & ((UINT64_C(1) << order) - 1) ||
	    !pagemap_address(&v->f->pagemap, pfn, &head_va))
		return false;
	for (unsigned int k = 0; k < order; k++) {
		const uint64_t at = pfn + (UINT64_C(1) << k);

		if (!(compound ? is_tail(v, at, head_va) : is_idle(v, at)))
			return false;
	}
	return true;
}

static enum filter_kind keep_inconsistent(struct filter *f)
{
	add_why(f, f->level, "some page structs contradict each other");
	return KEEP;
}

/* ---- a page ------------------------------------------------------------------------------ */

/*
 * True when the page has a type, so that other fields of its struct may have a different meaning.
 */
static inline bool is_typed(const struct page_layout *l, uint32_t type)
{
	if (l->types_in_top_byte)
		return type >= 0xf0000000 && type < 0xff000000;
	return type >= 0xf0000000 && type != NO_TYPE;
}

/* For a head without a type: true when its second struct marks a hugetlb page. */
static bool is_hugetlb(struct view *v, uint64_t pfn)
{
	const struct page_layout *l = &v->f->layout;
	const uint8_t *second;

	if (!l->hugetlb_flag && !l->hugetlb_dtor)
		return false;
	second = page_struct(v, pfn + 1);
	if (!second)
		return false;
	if (l->hugetlb_flag)
		return get_u64(second, l->flags_at, v->f->swap) & l->hugetlb_flag;
	return second[l->dtor_at] == l->hugetlb_dtor;
}

/* Drop the 1 << @order pages from @pfn on.  Returns @kind. */
static inline enum filter_kind skip_range(struct filter *f, uint64_t pfn, unsigned int order,
					  enum filter_kind kind)
{
	f->skip_kind = kind;
	f->skip_end_pfn = pfn + (UINT64_C(1) << order);
	return kind;
}

/* Drop the head @pfn with its tails.  KEEP: their number is unknown or contradicts the tails. */
static enum filter_kind drop_compound(struct view *v, uint64_t pfn, enum filter_kind kind)
{
	struct filter *f = v->f;
	const struct page_layout *l = &f->layout;
	const uint8_t *second;
	unsigned int order;

	if (l->order_kind == PAGE_LAYOUT_NO_ORDER)
		return KEEP;
	second = page_struct(v, pfn + 1);
	if (!second)
		return keep_inconsistent(f);
	order = l->order_kind == PAGE_LAYOUT_ORDER_IN_FLAGS
			? get_u64(second, l->flags_at, f->swap) & ORDER_BITS
			: second[l->order_at];
	return is_whole(v, pfn, order, true) ? skip_range(f, pfn, order, kind)
					     : keep_inconsistent(f);
}

/* Drop the cache or user page @pfn; a head with its tails. */
static inline enum filter_kind drop_page(struct view *v, uint64_t pfn, bool head,
					 enum filter_kind kind)
{
	return head ? drop_compound(v, pfn, kind) : skip_range(v->f, pfn, 0, kind);
}

static inline enum filter_kind drop_free(struct view *v, uint64_t pfn, uint64_t order)
{
	struct filter *f = v->f;

	if (order &&
	    (order >= f->layout.nr_orders || !is_whole(v, pfn, (unsigned int)order, false)))
		return keep_inconsistent(f);
	return skip_range(f, pfn, (unsigned int)order, FILTER_IS_FREE);
}

/*
 * Drop page @pfn, which has a memory error.  In a hugetlb page only the head is marked, for all
 * pages of the hugetlb page.
 */
static enum filter_kind drop_poisoned(struct view *v, uint64_t pfn, bool head, bool hugetlb)
{
	if (head && (hugetlb || is_hugetlb(v, pfn)) &&
	    drop_compound(v, pfn, FILTER_IS_HWPOISON) != KEEP)
		return FILTER_IS_HWPOISON;
	return skip_range(v->f, pfn, 0, FILTER_IS_HWPOISON);
}

/* Returns the kind of page @pfn, which is neither a tail nor a slab page; KEEP: the level keeps it.
 */
static inline __attribute__((always_inline)) enum filter_kind
classify_by_level(struct view *v, uint64_t pfn, const uint8_t *raw, uint64_t flags, uint32_t type,
		  bool swap)
{
	const struct page_layout *l = &v->f->layout;
	const unsigned int level = v->f->level;
	const bool head = flags & l->head;

	if (level & FILTER_FREE) {
		if (type == l->buddy_type)
			return drop_free(v, pfn, get_u64(raw, l->private_at, swap));
		if (l->unaccepted_type && type == l->unaccepted_type)
			return drop_free(v, pfn, l->nr_orders - 1);
	}
	if (!(level & PAGES_WANTED))
		return KEEP;
	if (is_typed(l, type))
		return type == l->hugetlb_type && level & FILTER_USER
			       ? drop_page(v, pfn, head, FILTER_IS_USER)
			       : KEEP;
	if (get_u64(raw, l->mapping_at, swap) & MAPPING_ANON)
		return level & FILTER_USER ? drop_page(v, pfn, head, FILTER_IS_USER) : KEEP;
	if (flags & l->lru || (flags & l->swapbacked && flags & l->swapcache)) {
		if (flags & l->private && level & FILTER_CACHE_PRIV)
			return drop_page(v, pfn, head, FILTER_IS_CACHE_PRIV);
		if (!(flags & l->private) && level & (FILTER_CACHE | FILTER_CACHE_PRIV))
			return drop_page(v, pfn, head, FILTER_IS_CACHE);
	}
	if (head && level & FILTER_USER && is_hugetlb(v, pfn))
		return drop_page(v, pfn, head, FILTER_IS_USER);
	return KEEP;
}

/*
 * Returns the kind of page @pfn, whose struct is @raw.  For a kind other than KEEP, skip_kind and
 * skip_end_pfn are set.
 */
static inline __attribute__((always_inline)) enum filter_kind
classify(struct view *v, uint64_t pfn, const uint8_t *raw, bool swap)
{
	struct filter *f = v->f;
	const struct page_layout *l = &f->layout;
	const uint64_t flags = get_u64(raw, l->flags_at, swap);
	const uint32_t type = get_u32(raw, l->type_at, swap);
	const bool slab = flags & l->slab || (l->slab_type && type == l->slab_type);
	enum filter_kind kind = KEEP;

	if (flags == UINT64_MAX) /* never initialized: PAGE_POISON_PATTERN */
		return KEEP;
	/* a tail was dropped with its head or is kept; it may still have a memory error */
	if (!(l->head_at && get_u64(raw, l->head_at, swap) & TAIL) && !slab)
		kind = classify_by_level(v, pfn, raw, flags, type, swap);
	if (kind != KEEP)
		return kind;
	if (flags & l->hwpoison)
		return drop_poisoned(v, pfn, flags & l->head,
				     l->hugetlb_type && type == l->hugetlb_type);
	if (l->offline_type && type == l->offline_type && !slab)
		return skip_range(f, pfn, 0, FILTER_IS_OFFLINE);
	return KEEP;
}

/* ---- chunks ------------------------------------------------------------------------------ */

static void set_bits(uint64_t *map, unsigned int first, unsigned int nr)
{
	for (unsigned int part; nr; first += part, nr -= part) {
		const unsigned int bit = first % 64;

		part = nr < 64 - bit ? nr : 64 - bit;
		map[first / 64] |= UINT64_MAX >> (64 - part) << bit;
	}
}

static unsigned int at_most(uint64_t pages, unsigned int max)
{
	return pages < max ? (unsigned int)pages : max;
}

static inline __attribute__((always_inline)) void mark(struct filter *f, struct chunk *c, bool swap)
{
	const uint64_t first = c->paddr / c->page_bytes;
	const unsigned int pages = chunk_pages(c);
	struct view v = {.f = f};
	uint64_t unseen = 0;

	for (unsigned int i = 0, part; i < pages; i += part) {
		const uint64_t pfn = first + i;
		const uint8_t *raw;

		part = 1;
		if (pfn >= f->skip_end_pfn) {
			raw = page_struct(&v, pfn);
			if (!raw) {
				part = at_most(v.run.first_pfn + v.run.pages - pfn, pages - i);
				unseen += part;
				continue;
			}
			if (classify(&v, pfn, raw, swap) == KEEP)
				continue;
		}
		part = at_most(f->skip_end_pfn - pfn, pages - i);
		set_bits(c->drop, i, part);
		f->dropped[f->skip_kind] += part;
	}
	f->seen += pages - unseen;
	f->unseen += unseen;
}

void filter_mark(struct filter *f, struct chunk *c)
{
	if (!f->usable)
		return;
	if (f->swap)
		mark(f, c, true);
	else
		mark(f, c, false);
}

void filter_finish(struct filter *f)
{
	if (!f->usable)
		return;
	if (f->unseen > (f->seen + f->unseen) / UNSEEN_SHARE)
		add_why(f, f->level, "the page structs of many pages cannot be found");
	else if (!f->dropped[FILTER_IS_FREE])
		add_why(f, f->level & FILTER_FREE, "no free page was found");
}

const char *filter_why(const struct filter *f, unsigned int i)
{
	return i < FILTER_WHYS ? f->why[i] : NULL;
}

void filter_init(struct filter *f, unsigned int level, const struct vtop *vtop,
		 const struct vmcoreinfo *info, uint32_t page_bytes)
{
	const char *wrong = vtop->why;
	struct page_layout_missing missing;

	memset(f, 0, sizeof(*f));
	f->asked = level & ~(unsigned int)FILTER_ZERO;
	f->swap = vtop->mem->swap;
	if (!wrong)
		wrong = pagemap_init(&f->pagemap, vtop, info, page_bytes);
	if (!wrong) {
		missing = page_layout_read(&f->layout, info, f->pagemap.struct_bytes);
		wrong = missing.all;
	}
	if (wrong) {
		add_why(f, f->asked, wrong);
		return;
	}
	f->usable = true;
	f->level = f->asked;
	if (missing.cache_and_user)
		f->level &= ~PAGES_WANTED;
	if (missing.free)
		f->level &= ~(unsigned int)FILTER_FREE;
	add_why(f, PAGES_WANTED, missing.cache_and_user);
	add_why(f, PAGES_WANTED, missing.compound);
	add_why(f, FILTER_FREE, missing.free);
}

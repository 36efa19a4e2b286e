// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter.c - which pages a dump level leaves out
 * In: chunks in ascending order, page structs.  Out: the drop bits of the chunks.
 * No system call.
 * Does not know: where page structs are, which kernel it was (rules.c), pages of zeros.
 *
 * Whatever is not understood is kept.  The questions, and their order, are those of
 * makedumpfile(8), so that a level means the same; what the answers are in a kernel is said
 * in Documentation/admin-guide/kdump/vmcoreinfo.rst and include/linux/page-flags.h.
 */
#include "filter.h"

#include <string.h>

#include "../chunk.h"
#include "../memory.h"
#include "vtop.h"

#define KEEP	     FILTER_KINDS
#define TAIL	     UINT64_C(1) /* of compound_head, or compound_info */
#define MAPPING_ANON UINT64_C(1)
#define ORDER_BITS   0xffu	/* of the flags of a second page struct */
#define NO_TYPE	     UINT32_MAX /* _mapcount of a page that is not mapped: -1 */
#define PAGES_WANTED (unsigned int)(FILTER_CACHE | FILTER_CACHE_PRIV | FILTER_USER)
#define UNSEEN_SHARE 8 /* with more than this share of all pages, something is wrong */

/* Page structs at hand, and where they come from. */
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

/* The struct of @pfn, NULL: it has none.  Valid until the next call. */
static inline const uint8_t *look(struct view *v, uint64_t pfn)
{
	const uint64_t into = pfn - v->run.first_pfn;

	if (into < v->run.pages)
		return v->run.structs ? v->run.structs + into * v->f->rules.struct_bytes : NULL;
	v->run = pagemap_get(&v->f->pagemap, pfn);
	return v->run.structs;
}

/* ---- pages that go together -------------------------------------------------------------- */

/* Is @pfn a tail of the compound page whose head is struct @head_va? */
static bool is_tail(struct view *v, uint64_t pfn, uint64_t head_va)
{
	const struct rules *r = &v->f->rules;
	const uint8_t *raw = look(v, pfn);
	uint64_t word, va;

	if (!raw)
		return false;
	word = get_u64(raw, r->head_at, v->f->swap);
	if (word & TAIL)
		return !r->heads_are_pointers || word - TAIL == head_va;
	/*
	 * Up to 7.0 the tails of a hugetlb page may share the memory of its first page of
	 * structs, head included: page_fixed_fake_head(), include/linux/page-flags.h.
	 */
	if (!r->heads_are_pointers || !(get_u64(raw, r->flags_at, v->f->swap) & r->head) ||
	    !pagemap_address(&v->f->pagemap, pfn, &va) || va % v->f->pagemap.page_bytes)
		return false;
	raw = look(v, pfn + 1);
	return raw && get_u64(raw, r->head_at, v->f->swap) == (head_va | TAIL);
}

/* Is @pfn inside of free pages?  Those in use are mapped, typed or have users. */
static bool is_idle(struct view *v, uint64_t pfn)
{
	const struct rules *r = &v->f->rules;
	const uint8_t *raw = look(v, pfn);

	return raw && get_u32(raw, r->type_at, v->f->swap) == NO_TYPE &&
	       get_u32(raw, r->refcount_at, v->f->swap) == 0;
}

/*
 * Do the 1 << @order pages from @pfn on go together as @order says?  Such pages are aligned to
 * their size.  So if they ended early, after 1 << k of them, page 1 << k would be the first
 * of others: these @order pages answer for all.
 */
static bool is_whole(struct view *v, uint64_t pfn, unsigned int order, bool compound)
{
	uint64_t head_va;

	if (order > RULES_ORDER_MAX || pfn & ((UINT64_C(1) << order) - 1) ||
	    !pagemap_address(&v->f->pagemap, pfn, &head_va))
		return false;
	for (unsigned int k = 0; k < order; k++) {
		const uint64_t at = pfn + (UINT64_C(1) << k);

		if (!(compound ? is_tail(v, at, head_va) : is_idle(v, at)))
			return false;
	}
	return true;
}

static enum filter_kind doubt(struct filter *f)
{
	add_why(f, f->level, "some page structs contradict each other, their pages are kept");
	return KEEP;
}

/* ---- a page ------------------------------------------------------------------------------ */

/* Is the page typed, so that its other words may mean something else? */
static inline bool is_typed(const struct rules *r, uint32_t type)
{
	if (r->types_in_top_byte)
		return type >= 0xf0000000 && type < 0xff000000;
	return type >= 0xf0000000 && type != NO_TYPE;
}

/* Of a head that has no type: is it of hugetlb, by the second struct? */
static bool is_hugetlb(struct view *v, uint64_t pfn)
{
	const struct rules *r = &v->f->rules;
	const uint8_t *second;

	if (!r->hugetlb_flag && !r->hugetlb_dtor)
		return false;
	second = look(v, pfn + 1);
	if (!second)
		return false;
	if (r->hugetlb_flag)
		return get_u64(second, r->flags_at, v->f->swap) & r->hugetlb_flag;
	return second[r->dtor_at] == r->hugetlb_dtor;
}

/* The 1 << @order pages from @pfn on go. */
static inline enum filter_kind go(struct filter *f, uint64_t pfn, unsigned int order,
				  enum filter_kind kind)
{
	f->skip_kind = kind;
	f->skip_end_pfn = pfn + (UINT64_C(1) << order);
	return kind;
}

/* Head @pfn goes with its tails, unless they contradict it. */
static enum filter_kind leave_out_compound(struct view *v, uint64_t pfn, enum filter_kind kind)
{
	struct filter *f = v->f;
	const struct rules *r = &f->rules;
	const uint8_t *second;
	unsigned int order;

	if (r->order_kind == RULES_NO_ORDER)
		return KEEP;
	second = look(v, pfn + 1);
	if (!second)
		return doubt(f);
	order = r->order_kind == RULES_ORDER_IN_FLAGS
			? get_u64(second, r->flags_at, f->swap) & ORDER_BITS
			: second[r->order_at];
	return is_whole(v, pfn, order, true) ? go(f, pfn, order, kind) : doubt(f);
}

/* Cache or user page @pfn goes. */
static inline enum filter_kind leave_out(struct view *v, uint64_t pfn, bool head,
					 enum filter_kind kind)
{
	return head ? leave_out_compound(v, pfn, kind) : go(v->f, pfn, 0, kind);
}

static inline enum filter_kind leave_out_free(struct view *v, uint64_t pfn, uint64_t order)
{
	struct filter *f = v->f;

	if (order && (order >= f->rules.nr_orders || !is_whole(v, pfn, (unsigned int)order, false)))
		return doubt(f);
	return go(f, pfn, (unsigned int)order, FILTER_IS_FREE);
}

/* Page @pfn, which has a memory error.  Of hugetlb only the head says so, for all of it. */
static enum filter_kind leave_out_poisoned(struct view *v, uint64_t pfn, bool head, bool hugetlb)
{
	if (head && (hugetlb || is_hugetlb(v, pfn)) &&
	    leave_out_compound(v, pfn, FILTER_IS_HWPOISON) != KEEP)
		return FILTER_IS_HWPOISON;
	return go(v->f, pfn, 0, FILTER_IS_HWPOISON);
}

/* What @level, a part of f->level, says of page @pfn, which is no tail and not of slab. */
static inline __attribute__((always_inline)) enum filter_kind
judge(struct view *v, uint64_t pfn, const uint8_t *raw, uint64_t flags, uint32_t type, bool swap)
{
	const struct rules *r = &v->f->rules;
	const unsigned int level = v->f->level;
	const bool head = flags & r->head;

	if (level & FILTER_FREE) {
		if (type == r->buddy_type)
			return leave_out_free(v, pfn, get_u64(raw, r->private_at, swap));
		if (r->unaccepted_type && type == r->unaccepted_type)
			return leave_out_free(v, pfn, r->nr_orders - 1);
	}
	if (!(level & PAGES_WANTED))
		return KEEP;
	if (is_typed(r, type))
		return type == r->hugetlb_type && level & FILTER_USER
			       ? leave_out(v, pfn, head, FILTER_IS_USER)
			       : KEEP;
	if (get_u64(raw, r->mapping_at, swap) & MAPPING_ANON)
		return level & FILTER_USER ? leave_out(v, pfn, head, FILTER_IS_USER) : KEEP;
	if (flags & r->lru || (flags & r->swapbacked && flags & r->swapcache)) {
		if (flags & r->private && level & FILTER_CACHE_PRIV)
			return leave_out(v, pfn, head, FILTER_IS_CACHE_PRIV);
		if (!(flags & r->private) && level & (FILTER_CACHE | FILTER_CACHE_PRIV))
			return leave_out(v, pfn, head, FILTER_IS_CACHE);
	}
	if (head && level & FILTER_USER && is_hugetlb(v, pfn))
		return leave_out(v, pfn, head, FILTER_IS_USER);
	return KEEP;
}

/* The kind of page @pfn, whose struct is @raw.  Unless it is KEEP, the skip is set. */
static inline __attribute__((always_inline)) enum filter_kind
classify(struct view *v, uint64_t pfn, const uint8_t *raw, bool swap)
{
	struct filter *f = v->f;
	const struct rules *r = &f->rules;
	const uint64_t flags = get_u64(raw, r->flags_at, swap);
	const uint32_t type = get_u32(raw, r->type_at, swap);
	const bool slab = flags & r->slab || (r->slab_type && type == r->slab_type);
	enum filter_kind kind = KEEP;

	if (flags == UINT64_MAX) /* never set up: PAGE_POISON_PATTERN */
		return KEEP;
	/* a tail went with its head, or stays with it, but its memory may be bad */
	if (!(r->head_at && get_u64(raw, r->head_at, swap) & TAIL) && !slab)
		kind = judge(v, pfn, raw, flags, type, swap);
	if (kind != KEEP)
		return kind;
	if (flags & r->hwpoison)
		return leave_out_poisoned(v, pfn, flags & r->head,
					  r->hugetlb_type && type == r->hugetlb_type);
	if (r->offline_type && type == r->offline_type && !slab)
		return go(f, pfn, 0, FILTER_IS_OFFLINE);
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
			raw = look(&v, pfn);
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
		f->left_out[f->skip_kind] += part;
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
		add_why(f, f->level, "many pages have no page struct that can be found");
	else if (!f->left_out[FILTER_IS_FREE])
		add_why(f, f->level & FILTER_FREE, "not one free page was found");
}

const char *filter_why(const struct filter *f, unsigned int i)
{
	return i < FILTER_WHYS ? f->why[i] : NULL;
}

void filter_init(struct filter *f, unsigned int level, const struct vtop *vtop,
		 const struct vmcoreinfo *info, uint32_t page_bytes)
{
	const char *wrong = vtop->why;
	struct rules_lack lack;

	memset(f, 0, sizeof(*f));
	f->asked = level & ~(unsigned int)FILTER_ZERO;
	f->swap = vtop->mem->swap;
	if (!wrong)
		wrong = pagemap_init(&f->pagemap, vtop, info, page_bytes);
	if (!wrong) {
		lack = rules_read(&f->rules, info, f->pagemap.struct_bytes);
		wrong = lack.all;
	}
	if (wrong) {
		add_why(f, f->asked, wrong);
		return;
	}
	f->usable = true;
	f->level = f->asked;
	if (lack.cache_and_user)
		f->level &= ~PAGES_WANTED;
	if (lack.free)
		f->level &= ~(unsigned int)FILTER_FREE;
	add_why(f, PAGES_WANTED, lack.cache_and_user);
	add_why(f, PAGES_WANTED, lack.compound);
	add_why(f, FILTER_FREE, lack.free);
}

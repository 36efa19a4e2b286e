// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * page_layout.c - the layout of a page struct of the crashed kernel
 * In: VMCOREINFO, which may be wrong.  Out: struct page_layout, and the missing parts.  No system
 * call.
 * Does not know: the location of page structs, the dump level.
 *
 * Source of the keys, Linux 5.10 to 7.2: kernel/vmcore_info.c (crash_core.c before 6.9).  The
 * existing keys select the rule; version numbers are not used.
 */
#include "page_layout.h"

#include <string.h>

#include "../source/vmcoreinfo.h"

/* Read OFFSET(@name) of a field of @bytes, which must be inside the struct and aligned. */
static bool offset(const struct page_layout *l, const struct vmcoreinfo *info, const char *name,
		   uint32_t bytes, uint32_t *out)
{
	uint64_t v;

	if (!vmcoreinfo_number(info, "OFFSET", name, &v) || v > l->struct_bytes - bytes ||
	    v % bytes)
		return false;
	*out = (uint32_t)v;
	return true;
}

/* Read NUMBER(@name), a bit number, as a mask.  False: it is missing, above 63 or already used. */
static bool flag(struct page_layout *l, const struct vmcoreinfo *info, const char *name,
		 uint64_t *mask)
{
	const uint64_t known = l->lru | l->private | l->swapcache | l->swapbacked | l->head |
			       l->hwpoison | l->slab;
	uint64_t bit;

	if (!vmcoreinfo_number(info, "NUMBER", name, &bit) || bit > 63 || known >> bit & 1)
		return false;
	*mask = UINT64_C(1) << bit;
	return true;
}

/* Read NUMBER(@name) as a page type of 32 bits.  False: it is missing or not a page type. */
static bool type(const struct vmcoreinfo *info, const char *name, uint32_t *out)
{
	int64_t v;

	if (!vmcoreinfo_signed(info, "NUMBER", name, &v))
		return false;
	if (v > INT32_MAX && v <= UINT32_MAX) /* in case it is printed as an unsigned number */
		v -= INT64_C(1) << 32;
	if (v < -0x10000000 || v > -2) /* PAGE_TYPE_BASE, include/linux/page-flags.h */
		return false;
	*out = (uint32_t)v;
	return true;
}

/*
 * Read OFFSET(@name) of a field in the second page struct of struct folio, as an offset in that
 * page struct.
 */
static bool folio_offset(const struct page_layout *l, const struct vmcoreinfo *info,
			 const char *name, uint32_t *out)
{
	uint64_t v;

	/* an offset in the first struct wraps around, and is refused */
	if (!vmcoreinfo_number(info, "OFFSET", name, &v) || v - l->struct_bytes >= l->struct_bytes)
		return false;
	*out = (uint32_t)(v - l->struct_bytes);
	return true;
}

/* Read how a compound page stores its order, and how a hugetlb page is marked. */
static const char *read_compound(struct page_layout *l, const struct vmcoreinfo *info)
{
	uint64_t bit, dtor;

	if (type(info, "PAGE_HUGETLB_MAPCOUNT_VALUE", &l->hugetlb_type)) { /* since Linux 6.9 */
		l->order_kind = PAGE_LAYOUT_ORDER_IN_FLAGS;
		return NULL;
	}
	if (vmcoreinfo_number(info, "NUMBER", "PG_hugetlb", &bit) && bit >= 8 && bit <= 63) {
		/* since Linux 6.6; in a head page this bit has another meaning */
		l->hugetlb_flag = UINT64_C(1) << bit;
		l->order_kind = PAGE_LAYOUT_ORDER_IN_FLAGS;
		return NULL;
	}
	if (!(offset(l, info, "page.compound_order", 1, &l->order_at) && /* up to Linux 6.2 */
	      offset(l, info, "page.compound_dtor", 1, &l->dtor_at)) &&
	    !(folio_offset(l, info, "folio._folio_order", &l->order_at) && /* since Linux 6.3 */
	      folio_offset(l, info, "folio._folio_dtor", &l->dtor_at)))
		return "VMCOREINFO lacks the order of compound pages";
	l->order_kind = PAGE_LAYOUT_ORDER_IN_BYTE;
	if (!vmcoreinfo_number(info, "NUMBER", "HUGETLB_PAGE_DTOR", &dtor) || dtor < 1 ||
	    dtor > UINT8_MAX)
		return "VMCOREINFO lacks the layout of hugetlb pages";
	l->hugetlb_dtor = (uint8_t)dtor;
	return NULL;
}

static const char *read_cache_and_user(struct page_layout *l, const struct vmcoreinfo *info)
{
	uint64_t head;

	l->heads_are_pointers = offset(l, info, "page.compound_head", 8, &l->head_at);
	if (!l->heads_are_pointers && !offset(l, info, "page.compound_info", 8, &l->head_at))
		/* Linux 7.1 has page.compound_info instead of compound_head */
		return "VMCOREINFO lacks the layout of compound pages";
	if (!offset(l, info, "page.mapping", 8, &l->mapping_at))
		return "VMCOREINFO has no OFFSET(page.mapping)";
	if (!vmcoreinfo_number(info, "NUMBER", "PG_head_mask", &head) || !head ||
	    head & (head - 1) || head == l->slab || head == l->hwpoison)
		return "VMCOREINFO has no PG_head_mask";
	l->head = head;
	if (!flag(l, info, "PG_lru", &l->lru) || !flag(l, info, "PG_private", &l->private) ||
	    !flag(l, info, "PG_swapcache", &l->swapcache) ||
	    !flag(l, info, "PG_swapbacked", &l->swapbacked))
		return "VMCOREINFO lacks the layout of cache pages";
	return NULL;
}

static const char *read_free(struct page_layout *l, const struct vmcoreinfo *info)
{
	uint64_t nr_orders;

	if (!type(info, "PAGE_BUDDY_MAPCOUNT_VALUE", &l->buddy_type) ||
	    !vmcoreinfo_number(info, "LENGTH", "zone.free_area", &nr_orders) || nr_orders == 0 ||
	    nr_orders > PAGE_LAYOUT_ORDER_MAX ||
	    !offset(l, info, "page.private", 8, &l->private_at) ||
	    !offset(l, info, "page._refcount", 4, &l->refcount_at))
		return "VMCOREINFO lacks the layout of free pages";
	l->nr_orders = (unsigned int)nr_orders;
	return NULL;
}

struct page_layout_missing page_layout_read(struct page_layout *l, const struct vmcoreinfo *info,
					    uint32_t struct_bytes)
{
	struct page_layout_missing missing = {0};

	memset(l, 0, sizeof(*l));
	l->struct_bytes = struct_bytes;
	if (!offset(l, info, "page.flags", 8, &l->flags_at) ||
	    !offset(l, info, "page._mapcount", 4, &l->type_at)) {
		missing.all = "VMCOREINFO lacks flags or types of pages";
		return missing;
	}
	flag(l, info, "PG_hwpoison", &l->hwpoison); /* missing without CONFIG_MEMORY_FAILURE */
	/*
	 * PG_slab, or since Linux 6.10 the page type of slab pages, is required: older slab pages
	 * store other data in page._mapcount.
	 */
	if (!type(info, "PAGE_SLAB_MAPCOUNT_VALUE", &l->slab_type) &&
	    !flag(l, info, "PG_slab", &l->slab)) {
		missing.cache_and_user = "VMCOREINFO lacks the layout of slab pages";
		missing.free = missing.cache_and_user;
		return missing; /* only pages with memory errors can be recognized */
	}
	type(info, "PAGE_OFFLINE_MAPCOUNT_VALUE", &l->offline_type);
	type(info, "PAGE_UNACCEPTED_MAPCOUNT_VALUE", &l->unaccepted_type);
	missing.free = read_free(l, info);
	/* since Linux 6.12 a page has one type, in the top byte; buddy became 0xf0 */
	l->types_in_top_byte = l->buddy_type == 0xf0000000 || l->slab_type == 0xf5000000;
	missing.cache_and_user = read_cache_and_user(l, info);
	missing.compound = read_compound(l, info);
	return missing;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rules.c - what the page structs of this dead kernel mean
 * In: VMCOREINFO, which may lie.  Out: struct rules, and what is missing.  No system call.
 * Does not know: where page structs are, which page is looked at, what is asked for.
 *
 * The keys by kernel version, 5.10 to 7.2: kernel/vmcore_info.c (crash_core.c before 6.9).
 * Which one is there says which rule holds; no version number is looked at.
 */
#include "rules.h"

#include <string.h>

#include "../source/vmcoreinfo.h"

/* OFFSET(@name) of a field of @bytes, which lies in the struct. */
static bool offset(const struct rules *r, const struct vmcoreinfo *info, const char *name,
		   uint32_t bytes, uint32_t *out)
{
	uint64_t v;

	if (!vmcoreinfo_number(info, "OFFSET", name, &v) || v > r->struct_bytes - bytes ||
	    v % bytes)
		return false;
	*out = (uint32_t)v;
	return true;
}

/* NUMBER(@name), a bit number, as a mask; a bit has one meaning. */
static bool flag(struct rules *r, const struct vmcoreinfo *info, const char *name, uint64_t *mask)
{
	const uint64_t known = r->lru | r->private | r->swapcache | r->swapbacked | r->head |
			       r->hwpoison | r->slab;
	uint64_t bit;

	if (!vmcoreinfo_number(info, "NUMBER", name, &bit) || bit > 63 || known >> bit & 1)
		return false;
	*mask = UINT64_C(1) << bit;
	return true;
}

/* NUMBER(@name) as the 32 bits of a page type. */
static bool type(const struct vmcoreinfo *info, const char *name, uint32_t *out)
{
	int64_t v;

	if (!vmcoreinfo_signed(info, "NUMBER", name, &v))
		return false;
	if (v > INT32_MAX && v <= UINT32_MAX) /* were it printed unsigned */
		v -= INT64_C(1) << 32;
	if (v < -0x10000000 || v > -2) /* PAGE_TYPE_BASE, include/linux/page-flags.h */
		return false;
	*out = (uint32_t)v;
	return true;
}

/* OFFSET(@name) in struct folio, whose second page struct it is in, as one into that. */
static bool folio_offset(const struct rules *r, const struct vmcoreinfo *info, const char *name,
			 uint32_t *out)
{
	uint64_t v;

	/* less than one struct wraps around */
	if (!vmcoreinfo_number(info, "OFFSET", name, &v) || v - r->struct_bytes >= r->struct_bytes)
		return false;
	*out = (uint32_t)(v - r->struct_bytes);
	return true;
}

/* How a compound page tells its order, and hugetlb from the rest. */
static const char *read_compound(struct rules *r, const struct vmcoreinfo *info)
{
	uint64_t bit, dtor;

	if (type(info, "PAGE_HUGETLB_MAPCOUNT_VALUE", &r->hugetlb_type)) { /* 6.9 */
		r->order_kind = RULES_ORDER_IN_FLAGS;
		return NULL;
	}
	if (vmcoreinfo_number(info, "NUMBER", "PG_hugetlb", &bit) && bit >= 8 && bit <= 63) {
		r->hugetlb_flag = UINT64_C(1) << bit; /* 6.6; means something else in heads */
		r->order_kind = RULES_ORDER_IN_FLAGS;
		return NULL;
	}
	if (!(offset(r, info, "page.compound_order", 1, &r->order_at) && /* up to 6.2 */
	      offset(r, info, "page.compound_dtor", 1, &r->dtor_at)) &&
	    !(folio_offset(r, info, "folio._folio_order", &r->order_at) && /* 6.3 */
	      folio_offset(r, info, "folio._folio_dtor", &r->dtor_at)))
		return "VMCOREINFO does not say how large compound pages are";
	r->order_kind = RULES_ORDER_IN_BYTE;
	if (!vmcoreinfo_number(info, "NUMBER", "HUGETLB_PAGE_DTOR", &dtor) || dtor < 1 ||
	    dtor > UINT8_MAX)
		return "VMCOREINFO does not say what hugetlb pages look like";
	r->hugetlb_dtor = (uint8_t)dtor;
	return NULL;
}

static const char *read_cache_and_user(struct rules *r, const struct vmcoreinfo *info)
{
	uint64_t head;

	r->heads_are_pointers = offset(r, info, "page.compound_head", 8, &r->head_at);
	if (!r->heads_are_pointers && !offset(r, info, "page.compound_info", 8, &r->head_at))
		return "VMCOREINFO does not say what compound pages look like"; /* 7.1 has info */
	if (!offset(r, info, "page.mapping", 8, &r->mapping_at))
		return "VMCOREINFO has no OFFSET(page.mapping)";
	if (!vmcoreinfo_number(info, "NUMBER", "PG_head_mask", &head) || !head ||
	    head & (head - 1) || head == r->slab || head == r->hwpoison)
		return "VMCOREINFO has no PG_head_mask";
	r->head = head;
	if (!flag(r, info, "PG_lru", &r->lru) || !flag(r, info, "PG_private", &r->private) ||
	    !flag(r, info, "PG_swapcache", &r->swapcache) ||
	    !flag(r, info, "PG_swapbacked", &r->swapbacked))
		return "VMCOREINFO does not say what cache pages look like";
	return NULL;
}

static const char *read_free(struct rules *r, const struct vmcoreinfo *info)
{
	uint64_t nr_orders;

	if (!type(info, "PAGE_BUDDY_MAPCOUNT_VALUE", &r->buddy_type) ||
	    !vmcoreinfo_number(info, "LENGTH", "zone.free_area", &nr_orders) || nr_orders == 0 ||
	    nr_orders > RULES_ORDER_MAX || !offset(r, info, "page.private", 8, &r->private_at) ||
	    !offset(r, info, "page._refcount", 4, &r->refcount_at))
		return "VMCOREINFO does not say what free pages look like";
	r->nr_orders = (unsigned int)nr_orders;
	return NULL;
}

struct rules_lack rules_read(struct rules *r, const struct vmcoreinfo *info, uint32_t struct_bytes)
{
	struct rules_lack lack = {0};

	memset(r, 0, sizeof(*r));
	r->struct_bytes = struct_bytes;
	if (!offset(r, info, "page.flags", 8, &r->flags_at) ||
	    !offset(r, info, "page._mapcount", 4, &r->type_at)) {
		lack.all = "VMCOREINFO lacks flags or types of pages";
		return lack;
	}
	flag(r, info, "PG_hwpoison", &r->hwpoison); /* only where it is configured */
	/* without this every type may be a number of a slab's; 6.10 made it a type, too */
	if (!type(info, "PAGE_SLAB_MAPCOUNT_VALUE", &r->slab_type) &&
	    !flag(r, info, "PG_slab", &r->slab)) {
		lack.cache_and_user = "VMCOREINFO does not say what slab pages look like";
		lack.free = lack.cache_and_user;
		return lack; /* memory errors can be told, no more */
	}
	type(info, "PAGE_OFFLINE_MAPCOUNT_VALUE", &r->offline_type);
	type(info, "PAGE_UNACCEPTED_MAPCOUNT_VALUE", &r->unaccepted_type);
	lack.free = read_free(r, info);
	/* 6.12: one type a page, in the top byte: buddy became 0xf0 */
	r->types_in_top_byte = r->buddy_type == 0xf0000000 || r->slab_type == 0xf5000000;
	lack.cache_and_user = read_cache_and_user(r, info);
	lack.compound = read_compound(r, info);
	return lack;
}

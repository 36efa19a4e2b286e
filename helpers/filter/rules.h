/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules.h - what the page structs of this dead kernel mean
 */
#ifndef FADUMP_RULES_H
#define FADUMP_RULES_H

#include <stdbool.h>
#include <stdint.h>

struct vmcoreinfo;

#define RULES_ORDER_MAX 24u /* 16 GiB at 4 KiB pages are order 22 */

/*
 * Offsets are bytes into a page struct and lie in it with all of their field.  Flags are masks,
 * 0 where the kernel has no such flag; so are types.
 */
struct rules {
	uint32_t struct_bytes;
	uint32_t flags_at, type_at, mapping_at, private_at, refcount_at, head_at;
	uint64_t lru, private, swapcache, swapbacked, head, hwpoison, slab;
	/* of the field that is _mapcount as well; each negative and not -1, which is no type */
	uint32_t slab_type, buddy_type, offline_type, unaccepted_type, hugetlb_type;
	unsigned int nr_orders;	 /* of free pages: 1 to RULES_ORDER_MAX */
	bool types_in_top_byte;	 /* since 6.12 */
	bool heads_are_pointers; /* up to 7.0, while it is compound_head */

	/* of a compound page, in its second struct */
	enum { RULES_NO_ORDER, RULES_ORDER_IN_FLAGS, RULES_ORDER_IN_BYTE } order_kind;
	uint32_t order_at;
	uint64_t hugetlb_flag; /* 6.6 to 6.8 */
	uint8_t hugetlb_dtor;  /* up to 6.5, at dtor_at */
	uint32_t dtor_at;
};

/* What is missing, each as a static text or NULL: for anything, cache and user pages, ... */
struct rules_lack {
	const char *all, *cache_and_user, *free, *compound;
};

/* @struct_bytes is SIZE(page). */
struct rules_lack rules_read(struct rules *r, const struct vmcoreinfo *info, uint32_t struct_bytes);

#endif

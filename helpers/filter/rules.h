/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules.h - what the page structs of this dead kernel mean
 */
#ifndef FADUMP_RULES_H
#define FADUMP_RULES_H

#include <stdbool.h>
#include <stdint.h>

struct vmcoreinfo;

/* Offsets are bytes into a page struct and checked, masks are 0 where there is no such flag. */
struct rules {
	uint32_t struct_bytes;
	uint32_t flags_at, type_at, mapping_at, private_at, refcount_at, head_at;
	uint64_t lru, private, swapcache, swapbacked, head, hwpoison, slab;	     /* flags */
	uint32_t slab_type, buddy_type, offline_type, unaccepted_type, hugetlb_type; /* 0: none */
	unsigned int nr_orders;	 /* of free pages, 1 to 63 */
	bool types_in_top_byte;	 /* since 6.12 */
	bool heads_are_pointers; /* up to 7.0: compound_head, not compound_info */
	enum { ORDER_UNKNOWN, ORDER_IN_FLAGS, ORDER_IN_BYTE } order_kind;
	uint32_t order_at;     /* ORDER_IN_BYTE: in the second page struct */
	uint64_t hugetlb_flag; /* 6.6 to 6.8: in the flags of the second page struct; else 0 */
	uint8_t hugetlb_dtor;  /* up to 6.5: at dtor_at in the second page struct; else 0 */
	uint32_t dtor_at;
};

/* What of a dump level needs more than there is, each with its reason as a static text. */
struct rules_lack {
	const char *all, *pages, *free; /* nothing; cache and user pages; free pages */
};

/* @struct_bytes is SIZE(page). */
struct rules_lack rules_read(struct rules *r, const struct vmcoreinfo *info, uint32_t struct_bytes);

#endif

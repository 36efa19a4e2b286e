/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_layout.h - the layout of a page struct of the crashed kernel
 */
#ifndef FADUMP_PAGE_LAYOUT_H
#define FADUMP_PAGE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

struct vmcoreinfo;

#define PAGE_LAYOUT_ORDER_MAX 24u /* 16 GiB at 4 KiB pages are order 22 */

/*
 * Offsets are in bytes from the start of a page struct; each field is completely inside the struct.
 * Flags are masks, 0 if the kernel has no such flag.  A type is 0 if the kernel does not have it.
 */
struct page_layout {
	uint32_t struct_bytes;
	uint32_t flags_at, type_at, mapping_at, private_at, refcount_at, head_at;
	uint64_t lru, private, swapcache, swapbacked, head, hwpoison, slab;
	/* values of the field that is also _mapcount: negative, and not -1, which means no type */
	uint32_t slab_type, buddy_type, offline_type, unaccepted_type, hugetlb_type;
	unsigned int nr_orders;	 /* number of orders of free pages: 1 to PAGE_LAYOUT_ORDER_MAX */
	bool types_in_top_byte;	 /* since Linux 6.12 */
	bool heads_are_pointers; /* up to Linux 7.0, where the field is compound_head */

	/* location of the order of a compound page in its second struct */
	enum {
		PAGE_LAYOUT_NO_ORDER,
		PAGE_LAYOUT_ORDER_IN_FLAGS,
		PAGE_LAYOUT_ORDER_IN_BYTE
	} order_kind;
	uint32_t order_at;
	uint64_t hugetlb_flag; /* Linux 6.6 to 6.8 */
	uint8_t hugetlb_dtor;  /* up to Linux 6.5, at dtor_at */
	uint32_t dtor_at;
};

/*
 * Why pages cannot be recognized: all pages, or one kind of pages.  Static texts; NULL: these pages
 * can be recognized.
 */
struct page_layout_missing {
	const char *all, *cache_and_user, *free, *compound;
};

/* Set @l from VMCOREINFO; @struct_bytes is SIZE(page).  Return why pages cannot be recognized. */
struct page_layout_missing page_layout_read(struct page_layout *l, const struct vmcoreinfo *info,
					    uint32_t struct_bytes);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pagemap.h - find the page structs of the crashed kernel
 */
#ifndef FADUMP_PAGEMAP_H
#define FADUMP_PAGEMAP_H

#include <stdbool.h>
#include <stdint.h>

struct vmcoreinfo;
struct vtop;

/* SIZE(page) is 56 to 96 on 64-bit kernels (include/linux/mm_types.h, Linux 5.10 to 7.1). */
#define PAGEMAP_STRUCT_MIN 40u
#define PAGEMAP_STRUCT_MAX 128u

struct pagemap {
	const struct vtop *vtop;
	uint32_t page_bytes, struct_bytes;
	bool is_array;	/* the page structs are one virtual array: SYMBOL(vmemmap) exists */
	uint64_t array; /* address of the array */
	/* if is_array is false: one array of page structs for each section, before Linux 6.12 */
	uint64_t roots, nr_roots, per_root, section_bytes, map_at;
	unsigned int section_pfn_shift;
	uint64_t section,
		section_base; /* the last used section and its base; base 0: no page structs */
	/* the last translation: the structs of [first_pfn, end_pfn) start at paddr */
	uint64_t first_pfn, end_pfn, paddr;
	uint8_t scratch[PAGEMAP_STRUCT_MAX]; /* a copy of a struct that crosses two windows */
};

/* Page structs of consecutive PFNs. */
struct pagemap_run {
	uint64_t first_pfn, pages; /* pages > 0 */
	const uint8_t *structs;	   /* NULL: these pages have no readable structs */
};

/* Find the page structs.  @vtop must outlive @pm.  Returns NULL, or the error as a static text. */
const char *pagemap_init(struct pagemap *pm, const struct vtop *vtop, const struct vmcoreinfo *info,
			 uint32_t page_bytes);

/*
 * Returns the structs of @pfn and of some pages after it; they are valid until the next call.  This
 * reads the crashed kernel's memory, so a SIGBUS may interrupt the call; @pm remains valid.
 */
struct pagemap_run pagemap_get(struct pagemap *pm, uint64_t pfn);

/*
 * Store the virtual address of the page struct of @pfn in *@va; the address need not be mapped.
 * False: @pfn has no struct.
 */
bool pagemap_address(struct pagemap *pm, uint64_t pfn, uint64_t *va);

#endif

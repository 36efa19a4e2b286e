/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pagemap.h - the page structs of the dead kernel
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
	bool is_array;	/* SYMBOL(vmemmap): the page structs are one virtual array */
	uint64_t array; /* its address */
	/* else by section: kernels without that symbol, before 6.12 */
	uint64_t roots, nr_roots, per_root, section_bytes, map_at;
	unsigned int section_pfn_shift;
	uint64_t section, section_base; /* the section seen last; 0: it has none */
	/* translated last: structs of [first_pfn, end_pfn) start at paddr */
	uint64_t first_pfn, end_pfn, paddr;
	uint8_t scratch[PAGEMAP_STRUCT_MAX]; /* a struct that lies in two pieces */
};

/* Page structs of PFNs in a row. */
struct pagemap_run {
	uint64_t first_pfn, pages; /* pages > 0 */
	const uint8_t *structs;	   /* NULL: they have none, or none that can be read */
};

/* Find out where they are.  Returns NULL, or why not as a static text. */
const char *pagemap_init(struct pagemap *pm, const struct vtop *vtop, const struct vmcoreinfo *info,
			 uint32_t page_bytes);

/*
 * The structs of @pfn and some after it.  Valid until the next call.  Looks at dead memory, so
 * it may be jumped out of; what it knows by then still holds.
 */
struct pagemap_run pagemap_get(struct pagemap *pm, uint64_t pfn);

/* Virtual address of the struct of @pfn, mapped or not.  False: it has none. */
bool pagemap_address(struct pagemap *pm, uint64_t pfn, uint64_t *va);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pages.h - the pages of a dump and their offsets
 */
#ifndef FADUMP_SAVE_PAGES_H
#define FADUMP_SAVE_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "../source/memmap.h"

struct save_pages {
	struct save_page {
		uint64_t pfn, at; /* at: offset of its record in the source */
	} * page;		  /* owned */
	size_t nr, room;
	struct memmap map; /* valid after save_pages_sort() */
};

/* Add a page.  Returns 0 or -ENOMEM (not logged). */
int save_pages_add(struct save_pages *p, uint64_t pfn, uint64_t at);

/*
 * Call after the last page was added: sort the pages, keep only the first of duplicates (in the
 * order of the source), and make the map of all pages of @page_bytes.  Returns 0 or -ENOMEM (not
 * logged).
 */
int save_pages_sort(struct save_pages *p, uint32_t page_bytes);

void save_pages_free(struct save_pages *p);

#endif

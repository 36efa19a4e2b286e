/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pages.h - which pages a dump has, and where they are in it
 */
#ifndef FADUMP_SAVE_PAGES_H
#define FADUMP_SAVE_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "../source/memmap.h"

struct save_pages {
	struct save_page {
		uint64_t pfn, at; /* at: of its record in the source, in bytes */
	} * page;		  /* owned */
	size_t nr, room;
	struct memmap map; /* after save_pages_sort() */
};

/* One more page.  0 or -ENOMEM (not said). */
int save_pages_add(struct save_pages *p, uint64_t pfn, uint64_t at);

/*
 * The last was added: bring them into ascending order, of those that are there twice keep the one
 * that is first in the source, and make the map of all pages of @page_bytes.  0 or -ENOMEM (not
 * said).
 */
int save_pages_sort(struct save_pages *p, uint32_t page_bytes);

void save_pages_free(struct save_pages *p);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pages.c - the pages of a dump and their offsets
 * In: pages in any order.  Out: the pages in ascending order, and a map.  No system call.
 * Does not know: formats.
 */
#include "pages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int save_pages_add(struct save_pages *p, uint64_t pfn, uint64_t at)
{
	if (p->nr == p->room) {
		const size_t room = p->room ? p->room * 2 : 1024;
		struct save_page *more = reallocarray(p->page, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		p->page = more;
		p->room = room;
	}
	p->page[p->nr++] = (struct save_page){.pfn = pfn, .at = at};
	return 0;
}

static int compare(const void *one, const void *other)
{
	const struct save_page *a = one, *b = other;

	if (a->pfn != b->pfn)
		return a->pfn < b->pfn ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/* Remove duplicates from the sorted pages.  Returns the number of contiguous ranges. */
static size_t tidy(struct save_pages *p)
{
	size_t nr = 0, pieces = 0;

	for (size_t i = 0; i < p->nr; i++) {
		if (nr && p->page[nr - 1].pfn == p->page[i].pfn)
			continue;
		if (!nr || p->page[nr - 1].pfn + 1 != p->page[i].pfn)
			pieces++;
		p->page[nr++] = p->page[i];
	}
	p->nr = nr;
	return pieces;
}

int save_pages_sort(struct save_pages *p, uint32_t page_bytes)
{
	struct memmap *map = &p->map;
	size_t pieces;

	if (!p->nr)
		return 0;
	qsort(p->page, p->nr, sizeof(p->page[0]), compare);
	pieces = tidy(p);
	map->extents = calloc(pieces, sizeof(map->extents[0]));
	if (!map->extents)
		return -ENOMEM;
	for (size_t i = 0; i < p->nr; i++) {
		const uint64_t paddr = p->page[i].pfn * page_bytes;
		struct memmap_extent *last = &map->extents[map->nr_extents];

		if (map->nr_extents && last[-1].paddr + last[-1].bytes == paddr)
			last[-1].bytes += page_bytes;
		else
			map->extents[map->nr_extents++] =
				(struct memmap_extent){.paddr = paddr, .bytes = page_bytes};
	}
	map->bytes = (uint64_t)p->nr * page_bytes;
	return 0;
}

void save_pages_free(struct save_pages *p)
{
	free(p->page);
	free(p->map.extents);
	memset(p, 0, sizeof(*p));
}

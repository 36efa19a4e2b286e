// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * incremental.c - release memory in batches while the rest is still being saved
 * In: a source and its current position.  Out: the excluded pages, selected before any memory is
 * released; ranges for release.c.
 * Does not know: when data is durable; how memory is released.
 */
#include "incremental.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../filter/page_filter.h"
#include "../source/chunk.h"
#include "../source/devmem.h"
#include "../source/vmcore.h"
#include "release.h"

/*
 * The size of a batch is doubled until there are at most about this many batches, because the copy
 * waits for the disk after each batch.
 */
#define BATCHES 64

/*
 * Returns the number of pages in all chunks of @src.  A partial page at the start or the end of an
 * extent counts as a page.
 */
static uint64_t count_pages(const struct vmcore *src)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < src->map.nr_extents; i++) {
		const struct memmap_extent *e = &src->map.extents[i];

		pages += (e->paddr + (e->bytes - 1)) / src->page_bytes -
			 e->paddr / src->page_bytes + 1;
	}
	return pages;
}

uint64_t incremental_memory(const struct vmcore *src)
{
	return (count_pages(src) + 63) / 64 * sizeof(uint64_t);
}

int incremental_open_source(const struct release *release, struct vmcore *src, const char *name,
			    bool use_mmap)
{
	struct memmap_extent pieces[2 * REGIONS_MAX];
	struct stat st;

	if (!release || stat(name, &st) != 0 || !S_ISCHR(st.st_mode))
		return vmcore_open(src, name, use_mmap);
	for (unsigned int i = 0; i < release->regions.nr; i++) {
		const struct regions_piece *p = &release->regions.piece[i];

		pieces[i] = (struct memmap_extent){p->paddr, p->bytes, p->at};
	}
	return devmem_open(src, name, use_mmap, pieces, release->regions.nr);
}

int incremental_open(struct incremental *inc, struct release *release, bool at_once,
		     const struct vmcore *src)
{
	if (!release)
		return 0;
	inc->drop_bytes = incremental_memory(src);
	inc->drop = malloc(inc->drop_bytes);
	if (!inc->drop)
		return -ENOMEM;
	/* touch all pages now, because a later page fault could find no free memory */
	memset(inc->drop, 0, inc->drop_bytes);
	inc->release = release;
	inc->at_once = at_once;
	inc->batch_bytes = VMCORE_WINDOW_BYTES;
	return 0;
}

void incremental_select_ahead(struct incremental *inc, struct vmcore *src, struct page_filter *s,
			      bool in_memory)
{
	struct chunk c = {.bytes = 0};

	if (!inc->release)
		return;
	while (!in_memory && src->map.bytes / inc->batch_bytes > BATCHES)
		inc->batch_bytes *= 2;
	inc->batch = src->map.extents[0].paddr / inc->batch_bytes;
	while (vmcore_next(src, &c)) {
		const unsigned int pages = chunk_pages(&c);

		page_filter_mark(s, &c);
		for (unsigned int i = 0; i < pages; i++, inc->next_page++)
			if (chunk_bit(c.drop, i))
				inc->drop[inc->next_page / 64] |= UINT64_C(1)
								  << inc->next_page % 64;
	}
	inc->next_page = 0;
	vmcore_rewind(src);
	page_filter_finish(s);
	page_filter_close(s);
}

bool incremental_mark(struct incremental *inc, struct chunk *c)
{
	const unsigned int pages = chunk_pages(c);

	if (!inc->release)
		return false;
	for (unsigned int i = 0; i < pages; i++, inc->next_page++)
		if (inc->drop[inc->next_page / 64] >> inc->next_page % 64 & 1)
			chunk_bit_set(c->drop, i);
	return true;
}

bool incremental_due(struct incremental *inc, const struct vmcore *src)
{
	uint64_t batch;

	if (!inc->release || inc->at_once || vmcore_at_end(src))
		return false;
	batch = vmcore_at(src) / inc->batch_bytes;
	if (batch == inc->batch)
		return false;
	inc->batch = batch;
	return true;
}

void incremental_release(struct incremental *inc, const struct vmcore *src)
{
	const bool all = vmcore_at_end(src);
	const uint64_t end = all ? UINT64_MAX : vmcore_at(src);

	if (!inc->release)
		return;
	for (size_t i = memmap_from(&src->map, inc->released_paddr); i < src->map.nr_extents; i++) {
		const struct memmap_extent *e = &src->map.extents[i];
		const uint64_t from =
			e->paddr > inc->released_paddr ? e->paddr : inc->released_paddr;
		const uint64_t left = e->bytes - (from - e->paddr);

		if (from >= end)
			break;
		release_give(inc->release, from, left < end - from ? left : end - from);
	}
	inc->released_paddr = end;
	if (all)
		release_settle(inc->release);
}

void incremental_close(struct incremental *inc)
{
	free(inc->drop);
}

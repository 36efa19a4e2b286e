// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * giveback.c - memory goes back while the rest of it is still being saved
 * In: a source and how far it was handed out.  Out: which pages are left out, known before any
 * goes; ranges for release/.
 * Does not know: when something is durable; how the kernel is told.
 */
#include "giveback.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "chunk.h"
#include "release/release.h"
#include "selection.h"
#include "source/devmem.h"
#include "source/vmcore.h"

/* So many batches at most, where each waits for the disk once. */
#define BATCHES 64

/* Pages of all chunks together: an extent's first and last page may be partial. */
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

uint64_t giveback_memory(const struct vmcore *src)
{
	return (count_pages(src) + 63) / 64 * sizeof(uint64_t);
}

int giveback_source(const struct release *release, struct vmcore *src, const char *name,
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

int giveback_open(struct giveback *g, struct release *release, bool at_once,
		  const struct vmcore *src)
{
	if (!release)
		return 0;
	g->drop_bytes = giveback_memory(src);
	g->drop = malloc(g->drop_bytes);
	if (!g->drop)
		return -ENOMEM;
	memset(g->drop, 0, g->drop_bytes); /* touched, so that it is not missing half way */
	g->release = release;
	g->at_once = at_once;
	g->batch_bytes = VMCORE_WINDOW_BYTES;
	return 0;
}

void giveback_look_ahead(struct giveback *g, struct vmcore *src, struct selection *s,
			 bool in_memory)
{
	struct chunk c = {.bytes = 0};

	if (!g->release)
		return;
	while (!in_memory && src->map.bytes / g->batch_bytes > BATCHES)
		g->batch_bytes *= 2;
	g->batch = src->map.extents[0].paddr / g->batch_bytes;
	while (vmcore_next(src, &c)) {
		const unsigned int pages = chunk_pages(&c);

		selection_mark(s, &c);
		for (unsigned int i = 0; i < pages; i++, g->next_page++)
			if (chunk_bit(c.drop, i))
				g->drop[g->next_page / 64] |= UINT64_C(1) << g->next_page % 64;
	}
	g->next_page = 0;
	vmcore_rewind(src);
	selection_finish(s);
	selection_close(s);
}

bool giveback_mark(struct giveback *g, struct chunk *c)
{
	const unsigned int pages = chunk_pages(c);

	if (!g->release)
		return false;
	for (unsigned int i = 0; i < pages; i++, g->next_page++)
		if (g->drop[g->next_page / 64] >> g->next_page % 64 & 1)
			chunk_bit_set(c->drop, i);
	return true;
}

bool giveback_due(struct giveback *g, const struct vmcore *src)
{
	uint64_t batch;

	if (!g->release || g->at_once || vmcore_at_end(src))
		return false;
	batch = vmcore_at(src) / g->batch_bytes;
	if (batch == g->batch)
		return false;
	g->batch = batch;
	return true;
}

void giveback_batch(struct giveback *g, const struct vmcore *src)
{
	const bool all = vmcore_at_end(src);
	const uint64_t end = all ? UINT64_MAX : vmcore_at(src);

	if (!g->release)
		return;
	for (size_t i = memmap_from(&src->map, g->given_paddr); i < src->map.nr_extents; i++) {
		const struct memmap_extent *e = &src->map.extents[i];
		const uint64_t from = e->paddr > g->given_paddr ? e->paddr : g->given_paddr;
		const uint64_t left = e->bytes - (from - e->paddr);

		if (from >= end)
			break;
		release_give(g->release, from, left < end - from ? left : end - from);
	}
	g->given_paddr = end;
	if (all)
		release_settle(g->release);
}

void giveback_close(struct giveback *g)
{
	free(g->drop);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lkcd.c - fuzz the header of an LKCD dump, its records and its run lengths
 * In: the header, directly followed by records with their data.
 */
#include "fuzz.h"

#include "save/lkcd.h"
#include "save/pages.h"

/* A page is either refused, or decoded completely, each time to the same bytes. */
static void expand(const struct save_lkcd *l, const struct save_lkcd_page *page, const uint8_t *in)
{
	uint8_t *packed = fuzz_copy(in, page->bytes);
	uint8_t *out = malloc(l->page_bytes), *again = malloc(l->page_bytes);
	bool good;

	promise(out && again);
	memset(out, 0x55, l->page_bytes);
	memset(again, 0xaa, l->page_bytes);
	good = save_lkcd_expand(out, l->page_bytes, packed, page->bytes);
	promise(save_lkcd_expand(again, l->page_bytes, packed, page->bytes) == good);
	promise(!good || memcmp(out, again, l->page_bytes) == 0);
	fuzz_reached += good;
	free(out);
	free(again);
	free(packed);
}

static void sorted(struct save_pages *pages, uint32_t page_bytes)
{
	uint64_t all = 0;

	promise(save_pages_sort(pages, page_bytes) == 0);
	for (size_t i = 1; i < pages->nr; i++)
		promise(pages->page[i - 1].pfn < pages->page[i].pfn);
	for (size_t i = 0; i < pages->map.nr_extents; i++) {
		const struct memmap_extent *e = &pages->map.extents[i];

		promise(e->bytes && (!i || e[-1].paddr + e[-1].bytes < e->paddr));
		promise(e->paddr + e->bytes > e->paddr);
		all += e->bytes;
	}
	promise(all == pages->nr * page_bytes && all == pages->map.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct save_pages pages = {0};
	struct save_lkcd_page page;
	size_t at = SAVE_LKCD_HEAD_BYTES;
	struct save_lkcd l;
	uint8_t *head;

	if (!save_lkcd_is(data, bytes))
		return 0;
	head = fuzz_copy(data, SAVE_LKCD_HEAD_BYTES);
	if (!save_lkcd_header(&l, head)) {
		promise(l.page_bytes >= 4096 && l.page_bytes <= 65536);
		promise(l.version >= 1 && l.version <= 10 && l.codec <= SAVE_LKCD_GZIP &&
			l.first_at);
		for (size_t i = 0; i < 6; i++)
			promise(strlen(l.uts[i]) < sizeof(l.uts[i]));
		if (bytes - at >= SAVE_LKCD_RECORD_BYTES)
			save_lkcd_first(&l, data + at);
		while (bytes - at >= SAVE_LKCD_RECORD_BYTES &&
		       !save_lkcd_record(&l, data + at, &page) && page.kind != SAVE_LKCD_END) {
			promise(page.pfn < SAVE_LKCD_PFN_MAX && page.bytes <= l.page_bytes);
			promise(save_pages_add(&pages, page.pfn, at) == 0);
			at += SAVE_LKCD_RECORD_BYTES;
			if (page.bytes > bytes - at)
				break;
			if (page.kind == SAVE_LKCD_COMPRESSED)
				expand(&l, &page, data + at);
			at += page.bytes;
		}
		sorted(&pages, l.page_bytes);
	}
	save_pages_free(&pages);
	free(head);
	return 0;
}

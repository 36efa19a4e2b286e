// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kdump_layout.c - the layout of kdump-compressed, header version 6
 * In: a memory map, facts of the crashed kernel.  Out: header bytes, file offsets.
 * No system call.
 * Does not know: the content of a page, codecs, the code that writes.
 *
 * File: main header, sub header and notes, bitmap 1, bitmap 2, page descriptors, a page of zeros,
 * data of pages.  The number of kept pages is not known yet, so the table has space for a
 * descriptor of every page; the unused part remains a hole.  An unwritten descriptor has offset 0,
 * which readers treat as a missing page.
 */
#include "kdump_layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../source/memmap.h"

#define VERSION	       6u
#define MAIN_BYTES     464u
#define SUB_BYTES      104u
#define STATUS_AT      424u
#define STATUS_PARTIAL 0x8u /* DUMP_DH_COMPRESSED_INCOMPLETE */

/*
 * Every PFN must be below this limit, which is 2^56 bytes of memory at 4 KiB pages and 2 TiB for
 * each bitmap.
 */
#define PFN_MAX (UINT64_C(1) << 44)

static void put32(bool swap, uint8_t *out, uint32_t v)
{
	v = swap ? __builtin_bswap32(v) : v;
	memcpy(out, &v, sizeof(v));
}

static void put64(bool swap, uint8_t *out, uint64_t v)
{
	v = swap ? __builtin_bswap64(v) : v;
	memcpy(out, &v, sizeof(v));
}

static uint64_t divide_up(uint64_t v, uint64_t unit)
{
	return v / unit + (v % unit != 0);
}

static uint64_t round_up(uint64_t v, uint64_t unit)
{
	return divide_up(v, unit) * unit;
}

static uint64_t last_pfn(const struct memmap_extent *e, uint32_t page_bytes)
{
	return (e->paddr + (e->bytes - 1)) / page_bytes;
}

/* Returns the number of PFNs of the map; a PFN that two extents share counts once. */
static uint64_t count_pfns(const struct memmap *map, uint32_t page_bytes)
{
	uint64_t nr = 0, next = 0;

	for (size_t i = 0; i < map->nr_extents; i++) {
		const struct memmap_extent *e = &map->extents[i];
		const uint64_t first = e->paddr / page_bytes, last = last_pfn(e, page_bytes);

		if (last < next)
			continue;
		nr += last + 1 - (first > next ? first : next);
		next = last + 1;
	}
	return nr;
}

static void put_main(const struct kdump_layout *lay, const struct kdump_layout_facts *facts,
		     uint32_t sub_blocks, uint8_t *out)
{
	const uint64_t block = lay->page_bytes;

	memcpy(out, "KDUMP   ", 8);
	put32(lay->swap, out + 8, VERSION);
	memcpy(out + 12, facts->uts, sizeof(facts->uts));
	put64(lay->swap, out + 408, facts->crash_s);
	/* the microseconds remain 0: libkdumpfile first reads their bytes as a 32-bit block_size */
	put32(lay->swap, out + STATUS_AT, facts->codec_flag | STATUS_PARTIAL);
	put32(lay->swap, out + 428, (uint32_t)block);
	put32(lay->swap, out + 432, sub_blocks);
	put32(lay->swap, out + 436, (uint32_t)(2 * (lay->bitmap_bytes / block)));
	put32(lay->swap, out + 440,
	      lay->max_pfn < UINT32_MAX ? (uint32_t)lay->max_pfn : UINT32_MAX);
	put32(lay->swap, out + 460, facts->nr_cpus ? facts->nr_cpus : 1);
}

static void put_sub(const struct kdump_layout *lay, const struct kdump_layout_facts *facts,
		    uint8_t *out)
{
	put64(lay->swap, out, facts->phys_base);
	put32(lay->swap, out + 8, facts->dump_level);
	if (facts->info_bytes) {
		put64(lay->swap, out + 32, lay->notes_at + facts->info_at);
		put64(lay->swap, out + 40, facts->info_bytes);
	}
	if (facts->notes_bytes) {
		put64(lay->swap, out + 48, lay->notes_at);
		put64(lay->swap, out + 56, facts->notes_bytes);
	}
	put64(lay->swap, out + 96, lay->max_pfn);
}

int kdump_layout_plan(struct kdump_layout *lay, const struct memmap *map,
		      const struct kdump_layout_facts *facts)
{
	const uint64_t block = facts->page_bytes;
	uint64_t sub_blocks;

	memset(lay, 0, sizeof(*lay));
	lay->swap = facts->swap;
	lay->page_bytes = facts->page_bytes;
	/* extents ascend, so the last one sets the maximum */
	for (size_t i = 0; i < map->nr_extents; i++)
		lay->max_pfn = last_pfn(&map->extents[i], lay->page_bytes) + 1;
	sub_blocks = divide_up(SUB_BYTES + facts->notes_bytes, block);
	if (lay->max_pfn > PFN_MAX || sub_blocks > UINT32_MAX)
		return -EFBIG;
	lay->nr_descs = count_pfns(map, lay->page_bytes);
	lay->notes_at = block + SUB_BYTES;
	lay->bitmap_bytes = round_up(divide_up(lay->max_pfn, 8), block);
	lay->bitmap1_at = (1 + sub_blocks) * block;
	lay->bitmap2_at = lay->bitmap1_at + lay->bitmap_bytes;
	lay->descs_at = lay->bitmap2_at + lay->bitmap_bytes;
	lay->zero_at = round_up(lay->descs_at + lay->nr_descs * KDUMP_DESC_BYTES, block);
	lay->data_at = lay->zero_at + block;

	lay->head_bytes = block + SUB_BYTES;
	lay->head = calloc(1, lay->head_bytes);
	if (!lay->head)
		return -ENOMEM;
	put_main(lay, facts, (uint32_t)sub_blocks, lay->head);
	put_sub(lay, facts, lay->head + block);
	return 0;
}

void kdump_layout_complete(struct kdump_layout *lay)
{
	uint32_t status;

	memcpy(&status, lay->head + STATUS_AT, sizeof(status));
	status &= ~(lay->swap ? __builtin_bswap32(STATUS_PARTIAL) : STATUS_PARTIAL);
	memcpy(lay->head + STATUS_AT, &status, sizeof(status));
}

void kdump_layout_desc(const struct kdump_layout *lay, uint8_t out[KDUMP_DESC_BYTES], uint64_t at,
		       uint32_t bytes, uint32_t flag)
{
	put64(lay->swap, out, at);
	put32(lay->swap, out + 8, bytes);
	put32(lay->swap, out + 12, flag);
	put64(lay->swap, out + 16, 0); /* page_flags, which no reader uses */
}

void kdump_layout_bitmap1(const struct kdump_layout *lay, const struct memmap *map, uint64_t pfn,
			  uint8_t *out, size_t bytes)
{
	const uint64_t end = pfn + bytes * 8;

	memset(out, 0, bytes);
	for (size_t i = memmap_from(map, pfn * lay->page_bytes); i < map->nr_extents; i++) {
		const struct memmap_extent *e = &map->extents[i];
		const uint64_t first = e->paddr / lay->page_bytes;
		const uint64_t last = last_pfn(e, lay->page_bytes);

		if (first >= end)
			break;
		for (uint64_t p = first > pfn ? first : pfn; p <= last && p < end; p++)
			out[(p - pfn) / 8] |= (uint8_t)(1u << (p - pfn) % 8);
	}
}

void kdump_layout_free(struct kdump_layout *lay)
{
	free(lay->head);
	memset(lay, 0, sizeof(*lay));
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmp_kdump.c - check a kdump-compressed file against the source of the dump
 * In: the source, the dump, options for missing and excluded pages.  Out: a line of counts, or the
 * first difference.
 * Does not know: how the bytes of a page are decoded (unpack_*.c).
 *
 * These are checked, according to diskdump_mod.h of makedumpfile and to the readers: each field of
 * both headers (of utsname only the machine, and with --image the system), notes and VMCOREINFO,
 * both bitmaps, each descriptor, and each page, which must decompress to one block with the memory
 * of the source; the part of a page that is in no PT_LOAD is zeros.  In a complete dump no byte
 * after the second stored page is unused.
 */
#include "cmpdump.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INCOMPLETE 0x8u

struct stored {
	uint64_t at, bytes;
};

static struct source *src;
static const struct options *opt;
static struct elf64 dump; /* only name, at, bytes and big are used */
static struct stored *stored;
static size_t nr_stored, max_stored;
static uint64_t block, max_pfn, bitmap1, bitmap2, bitmap_bytes, descs_at;
static int dump_fd;
static void *reader;
static uint64_t codec_flag, nr_excluded, nr_absent, nr_pages, nr_raw;

static uint64_t get(uint64_t at, unsigned int bytes)
{
	return elf64_get(&dump, at, bytes);
}

static void is(const char *what, uint64_t got, uint64_t want)
{
	if (got != want)
		differ("%s: %s is %#llx, not %#llx", dump.name, what, (unsigned long long)got,
		       (unsigned long long)want);
}

static void is_zero(const char *what, uint64_t at, uint64_t end)
{
	for (; at < end; at++)
		is(what, get(at, 1), 0);
}

static uint64_t up(uint64_t v, uint64_t unit)
{
	return (v + unit - 1) / unit;
}

/* ---- headers --------------------------------------------------------------------------- */

static void check_main_header(void)
{
	const uint64_t status = get(424, 4);

	if (memcmp(dump.at, "KDUMP   ", 8) != 0)
		differ("%s: no signature", dump.name);
	is("header_version", get(8, 4), 6);
	if (opt->image && strcmp((const char *)dump.at + 12, "Linux") != 0)
		differ("%s: the system is '%.65s'", dump.name, dump.at + 12);
	if (strcmp((const char *)dump.at + 12 + 4 * 65, src->machine) != 0)
		differ("%s: the machine is '%.65s'", dump.name, dump.at + 12 + 4 * 65);
	is_zero("padding", 402, 408);
	is("tv_sec", get(408, 8), (uint64_t)src->crash_s);
	is("tv_usec", get(416, 8), 0);
	codec_flag = status & unpack_flags;
	is("status without codec", status & ~codec_flag, opt->incomplete ? INCOMPLETE : 0);
	if (codec_flag & (codec_flag - 1))
		differ("%s: several codecs in status", dump.name);
	if (opt->image)
		is("codec of status", codec_flag, 1);
	is("block_size", get(428, 4), block);
	is("sub_hdr_size", get(432, 4), up(104 + src->notes_bytes, block));
	is("bitmap_blocks", get(436, 4), 2 * up(up(max_pfn, 8), block));
	is("max_mapnr", get(440, 4), max_pfn < UINT32_MAX ? max_pfn : UINT32_MAX);
	is_zero("counters", 444, 460);
	is("nr_cpus", get(460, 4), src->nr_cpus ? src->nr_cpus : 1);
	is_zero("rest of the main header", 464, block);
}

static void check_sub_header(void)
{
	const uint64_t notes_at = get(block + 48, 8), bytes = src->notes_bytes;

	is("phys_base", get(block, 8), (uint64_t)src->phys_base);
	is("dump_level", get(block + 8, 4), opt->level);
	is_zero("split, start and end", block + 12, block + 32);
	is("size_vmcoreinfo", get(block + 40, 8), src->info_bytes);
	is("offset_vmcoreinfo", get(block + 32, 8), src->info_bytes ? notes_at + src->info_at : 0);
	is("size_note", get(block + 56, 8), bytes);
	is("offset_note", notes_at, bytes ? block + 104 : 0);
	is_zero("eraseinfo and split", block + 64, block + 96);
	is("max_mapnr_64", get(block + 96, 8), max_pfn);
	if (bytes &&
	    (notes_at + bytes > dump.bytes || memcmp(dump.at + notes_at, src->notes, bytes)))
		differ("%s: the notes differ", dump.name);
}

static void check_headers(void)
{
	check_main_header();
	check_sub_header();
	bitmap_bytes = up(up(max_pfn, 8), block) * block;
	bitmap1 = block * (1 + get(432, 4));
	bitmap2 = bitmap1 + bitmap_bytes;
	descs_at = bitmap2 + bitmap_bytes;
	if (descs_at > dump.bytes)
		differ("%s: ends inside the bitmaps", dump.name);
}

/* ---- pages ----------------------------------------------------------------------------- */

static bool bit(uint64_t map_at, uint64_t pfn)
{
	return dump.at[map_at + pfn / 8] >> pfn % 8 & 1;
}

/* Check that no bit is set for pages [@pfn, @end).  Holes of the file are not read. */
static void check_gap(uint64_t map_at, uint64_t pfn, uint64_t end)
{
	while (pfn < end) {
		const off_t data = lseek(dump_fd, (off_t)(map_at + pfn / 8), SEEK_DATA);

		if (data < 0 || (uint64_t)data >= map_at + up(end, 8))
			return;
		if ((uint64_t)data > map_at + pfn / 8)
			pfn = ((uint64_t)data - map_at) * 8;
		/*
		 * stop at the end of this page of the file: the next page may be a hole, which must
		 * not be read
		 */
		do {
			if (bit(map_at, pfn))
				differ("page %#llx is not in the source", (unsigned long long)pfn);
			pfn++;
		} while (pfn < end && (pfn % 8 || (map_at + pfn / 8) % 4096));
	}
}

static bool is_missing(uint64_t pfn)
{
	return opt->incomplete || ranges_have(&opt->missing, pfn);
}

static void remember(uint64_t at, uint64_t bytes)
{
	if (nr_stored == max_stored) {
		max_stored = max_stored ? 2 * max_stored : 4096;
		stored = realloc(stored, max_stored * sizeof(*stored));
	}
	stored[nr_stored++] = (struct stored){at, bytes};
}

static void check_page(uint64_t pfn, uint64_t desc, const uint8_t *want)
{
	const uint64_t at = get(desc, 8), bytes = get(desc + 8, 4), flag = get(desc + 12, 4);
	uint8_t page[PAGE_MAX];
	const char *why;

	is("page_flags", get(desc + 16, 8), 0);
	if (!at) {
		if (bytes || flag || !is_missing(pfn))
			differ("page %#llx is missing", (unsigned long long)pfn);
		nr_absent++;
		return;
	}
	if (is_missing(pfn) && !opt->incomplete)
		differ("page %#llx is not missing", (unsigned long long)pfn);
	if (flag != 0 && (flag != codec_flag || bytes >= block))
		differ("page %#llx: impossible size %llu or flag %#llx", (unsigned long long)pfn,
		       (unsigned long long)bytes, (unsigned long long)flag);
	if (at < descs_at || at > dump.bytes || bytes > dump.bytes - at)
		differ("page %#llx: its data at %#llx is outside of the data area",
		       (unsigned long long)pfn, (unsigned long long)at);
	if (!unpack(reader, pfn, flag, dump.at + at, bytes, page, block, &why))
		differ("page %#llx: %s", (unsigned long long)pfn, why);
	if (memcmp(page, want, block) != 0)
		differ("page %#llx differs", (unsigned long long)pfn);
	nr_raw += flag == 0;
	remember(at, bytes);
}

static void check_pages(void)
{
	uint64_t desc = descs_at;
	uint8_t page[PAGE_MAX];
	uint64_t pfn = 0;

	for (size_t i = 0; i < src->nr_extents; i++) {
		const uint64_t first = src->extents[i].paddr / block;

		check_gap(bitmap1, pfn, first);
		check_gap(bitmap2, pfn, first);
		for (pfn = pfn > first ? pfn : first; pfn < up(src->extents[i].end, block); pfn++) {
			if (!source_page(src, pfn, page) || !bit(bitmap1, pfn))
				differ("bitmap 1 lacks page %#llx", (unsigned long long)pfn);
			nr_pages++;
			if (bit(bitmap2, pfn)) {
				check_page(pfn, desc, page);
				desc += DESC_BYTES;
			} else if (opt->excluded || opt->incomplete) {
				nr_excluded++;
			} else {
				differ("page %#llx is excluded", (unsigned long long)pfn);
			}
		}
	}
	is_zero("end of bitmap 1", bitmap1 + up(max_pfn, 8), bitmap2);
	is_zero("end of bitmap 2", bitmap2 + up(max_pfn, 8), descs_at);
	if (nr_stored && desc > stored[0].at && desc > dump.bytes)
		differ("%s: the descriptors reach past the end", dump.name);
}

static int by_place(const void *a, const void *b)
{
	const struct stored *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->bytes < y->bytes ? -1 : x->bytes > y->bytes;
}

/*
 * Check that stored pages do not overlap and leave no gaps; count distinct pages and their bytes.
 */
static uint64_t check_places(uint64_t nr_descs)
{
	uint64_t nr = 0, end = 0, total = 0;

	qsort(stored, nr_stored, sizeof(*stored), by_place);
	if (nr_stored && stored[0].at < descs_at + nr_descs * DESC_BYTES)
		differ("%s: data inside the descriptors", dump.name);
	for (size_t i = 0; i < nr_stored; i++) {
		const struct stored *s = &stored[i];

		if (i && s->at == s[-1].at && s->bytes == s[-1].bytes)
			continue;
		if (s->at < end)
			differ("%s: two pages share bytes at offset %#llx", dump.name,
			       (unsigned long long)s->at);
		/* a gap after the first page is allowed: the page of zeros may be a hole */
		if (i && s->at != end && !opt->incomplete && nr > 1)
			differ("%s: unused bytes at offset %#llx", dump.name,
			       (unsigned long long)end);
		end = s->at + s->bytes;
		total += s->bytes;
		nr++;
	}
	if (!opt->incomplete && nr > 1 && end != dump.bytes)
		differ("%s: unused bytes at its end", dump.name);
	printf("pages=%llu excluded=%llu missing=%llu raw=%llu stored=%llu bytes=%llu\n",
	       (unsigned long long)nr_pages, (unsigned long long)nr_excluded,
	       (unsigned long long)nr_absent, (unsigned long long)nr_raw, (unsigned long long)nr,
	       (unsigned long long)total);
	return nr;
}

int cmp_kdump(struct source *s, const char *name, const struct options *o)
{
	src = s;
	opt = o;
	block = s->page;
	max_pfn = s->max_pfn;
	dump.name = name;
	dump.at = map_file(name, 464, &dump.bytes);
	dump.big = s->core.big;
	dump_fd = open(name, O_RDONLY);
	unpack_open(name, &reader);
	check_headers();
	check_pages();
	check_places(nr_pages - nr_excluded);
	return 0;
}

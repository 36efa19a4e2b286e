// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmpkdump.c - does a kdump-compressed file say what the ELF64 core says it was made of?
 * In: the core, the dump, what may be missing.  Out: exit 0 and one line of counts, or 1 and
 * the first thing that is wrong.
 * Does not know: the program under test, none of whose code is used here; the codecs are
 * those of the formats' own libraries.
 *
 *	cmpkdump [-i] [-l LEVEL] [-x] [-m PFN:COUNT]... SOURCE DUMP
 *
 *	-i  the dump calls itself incomplete; any page may be missing or left out
 *	-l  the dump level that its header must have (1)
 *	-x  pages may be left out
 *	-m  these pages, and no others, are missing: there is a descriptor and no data
 *
 * What is checked is the format as makedumpfile's diskdump_mod.h and the readers have it:
 * each field of both headers, notes and VMCOREINFO, both bitmaps, each descriptor, and of each
 * page that it decompresses to one block, which is the memory of the source; what of a page is
 * in no PT_LOAD is zeros.  In a complete dump no byte of data is stored in vain.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lzo/lzo1x.h>
#include <zlib.h>
#include <zstd.h>

#include "elf64.h"

#define BLOCK_MAX   (256u << 10)
#define DESC	    24u
#define INCOMPLETE  0x8u
#define CODEC_FLAGS 0x23u /* zlib, lzo, zstd */

struct extent {
	uint64_t paddr, end;
	const uint8_t *data;
};

struct stored {
	uint64_t at, bytes;
};

static struct elf64 core;
static struct elf64 dump; /* of which only the bytes and their order are used */
static struct extent *extents;
static struct stored *stored;
static size_t nr_extents, nr_stored, max_stored;
static uint64_t block, max_pfn, bitmap1, bitmap2, bitmap_bytes, descs_at;
static uint64_t missing[256][2];
static unsigned int nr_missing;
static bool incomplete, excluded_ok;
static int dump_fd;
static uint64_t codec_flag, nr_excluded, nr_absent, nr_pages, nr_raw, level = 1;

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

/* ---- the source ------------------------------------------------------------------------ */

static int by_paddr(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return x->paddr < y->paddr ? -1 : x->paddr > y->paddr;
}

static void read_loads(void)
{
	extents = calloc(core.nr, sizeof(*extents));
	for (uint64_t i = elf64_next(&core, 0, PT_LOAD); i < core.nr;
	     i = elf64_next(&core, i + 1, PT_LOAD)) {
		struct extent *e = &extents[nr_extents];

		if (!elf64_field(&core, i, P_FILESZ))
			continue;
		e->paddr = elf64_field(&core, i, P_PADDR);
		e->end = e->paddr + elf64_field(&core, i, P_FILESZ);
		e->data = elf64_segment(&core, i);
		nr_extents++;
	}
	qsort(extents, nr_extents, sizeof(*extents), by_paddr);
}

/* All notes of the source, joined. */
static uint8_t *read_notes(uint64_t *bytes)
{
	uint8_t *all = malloc(core.bytes);

	*bytes = 0;
	for (uint64_t i = elf64_next(&core, 0, PT_NOTE); i < core.nr;
	     i = elf64_next(&core, i + 1, PT_NOTE)) {
		memcpy(all + *bytes, elf64_segment(&core, i), elf64_field(&core, i, P_FILESZ));
		*bytes += elf64_field(&core, i, P_FILESZ);
	}
	return all;
}

/* Put the memory of page @pfn at @out.  False: the source has none of it. */
static bool source_page(uint64_t pfn, uint8_t *out)
{
	static size_t first; /* pages come in ascending order */
	const uint64_t from = pfn * block, to = from + block;
	bool any = false;

	memset(out, 0, block);
	while (first < nr_extents && extents[first].end <= from)
		first++;
	for (size_t i = first; i < nr_extents && extents[i].paddr < to; i++) {
		const struct extent *e = &extents[i];
		const uint64_t a = e->paddr > from ? e->paddr : from;
		const uint64_t b = e->end < to ? e->end : to;

		if (a >= b)
			continue;
		memcpy(out + (a - from), e->data + (a - e->paddr), b - a);
		any = true;
	}
	return any;
}

/* ---- headers --------------------------------------------------------------------------- */

/* Numbers that VMCOREINFO has, in whatever base it writes them. */
static int64_t info_number(const char *info, const char *key, int64_t otherwise)
{
	const char *at = info;
	const size_t length = strlen(key);

	errno = 0;
	for (; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
		if (strncmp(at, key, length) == 0 && at[length] == '=') {
			const int64_t v = strtoll(at + length + 1, NULL, 10);

			return errno == ERANGE ? otherwise : v;
		}
	return otherwise;
}

static const char *machine_name(void)
{
	switch (elf64_get(&core, 18, 2)) {
	case EM_X86_64:
		return "x86_64";
	case EM_PPC64:
		return core.big ? "ppc64" : "ppc64le";
	case EM_AARCH64:
		return "aarch64";
	default:
		return "unknown";
	}
}

static uint64_t up(uint64_t v, uint64_t unit)
{
	return (v + unit - 1) / unit;
}

struct noted {
	uint64_t prstatus;   /* how many */
	uint64_t info_at;    /* of the text in the notes */
	uint64_t info_bytes; /* 0: there is none */
};

static struct noted look_at_notes(const uint8_t *notes, uint64_t bytes)
{
	struct elf64 n = {.name = "notes", .at = notes, .bytes = bytes, .big = core.big};
	struct noted found = {0};
	uint64_t at = 0;

	while (at + 12 <= bytes) {
		const uint64_t name = elf64_get(&n, at, 4), desc = elf64_get(&n, at + 4, 4);
		const uint64_t text = at + 12 + up(name, 4) * 4;

		if (text > bytes || desc > bytes - text)
			break;
		if (name == 5 && memcmp(notes + at + 12, "CORE", 5) == 0)
			found.prstatus += elf64_get(&n, at + 8, 4) == NT_PRSTATUS;
		if (name == 11 && memcmp(notes + at + 12, "VMCOREINFO", 11) == 0) {
			found.info_at = text;
			found.info_bytes = desc;
		}
		at = text + up(desc, 4) * 4;
	}
	return found;
}

static void check_main_header(uint64_t notes_bytes, uint64_t nr_cpus, int64_t crash_s)
{
	const uint64_t status = get(424, 4);

	if (memcmp(dump.at, "KDUMP   ", 8) != 0)
		differ("%s: no signature", dump.name);
	is("header_version", get(8, 4), 6);
	if (strcmp((const char *)dump.at + 12 + 4 * 65, machine_name()) != 0)
		differ("%s: the machine is '%.65s'", dump.name, dump.at + 12 + 4 * 65);
	is_zero("padding", 402, 408);
	is("tv_sec", get(408, 8), (uint64_t)crash_s);
	is("tv_usec", get(416, 8), 0);
	codec_flag = status & CODEC_FLAGS;
	is("status without codec", status & ~codec_flag, incomplete ? INCOMPLETE : 0);
	if (codec_flag & (codec_flag - 1))
		differ("%s: several codecs in status", dump.name);
	is("block_size", get(428, 4), block);
	is("sub_hdr_size", get(432, 4), up(104 + notes_bytes, block));
	is("bitmap_blocks", get(436, 4), 2 * up(up(max_pfn, 8), block));
	is("max_mapnr", get(440, 4), max_pfn < UINT32_MAX ? max_pfn : UINT32_MAX);
	is_zero("counters", 444, 460);
	is("nr_cpus", get(460, 4), nr_cpus ? nr_cpus : 1);
	is_zero("rest of the main header", 464, block);
}

static void check_sub_header(const uint8_t *notes, uint64_t bytes, const struct noted *found,
			     int64_t phys_base)
{
	const uint64_t notes_at = get(block + 48, 8);

	is("phys_base", get(block, 8), (uint64_t)phys_base);
	is("dump_level", get(block + 8, 4), level);
	is_zero("split, start and end", block + 12, block + 32);
	is("size_vmcoreinfo", get(block + 40, 8), found->info_bytes);
	is("offset_vmcoreinfo", get(block + 32, 8),
	   found->info_bytes ? notes_at + found->info_at : 0);
	is("size_note", get(block + 56, 8), bytes);
	is("offset_note", notes_at, bytes ? block + 104 : 0);
	is_zero("eraseinfo and split", block + 64, block + 96);
	is("max_mapnr_64", get(block + 96, 8), max_pfn);
	if (bytes && (notes_at + bytes > dump.bytes || memcmp(dump.at + notes_at, notes, bytes)))
		differ("%s: the notes differ", dump.name);
}

static void check_headers(void)
{
	uint64_t bytes;
	uint8_t *notes = read_notes(&bytes);
	const struct noted found = look_at_notes(notes, bytes);
	char *info = strndup((const char *)notes + found.info_at, found.info_bytes);

	block = (uint64_t)info_number(info, "PAGESIZE", sysconf(_SC_PAGESIZE));
	if (block < 4096 || block > BLOCK_MAX || block & (block - 1))
		block = (uint64_t)sysconf(_SC_PAGESIZE);
	for (size_t i = 0; i < nr_extents; i++)
		if (up(extents[i].end, block) > max_pfn)
			max_pfn = up(extents[i].end, block);
	check_main_header(bytes, found.prstatus, info_number(info, "CRASHTIME", 0));
	check_sub_header(notes, bytes, &found, info_number(info, "NUMBER(phys_base)", 0));
	bitmap_bytes = up(up(max_pfn, 8), block) * block;
	bitmap1 = block * (1 + get(432, 4));
	bitmap2 = bitmap1 + bitmap_bytes;
	descs_at = bitmap2 + bitmap_bytes;
	if (descs_at > dump.bytes)
		differ("%s: ends inside the bitmaps", dump.name);
	free(info);
	free(notes);
}

/* ---- pages ----------------------------------------------------------------------------- */

static bool bit(uint64_t map_at, uint64_t pfn)
{
	return dump.at[map_at + pfn / 8] >> pfn % 8 & 1;
}

/* Nothing is set for pages [@pfn, @end); holes of the file are not looked at. */
static void check_gap(uint64_t map_at, uint64_t pfn, uint64_t end)
{
	while (pfn < end) {
		const off_t data = lseek(dump_fd, (off_t)(map_at + pfn / 8), SEEK_DATA);

		if (data < 0 || (uint64_t)data >= map_at + up(end, 8))
			return;
		if ((uint64_t)data > map_at + pfn / 8)
			pfn = ((uint64_t)data - map_at) * 8;
		/* not beyond the file's page: a look would fill the hole there */
		do {
			if (bit(map_at, pfn))
				differ("page %#llx is not in the source", (unsigned long long)pfn);
			pfn++;
		} while (pfn < end && (pfn % 8 || (map_at + pfn / 8) % 4096));
	}
}

static bool is_missing(uint64_t pfn)
{
	for (unsigned int i = 0; i < nr_missing; i++)
		if (pfn >= missing[i][0] && pfn - missing[i][0] < missing[i][1])
			return true;
	return incomplete;
}

static void unpack(uint64_t pfn, uint64_t flag, const uint8_t *in, uint64_t bytes, uint8_t *out)
{
	uint8_t back[BLOCK_MAX + 1];
	uint64_t got = 0;
	lzo_uint lzo = sizeof(back);
	uLongf z = sizeof(back);

	if (flag == 0 && bytes == block)
		memcpy(back, in, got = bytes);
	else if (flag == 1 && uncompress(back, &z, in, bytes) == Z_OK)
		got = z;
	else if (flag == 2 && lzo1x_decompress_safe(in, bytes, back, &lzo, NULL) == LZO_E_OK)
		got = lzo;
	else if (flag == 0x20 && ZSTD_findFrameCompressedSize(in, bytes) == bytes)
		got = ZSTD_decompress(back, sizeof(back), in, bytes);
	if (got != block)
		differ("page %#llx: %llu bytes with flag %#llx give %lld", (unsigned long long)pfn,
		       (unsigned long long)bytes, (unsigned long long)flag, (long long)got);
	memcpy(out, back, block);
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
	uint8_t page[BLOCK_MAX];

	is("page_flags", get(desc + 16, 8), 0);
	if (!at) {
		if (bytes || flag || !is_missing(pfn))
			differ("page %#llx is missing", (unsigned long long)pfn);
		nr_absent++;
		return;
	}
	if (is_missing(pfn) && !incomplete)
		differ("page %#llx is there", (unsigned long long)pfn);
	if (flag != 0 && (flag != codec_flag || bytes >= block))
		differ("page %#llx: %llu bytes, flag %#llx", (unsigned long long)pfn,
		       (unsigned long long)bytes, (unsigned long long)flag);
	if (at < descs_at || at > dump.bytes || bytes > dump.bytes - at)
		differ("page %#llx lies outside, at %#llx", (unsigned long long)pfn,
		       (unsigned long long)at);
	unpack(pfn, flag, dump.at + at, bytes, page);
	if (memcmp(page, want, block) != 0)
		differ("page %#llx differs", (unsigned long long)pfn);
	nr_raw += flag == 0;
	remember(at, bytes);
}

static void check_pages(void)
{
	uint64_t desc = descs_at;
	uint8_t page[BLOCK_MAX];
	uint64_t pfn = 0;

	for (size_t i = 0; i < nr_extents; i++) {
		const uint64_t first = extents[i].paddr / block;

		check_gap(bitmap1, pfn, first);
		check_gap(bitmap2, pfn, first);
		for (pfn = pfn > first ? pfn : first; pfn < up(extents[i].end, block); pfn++) {
			if (!source_page(pfn, page) || !bit(bitmap1, pfn))
				differ("bitmap 1 lacks page %#llx", (unsigned long long)pfn);
			nr_pages++;
			if (bit(bitmap2, pfn)) {
				check_page(pfn, desc, page);
				desc += DESC;
			} else if (excluded_ok || incomplete) {
				nr_excluded++;
			} else {
				differ("page %#llx is left out", (unsigned long long)pfn);
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

/* How many of the stored pages there are once, and how many bytes. */
static uint64_t check_places(uint64_t nr_descs)
{
	uint64_t nr = 0, end = 0, total = 0;

	qsort(stored, nr_stored, sizeof(*stored), by_place);
	if (nr_stored && stored[0].at < descs_at + nr_descs * DESC)
		differ("%s: data inside the descriptors", dump.name);
	for (size_t i = 0; i < nr_stored; i++) {
		const struct stored *s = &stored[i];

		if (i && s->at == s[-1].at && s->bytes == s[-1].bytes)
			continue;
		if (s->at < end)
			differ("two pages share some bytes at %#llx", (unsigned long long)s->at);
		/* the page of zeros may be a hole before the first of the others */
		if (i && s->at != end && !incomplete && nr > 1)
			differ("bytes for nothing at %#llx", (unsigned long long)end);
		end = s->at + s->bytes;
		total += s->bytes;
		nr++;
	}
	if (!incomplete && nr > 1 && end != dump.bytes)
		differ("%s: bytes for nothing at its end", dump.name);
	printf("pages=%llu excluded=%llu missing=%llu raw=%llu stored=%llu bytes=%llu\n",
	       (unsigned long long)nr_pages, (unsigned long long)nr_excluded,
	       (unsigned long long)nr_absent, (unsigned long long)nr_raw, (unsigned long long)nr,
	       (unsigned long long)total);
	return nr;
}

int main(int argc, char *argv[])
{
	int opt;

	while ((opt = getopt(argc, argv, "il:xm:")) != -1) {
		char *colon = opt == 'm' ? strchr(optarg, ':') : NULL;

		if (opt == 'm' && nr_missing < 256) {
			missing[nr_missing][0] = strtoull(optarg, NULL, 0);
			missing[nr_missing++][1] = colon ? strtoull(colon + 1, NULL, 0) : 1;
		}
		incomplete |= opt == 'i';
		excluded_ok |= opt == 'x';
		if (opt == 'l')
			level = strtoull(optarg, NULL, 0);
	}
	if (argc - optind != 2) {
		fprintf(stderr,
			"Usage: cmpkdump [-i] [-l LEVEL] [-x] [-m PFN:COUNT]... SOURCE DUMP\n");
		return 2;
	}
	elf64_open(&core, argv[optind]);
	dump.name = argv[optind + 1];
	dump.at = map_file(dump.name, 464, &dump.bytes);
	dump.big = core.big;
	dump_fd = open(dump.name, O_RDONLY);
	read_loads();
	check_headers();
	check_pages();
	check_places(nr_pages - nr_excluded);
	return 0;
}

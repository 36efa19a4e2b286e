// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmp_pages.c - check that two dumps keep the same pages, with the same bytes
 * In: two dumps, each kdump-compressed or ELF64.  Out: the properties of both, the number of pages
 * in each class and their first ranges; exit status 0 if all are the same, 1 if not, or if a file
 * cannot be read; 2 if the dumps cannot be compared.
 * Does not know: how the bytes of a page are decoded (unpack_*.c).  Which pages a kdump file keeps
 * is read here from its bitmaps and descriptors.
 *
 * same      kept by both with the same bytes, or by neither
 * more      kept in OURS, not in OTHER
 * less      kept in OTHER, not in OURS
 * differ    kept by both, with different bytes
 * ram       memory of the machine according to only one of the dumps
 * absent    kept in OURS, but the descriptor has no data
 * bad       the bytes of the page cannot be decoded in one of the dumps
 * --partial: OURS was cut off: pages in the classes absent and less are no error.
 * An ELF file has no bitmap: it keeps all pages of its PT_LOADs.  If it is compared with a kdump
 * file, the pages that the kdump file excludes must be zero; otherwise they are more or less.
 */
#include "cmpdump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST 8 /* number of ranges printed for each class */

/* the state of a page in one dump */
enum state { NO_RAM, EXCLUDED, ABSENT, KEPT };

enum verdict { SAME, MORE, LESS, DIFFER, RAM, ABSENT_DATA, BAD, CLASSES };

static const char *const class_name[CLASSES] = {"same", "more",	  "less", "differ",
						"ram",	"absent", "bad"};

struct dump {
	struct elf64 file; /* of a kdump file only name, at, bytes and big are used */
	struct source source;
	bool elf;
	void *reader;
	uint64_t page;	 /* bytes */
	uint64_t pfns;	 /* highest PFN + 1 */
	uint8_t *states; /* enum state of each page */
	uint64_t *descs; /* file offset of the descriptor of each page, in a kdump file */
	uint64_t kept, zlib, lzo, zstd, raw, shared;
};

struct result {
	uint64_t n[CLASSES];
	/* the first runs of pages of the same class */
	uint64_t from[CLASSES][FIRST], to[CLASSES][FIRST];
	unsigned int runs[CLASSES];
	FILE *pfns;
};

static void __attribute__((noreturn)) trouble(const struct dump *d, const char *what)
{
	fprintf(stderr, "cmpdump: %s: %s\n", d->file.name, what);
	exit(2);
}

static uint64_t get(const struct dump *d, uint64_t at, unsigned int bytes)
{
	if (at > d->file.bytes || bytes > d->file.bytes - at)
		trouble(d, "ends too early");
	return elf64_get(&d->file, at, bytes);
}

static void states_alloc(struct dump *d)
{
	if (!d->pfns || d->pfns > 1ull << 32)
		trouble(d, "impossible number of pages");
	d->states = calloc(d->pfns, 1);
	d->descs = calloc(d->pfns, sizeof(*d->descs));
	if (!d->states || !d->descs)
		trouble(d, "no memory");
}

static void elf_states(struct dump *d)
{
	d->pfns = d->source.max_pfn;
	states_alloc(d);
	for (size_t i = 0; i < d->source.nr_extents; i++) {
		const struct extent *e = &d->source.extents[i];
		const uint64_t first = e->paddr / d->page, end = (e->end + d->page - 1) / d->page;

		memset(d->states + first, KEPT, end - first);
	}
	printf("%s: ELF page_size=%llu e_flags=%#llx\n", d->file.name, (unsigned long long)d->page,
	       (unsigned long long)get(d, 48, 4));
}

/*
 * Count the descriptor at @at; the data of the descriptor before it is at @previous.  False: the
 * page has no data.
 */
static bool descriptor(struct dump *d, uint64_t at, uint64_t previous)
{
	uint64_t offset = get(d, at, 8), flags = get(d, at + 12, 4);

	d->kept += !!offset;
	d->zlib += flags == 1;
	d->lzo += flags == 2;
	d->zstd += flags == 0x20;
	d->raw += offset && !flags;
	d->shared += offset && offset == previous;
	return offset;
}

/* Header version 6, 64 bits; the offsets are in the file IMPLEMENTATION of makedumpfile. */
static void kdump_states(struct dump *d)
{
	uint64_t status = get(d, 424, 4), block = get(d, 428, 4), sub = get(d, 432, 4),
		 bitmap = get(d, 436, 4) * block, map1 = (1 + sub) * block,
		 map2 = map1 + bitmap / 2, desc = map1 + bitmap, previous = 0;

	if (get(d, 8, 4) != 6 || block != d->page)
		trouble(d, "its version is not 6, or its block size is not the page size");
	d->pfns = get(d, block + 96, 8);
	states_alloc(d);
	for (uint64_t p = 0; p < d->pfns; p++) {
		if (get(d, map2 + p / 8, 1) >> p % 8 & 1) {
			d->states[p] = descriptor(d, desc, previous) ? KEPT : ABSENT;
			d->descs[p] = desc;
			previous = get(d, desc, 8);
			desc += DESC_BYTES;
		} else if (get(d, map1 + p / 8, 1) >> p % 8 & 1) {
			d->states[p] = EXCLUDED;
		}
	}
	printf("%s: kdump page_size=%llu status=%#llx level=%llu zlib=%llu lzo=%llu zstd=%llu "
	       "raw=%llu shared=%llu kept=%llu\n",
	       d->file.name, (unsigned long long)d->page, (unsigned long long)status,
	       (unsigned long long)get(d, block + 8, 4), (unsigned long long)d->zlib,
	       (unsigned long long)d->lzo, (unsigned long long)d->zstd, (unsigned long long)d->raw,
	       (unsigned long long)d->shared, (unsigned long long)d->kept);
}

static void dump_open(struct dump *d, const char *name)
{
	static const struct options elf;

	d->file.name = name;
	d->file.at = map_file(name, 464, &d->file.bytes);
	d->elf = !memcmp(d->file.at, ELFMAG, SELFMAG);
	d->page = unpack_open(name, &d->reader);
	if (d->elf) {
		source_open(&d->source, name, &elf);
		d->file = d->source.core;
		d->page = d->page ? d->page : d->source.page;
	} else {
		if (memcmp(d->file.at, "KDUMP   ", 8))
			trouble(d, "neither ELF nor kdump-compressed");
		/* the version, 6, is in the byte order of the file */
		d->file.big = !d->file.at[8];
		d->page = d->page ? d->page : get(d, 428, 4);
	}
	if (!d->page || d->page > PAGE_MAX)
		trouble(d, "its page size is 0 or above 256 KiB");
	if (d->elf && d->page != d->source.page)
		trouble(d, "the reader and VMCOREINFO have different page sizes");
	if (d->elf)
		elf_states(d);
	else
		kdump_states(d);
}

static enum state state(const struct dump *d, uint64_t pfn)
{
	return pfn < d->pfns ? d->states[pfn] : NO_RAM;
}

static bool page_read(struct dump *d, uint64_t pfn, void *into)
{
	const uint64_t desc = d->descs[pfn];
	uint64_t at = 0, bytes = 0, flag = 0;
	const char *why = "its data is outside of the file";

	if (d->elf && !unpack_elf)
		return source_page(&d->source, pfn, into);
	if (!d->elf) {
		at = get(d, desc, 8);
		bytes = get(d, desc + 8, 4);
		flag = get(d, desc + 12, 4);
	}
	if (at <= d->file.bytes && bytes <= d->file.bytes - at &&
	    unpack(d->reader, pfn, flag, d->file.at + at, bytes, into, d->page, &why))
		return true;
	fprintf(stderr, "cmpdump: %s: page %#llx: %s\n", d->file.name, (unsigned long long)pfn,
		why);
	return false;
}

/*
 * @d is an ELF file, and the other dump excludes this page or has no data for it.  Returns SAME if
 * the page is zero, BAD if it cannot be read, else @otherwise.
 */
static enum verdict hole(struct dump *d, uint64_t pfn, enum verdict otherwise)
{
	static uint8_t data[PAGE_MAX];

	if (!page_read(d, pfn, data))
		return BAD;
	return data[0] || memcmp(data, data + 1, d->page - 1) ? otherwise : SAME;
}

static enum verdict compare(struct dump *a, struct dump *b, uint64_t pfn)
{
	static uint8_t of_a[PAGE_MAX], of_b[PAGE_MAX];
	enum state sa = state(a, pfn), sb = state(b, pfn);

	if (sa == ABSENT)
		return ABSENT_DATA;
	if ((sa == NO_RAM) != (sb == NO_RAM))
		return RAM;
	if (sa == KEPT && sb == KEPT) {
		if (!page_read(a, pfn, of_a) || !page_read(b, pfn, of_b))
			return BAD;
		return memcmp(of_a, of_b, a->page) ? DIFFER : SAME;
	}
	if (sa == KEPT)
		return a->elf ? hole(a, pfn, MORE) : MORE;
	if (sb == KEPT)
		return b->elf ? hole(b, pfn, LESS) : LESS;
	return SAME;
}

static void count(struct result *r, enum verdict c, uint64_t pfn)
{
	unsigned int last = r->runs[c] - 1;

	r->n[c]++;
	if (c != SAME && r->pfns)
		fprintf(r->pfns, "%s %llu\n", class_name[c], (unsigned long long)pfn);
	if (r->runs[c] && last < FIRST && r->to[c][last] + 1 == pfn) {
		r->to[c][last] = pfn;
	} else if (r->runs[c] <= FIRST) {
		if (r->runs[c] < FIRST)
			r->from[c][r->runs[c]] = r->to[c][r->runs[c]] = pfn;
		r->runs[c]++;
	}
}

static void show(const struct result *r)
{
	for (int c = 0; c < CLASSES; c++)
		printf("%s=%llu%s", class_name[c], (unsigned long long)r->n[c],
		       c + 1 < CLASSES ? " " : "\n");
	for (int c = MORE; c < CLASSES; c++) {
		if (!r->n[c])
			continue;
		printf("%s:", class_name[c]);
		for (unsigned int i = 0; i < r->runs[c] && i < FIRST; i++)
			printf(" %#llx-%#llx", (unsigned long long)r->from[c][i],
			       (unsigned long long)r->to[c][i]);
		printf("%s\n", r->runs[c] > FIRST ? " ..." : "");
	}
}

int cmp_pages(const char *ours, const char *other, const struct options *o)
{
	static struct dump a, b;
	static struct result r;

	if (o->pfns && !(r.pfns = fopen(o->pfns, "w")))
		return 2;
	dump_open(&a, ours);
	dump_open(&b, other);
	if (a.page != b.page)
		trouble(&a, "its page size differs from that of the other dump");
	for (uint64_t pfn = 0; pfn < a.pfns || pfn < b.pfns; pfn++)
		count(&r, compare(&a, &b, pfn), pfn);
	show(&r);
	if (r.pfns && fclose(r.pfns))
		trouble(&a, "the list of pages cannot be written");
	return r.n[MORE] || r.n[DIFFER] || r.n[RAM] || r.n[BAD] ||
	       ((r.n[LESS] || r.n[ABSENT_DATA]) && !o->partial);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmpdump.c - do two dumps keep the same pages, with the same bytes?
 * In: two dumps, each kdump-compressed or ELF64, little-endian.  Out: what they are, how many
 * pages are the same or not and which; exit 0 when all are the same, 1 when not, 2 on trouble.
 * Does not know: the program under test, none of whose code is used here.  Which pages a kdump
 * file keeps is read here from its bitmaps and descriptors; every byte comes by libkdumpfile.
 *
 *	cmpdump [--partial] [--pfns FILE] OURS OTHER
 *
 * same      kept by both with the same bytes, or by neither
 * more      kept in OURS, not in OTHER
 * less      kept in OTHER, not in OURS
 * differ    kept by both, the bytes are not the same
 * ram       physical memory according to one of them only
 * absent    OURS says it keeps it and has no data for it
 * bad       libkdumpfile does not read it
 * --partial: OURS was cut off, it may have absent pages, and less.
 * An ELF file does not say what it keeps.  It keeps its PT_LOADs; beside a kdump file the pages
 * which that excludes must be zero, or they count as more or less.
 * --pfns: a line "CLASS PFN" for each page that is not the same.
 */
#include <elf.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <libkdumpfile/kdumpfile.h>

#define FIRST	 8 /* ranges shown of each class */
#define PAGE_MAX 65536u

/* of a page in one dump */
enum state { NO_RAM, EXCLUDED, ABSENT, KEPT };

enum class { SAME, MORE, LESS, DIFFER, RAM, ABSENT_DATA, BAD, CLASSES };

static const char *const class_name[CLASSES] = {"same", "more",	  "less", "differ",
						"ram",	"absent", "bad"};

struct dump {
	const char *name;
	kdump_ctx_t *ctx;
	const uint8_t *at; /* the file */
	uint64_t bytes;
	bool elf;
	uint64_t page;	 /* bytes */
	uint64_t pfns;	 /* highest + 1 */
	uint8_t *states; /* enum state of each */
	uint64_t kept, zlib, lzo, zstd, raw, shared;
};

struct result {
	uint64_t n[CLASSES];
	/* runs of the same class, as they are found */
	uint64_t from[CLASSES][FIRST], to[CLASSES][FIRST];
	unsigned int runs[CLASSES];
	FILE *pfns;
};

static void __attribute__((noreturn)) trouble(const struct dump *d, const char *what)
{
	fprintf(stderr, "cmpdump: %s: %s\n", d->name, what);
	exit(2);
}

/* a little-endian integer of the file */
static uint64_t get(const struct dump *d, uint64_t at, unsigned int bytes)
{
	uint64_t v = 0;

	if (at > d->bytes || bytes > d->bytes - at)
		trouble(d, "ends too early");
	while (bytes--)
		v = v << 8 | d->at[at + bytes];
	return v;
}

static void states_alloc(struct dump *d)
{
	if (!d->pfns || d->pfns > 1ull << 32)
		trouble(d, "strange number of pages");
	d->states = calloc(d->pfns, 1);
	if (!d->states)
		trouble(d, "no memory");
}

/* offsets of Elf64_Ehdr and Elf64_Phdr */
static void elf_states(struct dump *d)
{
	uint64_t phoff = get(d, 32, 8), n = get(d, 56, 2);

	for (int pass = 0; pass < 2; pass++) {
		for (uint64_t i = 0; i < n; i++) {
			uint64_t ph = phoff + i * 56, paddr = get(d, ph + 24, 8),
				 end = paddr + get(d, ph + 40, 8);

			if (get(d, ph, 4) != PT_LOAD || end == paddr)
				continue;
			end = (end + d->page - 1) / d->page;
			if (!pass)
				d->pfns = end > d->pfns ? end : d->pfns;
			else
				memset(d->states + paddr / d->page, KEPT, end - paddr / d->page);
		}
		if (!pass)
			states_alloc(d);
	}
	printf("%s: ELF page_size=%llu e_flags=%#llx\n", d->name, (unsigned long long)d->page,
	       (unsigned long long)get(d, 48, 4));
}

/* count the descriptor at AT; false when there is no data */
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

/* header version 6, 64 bits: offsets as in makedumpfile's IMPLEMENTATION */
static void kdump_states(struct dump *d)
{
	uint64_t status = get(d, 424, 4), block = get(d, 428, 4), sub = get(d, 432, 4),
		 bitmap = get(d, 436, 4) * block, map1 = (1 + sub) * block,
		 map2 = map1 + bitmap / 2, desc = map1 + bitmap, previous = 0;

	if (get(d, 8, 4) != 6 || block != d->page)
		trouble(d, "not version 6, or its blocks are no pages");
	d->pfns = get(d, block + 96, 8);
	states_alloc(d);
	for (uint64_t p = 0; p < d->pfns; p++) {
		if (get(d, map2 + p / 8, 1) >> p % 8 & 1) {
			d->states[p] = descriptor(d, desc, previous) ? KEPT : ABSENT;
			previous = get(d, desc, 8);
			desc += 24;
		} else if (get(d, map1 + p / 8, 1) >> p % 8 & 1) {
			d->states[p] = EXCLUDED;
		}
	}
	printf("%s: kdump page_size=%llu status=%#llx level=%llu zlib=%llu lzo=%llu zstd=%llu "
	       "raw=%llu shared=%llu kept=%llu\n",
	       d->name, (unsigned long long)d->page, (unsigned long long)status,
	       (unsigned long long)get(d, block + 8, 4), (unsigned long long)d->zlib,
	       (unsigned long long)d->lzo, (unsigned long long)d->zstd, (unsigned long long)d->raw,
	       (unsigned long long)d->shared, (unsigned long long)d->kept);
}

static void dump_open(struct dump *d, const char *name)
{
	struct stat st;
	kdump_num_t page;
	int fd = open(name, O_RDONLY);

	d->name = name;
	if (fd < 0 || fstat(fd, &st))
		trouble(d, "cannot be opened");
	d->bytes = (uint64_t)st.st_size;
	d->at = mmap(NULL, d->bytes, PROT_READ, MAP_SHARED, fd, 0);
	d->ctx = kdump_new();
	if (d->at == MAP_FAILED || !d->ctx)
		trouble(d, "cannot be mapped");
	if (kdump_open_fd(d->ctx, fd) != KDUMP_OK ||
	    kdump_get_number_attr(d->ctx, KDUMP_ATTR_PAGE_SIZE, &page) != KDUMP_OK)
		trouble(d, kdump_get_err(d->ctx));
	d->page = page;
	if (d->page > PAGE_MAX)
		trouble(d, "pages too large");
	d->elf = d->bytes > SELFMAG && !memcmp(d->at, ELFMAG, SELFMAG);
	if (d->elf)
		elf_states(d);
	else
		kdump_states(d);
}

static enum state state(const struct dump *d, uint64_t pfn)
{
	return pfn < d->pfns ? d->states[pfn] : NO_RAM;
}

static bool page_read(const struct dump *d, uint64_t pfn, void *into)
{
	size_t bytes = d->page;

	if (kdump_read(d->ctx, KDUMP_MACHPHYSADDR, pfn * d->page, into, &bytes) == KDUMP_OK &&
	    bytes == d->page)
		return true;
	fprintf(stderr, "cmpdump: %s: page %#llx: %s\n", d->name, (unsigned long long)pfn,
		kdump_get_err(d->ctx));
	return false;
}

/* D is an ELF file and the other dump excludes this page: it must be zero */
static enum class hole(const struct dump *d, uint64_t pfn, enum class otherwise) {
	static uint8_t data[PAGE_MAX];

	if (!page_read(d, pfn, data)) return BAD;
	return data[0] || memcmp(data, data + 1, d->page - 1) ? otherwise : SAME;
}

static enum class compare(const struct dump *a, const struct dump *b, uint64_t pfn) {
	static uint8_t of_a[PAGE_MAX], of_b[PAGE_MAX];
	enum state sa = state(a, pfn), sb = state(b, pfn);

	if (sa == ABSENT) return ABSENT_DATA; if ((sa == NO_RAM) != (sb == NO_RAM)) return RAM;
	if (sa == KEPT &&
	    sb == KEPT){if (!page_read(a, pfn, of_a) || !page_read(b, pfn, of_b)) return BAD;
			return memcmp(of_a, of_b, a->page) ? DIFFER : SAME;}
if (sa == KEPT) return a->elf ? hole(a, pfn, MORE) : MORE;
if (sb == KEPT)
	return b->elf ? hole(b, pfn, LESS) : LESS;
return SAME;
}

static void count(struct result *r, enum class c, uint64_t pfn)
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

int main(int argc, char **argv)
{
	static const struct option options[] = {{"partial", no_argument, NULL, 'p'},
						{"pfns", required_argument, NULL, 'f'},
						{NULL, 0, NULL, 0}};
	static struct dump a, b;
	static struct result r;
	bool partial = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'p')
			partial = true;
		else if (c != 'f' || !(r.pfns = fopen(optarg, "w")))
			return 2;
	}
	if (argc - optind != 2)
		return 2;
	dump_open(&a, argv[optind]);
	dump_open(&b, argv[optind + 1]);
	if (a.page != b.page)
		trouble(&a, "other page size than the other");
	for (uint64_t pfn = 0; pfn < a.pfns || pfn < b.pfns; pfn++)
		count(&r, compare(&a, &b, pfn), pfn);
	show(&r);
	if (r.pfns && fclose(r.pfns))
		trouble(&a, "the list of pages cannot be written");
	return r.n[MORE] || r.n[DIFFER] || r.n[RAM] || r.n[BAD] ||
	       ((r.n[LESS] || r.n[ABSENT_DATA]) && !partial);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmpdump.c - compare two dumps, or a dump with the memory that it was made from
 * In: A, an ELF64 core or an image of memory, and B, an ELF64 core or a kdump-compressed file; with
 * --pages, A may also be a kdump-compressed file, but not an image.
 * Out: exit status 0 if they agree; 1, and the first difference or the error on stderr (--pages:
 * the differences on stdout); 2 for wrong arguments, or if --pages cannot compare the dumps.
 * Does not know: the program under test (uses none of its code).  Pages are decoded by the
 * libraries of the codecs (unpack_codecs.c), or by libkdumpfile (unpack_kdumpfile.c).
 *
 *	cmpdump [OPTION]... A B         check that B is a dump of memory A, in the right format
 *	cmpdump --pages [OPTION]... A B check that both dumps keep the same pages and bytes
 *
 * B is an ELF64 core (checked by cmp_elf.c) or kdump-compressed (checked by cmp_kdump.c).
 *	-z PADDR:BYTES  this memory was lost: it must be zero in B, an ELF core
 *	-i              B is marked incomplete; any page may be missing or excluded
 *	-l LEVEL        the dump level that the header of B must have (1; with --image 0)
 *	-x              pages may be excluded
 *	-m PFN:COUNT    these pages, and no others, are missing: B has a descriptor without data
 *	--image         A is an image: pages in order of their addresses; those of the second half
 *	                have addresses GAP pages higher.  B was converted from a dump that mklkcd
 *	                made of A
 *	--page BYTES, --gap GAP, --big, --machine NAME   properties of the image
 * --pages: see cmp_pages.c
 *	--partial       A was cut off: pages, or the data of pages, may be missing
 *	--pfns FILE     write a line "CLASS PFN" for each page that is not the same
 */
#include "cmpdump.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGES = 256, PARTIAL, PFNS, IMAGE, IMAGE_PAGE, GAP, BIG, MACHINE };

static const struct option long_options[] = {
	{"pages", no_argument, NULL, PAGES},
	{"partial", no_argument, NULL, PARTIAL},
	{"pfns", required_argument, NULL, PFNS},
	{"image", no_argument, NULL, IMAGE},
	{"page", required_argument, NULL, IMAGE_PAGE},
	{"gap", required_argument, NULL, GAP},
	{"big", no_argument, NULL, BIG},
	{"machine", required_argument, NULL, MACHINE},
	{NULL, 0, NULL, 0},
};

bool ranges_have(const struct ranges *r, uint64_t n)
{
	for (unsigned int i = 0; i < r->nr; i++)
		if (n >= r->of[i].from && n - r->of[i].from < r->of[i].count)
			return true;
	return false;
}

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr,
		"Usage: cmpdump [-ix] [-l LEVEL] [-m PFN:COUNT]... [-z PADDR:BYTES]... A B\n"
		"       cmpdump --image [--page BYTES] [--gap PAGES] [--big] [--machine NAME] A B\n"
		"       cmpdump --pages [--partial] [--pfns FILE] A B\n");
	exit(2);
}

static void add(struct ranges *r, const char *text, uint64_t usual)
{
	const char *colon = strchr(text, ':');

	if (r->nr == RANGES_MAX)
		usage();
	r->of[r->nr].from = strtoull(text, NULL, 0);
	r->of[r->nr++].count = colon ? strtoull(colon + 1, NULL, 0) : usual;
}

static void take(struct options *o, int c)
{
	switch (c) {
	case 'z':
		add(&o->zero, optarg, 4096);
		break;
	case 'm':
		add(&o->missing, optarg, 1);
		break;
	case 'l':
		o->level = strtoull(optarg, NULL, 0);
		break;
	case 'i':
		o->incomplete = true;
		break;
	case 'x':
		o->excluded = true;
		break;
	case PAGES:
		o->pages = true;
		break;
	case PARTIAL:
		o->partial = true;
		break;
	case PFNS:
		o->pfns = optarg;
		break;
	case IMAGE:
		o->image = true;
		o->level = 0;
		break;
	case IMAGE_PAGE:
		o->page = strtoull(optarg, NULL, 0);
		break;
	case GAP:
		o->gap = strtoull(optarg, NULL, 0);
		break;
	case BIG:
		o->big = true;
		break;
	case MACHINE:
		o->machine = optarg;
		break;
	default:
		usage();
	}
}

int main(int argc, char *argv[])
{
	static struct options o = {.level = 1, .page = 4096, .machine = "x86_64"};
	static struct source s;
	const char *a, *b;
	const uint8_t *head;
	uint64_t bytes;
	int c;

	while ((c = getopt_long(argc, argv, "z:m:l:ix", long_options, NULL)) != -1)
		take(&o, c);
	if (argc - optind != 2)
		usage();
	a = argv[optind];
	b = argv[optind + 1];
	if (o.pages)
		return cmp_pages(a, b, &o);
	source_open(&s, a, &o);
	head = map_file(b, 8, &bytes);
	return memcmp(head, ELFMAG, SELFMAG) ? cmp_kdump(&s, b, &o) : cmp_elf(&s, b, &o);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmpdump.h - the parts of cmpdump: the source of a dump, the bytes of a page, three comparisons
 */
#ifndef TESTS_TOOLS_CMPDUMP_H
#define TESTS_TOOLS_CMPDUMP_H

#include "elf64.h"

#define PAGE_MAX   (256u << 10)
#define DESC_BYTES 24u /* of a page descriptor of a kdump-compressed file */
#define RANGES_MAX 256

struct range {
	uint64_t from, count;
};

struct ranges {
	struct range of[RANGES_MAX];
	unsigned int nr;
};

struct options {
	struct ranges missing; /* -m: pages */
	struct ranges zero;    /* -z: physical addresses */
	bool incomplete;       /* -i */
	bool excluded;	       /* -x */
	uint64_t level;	       /* -l */
	bool pages, partial;   /* --pages, --partial */
	const char *pfns;      /* --pfns */
	bool image;	       /* --image, and properties that an image does not contain: */
	uint64_t page, gap;    /* --page, --gap */
	bool big;	       /* --big */
	const char *machine;   /* --machine */
};

bool ranges_have(const struct ranges *r, uint64_t n);

/* ---- source.c: the memory that a dump was made from ------------------------------------------ */

struct extent {
	uint64_t paddr, end;
	const uint8_t *data;
};

struct source {
	struct elf64 core;	  /* for an image only name, at, bytes and big are used */
	struct extent *extents;	  /* ascending by paddr */
	size_t nr_extents, first; /* @first: where source_page() continues */
	uint8_t *notes;		  /* all notes, joined */
	uint64_t notes_bytes;
	uint64_t info_at, info_bytes; /* the text of VMCOREINFO in @notes; 0 bytes: no VMCOREINFO */
	uint64_t nr_cpus, page, max_pfn;
	int64_t crash_s, phys_base;
	const char *machine;
};

void source_open(struct source *s, const char *name, const struct options *o);

/*
 * Copy the memory of page @pfn to @out; bytes that are not in the source are zeros.  False: the
 * source has no byte of this page.  Call it for pages in ascending order.
 */
bool source_page(struct source *s, uint64_t pfn, uint8_t *out);

/* ---- unpack_codecs.c or unpack_kdumpfile.c: the bytes of a page ------------------------------ */

/*
 * Prepare to read the dump @name, and store what unpack() needs in @reader.  Returns the page size
 * of the dump in bytes; 0 if this reader cannot determine it.  An error ends the program with
 * status 2.
 */
uint64_t unpack_open(const char *name, void **reader);

/*
 * Write the @page bytes of page @pfn to @out.  In the file they are @bytes bytes at @in, encoded
 * with the codec of @flag, from the page descriptor.  False: these bytes do not decode to one page,
 * and @why has the reason.
 */
bool unpack(void *reader, uint64_t pfn, uint64_t flag, const uint8_t *in, uint64_t bytes,
	    uint8_t *out, uint64_t page, const char **why);

/* Flags of all codecs that a page descriptor may have. */
extern const uint64_t unpack_flags;

/* True: unpack() reads pages of ELF files too; @pfn selects the page. */
extern const bool unpack_elf;

/* ---- comparisons: return the exit status, or end the program at the first difference --------- */

int cmp_pages(const char *ours, const char *other, const struct options *o);
int cmp_elf(const struct source *s, const char *copy, const struct options *o);
int cmp_kdump(struct source *s, const char *dump, const struct options *o);

#endif

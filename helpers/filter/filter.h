/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter.h - select the pages that a dump level excludes
 *
 * Pages with a memory error (PG_hwpoison) and offline pages, which have no memory (balloon,
 * virtio-mem), are excluded at every level, even at 0: reading them may also crash this machine.
 */
#ifndef FADUMP_FILTER_H
#define FADUMP_FILTER_H

#include "page_layout.h"
#include "pagemap.h"

struct chunk;

/* The bits of a dump level, as in makedumpfile(8). */
enum {
	FILTER_ZERO = 1,       /* pages of zeros; found later, not by the filter */
	FILTER_CACHE = 2,      /* page cache without private data */
	FILTER_CACHE_PRIV = 4, /* page cache with or without private data */
	FILTER_USER = 8,       /* pages of processes, hugetlb */
	FILTER_FREE = 16,      /* free pages */
};
#define FILTER_LEVEL_MAX 31u

/* The reason why a page was excluded. */
enum filter_kind {
	FILTER_IS_CACHE,
	FILTER_IS_CACHE_PRIV,
	FILTER_IS_USER,
	FILTER_IS_FREE,
	FILTER_IS_HWPOISON,
	FILTER_IS_OFFLINE,
	FILTER_KINDS,
};

#define FILTER_WHYS 6 /* the largest number of different reasons */

struct filter {
	unsigned int asked; /* the requested level without FILTER_ZERO */
	unsigned int level; /* the part of it that is possible */
	bool usable;	    /* VMCOREINFO has the location and layout of page structs */
	bool swap;	    /* the byte order of page structs differs from that of this machine */
	struct pagemap pagemap;
	struct page_layout layout;

	uint64_t skip_end_pfn; /* pages before this PFN are excluded as skip_kind */
	enum filter_kind skip_kind;

	uint64_t dropped[FILTER_KINDS]; /* number of excluded pages by kind, for the report */
	uint64_t seen, unseen;		/* number of pages with and without a page struct */
	const char *why[FILTER_WHYS];
};

/*
 * Read the layout of the page structs of the crashed kernel.  Never fails: pages whose kind cannot
 * be determined are kept, and filter_why() has the reasons.  @vtop must outlive the filter; @info
 * is used only here.  Allocates no memory.  Reads the crashed kernel's memory.
 */
void filter_init(struct filter *f, unsigned int level, const struct vtop *vtop,
		 const struct vmcoreinfo *info, uint32_t page_bytes);

/*
 * Set the drop bits of @c.  Chunks come in ascending order, each once.  This reads the crashed
 * kernel's memory, so a SIGBUS may interrupt the call (sigbus_run()): the bits set until then are
 * correct, the pages not reached are kept, and later calls work normally.
 */
void filter_mark(struct filter *f, struct chunk *c);

/* Call after the last chunk: check that the result is plausible.  May add reasons. */
void filter_finish(struct filter *f);

/*
 * Returns the reason number @i (from 0) why pages that the level excludes are kept; NULL: there are
 * fewer reasons.  A static text.  Levels 0 and 1 need no page structs and give no reason.
 */
const char *filter_why(const struct filter *f, unsigned int i);

#endif

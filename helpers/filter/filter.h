/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter.h - which pages a dump level leaves out
 *
 * Pages with a memory error (PG_hwpoison) and pages that are not there (offline: a balloon's,
 * virtio-mem's) are left out at any level, 0 as well: reading them may stop this machine too.
 */
#ifndef FADUMP_FILTER_H
#define FADUMP_FILTER_H

#include "pagemap.h"
#include "rules.h"

struct chunk;

/* Dump levels, as makedumpfile(8) has them; bits may be added. */
enum {
	FILTER_ZERO = 1,       /* pages of zeros; not decided here */
	FILTER_CACHE = 2,      /* page cache without private data */
	FILTER_CACHE_PRIV = 4, /* page cache with it or without */
	FILTER_USER = 8,       /* pages of processes, hugetlb */
	FILTER_FREE = 16,      /* free pages */
};
#define FILTER_LEVEL_MAX 31u

/* Why a page was left out. */
enum filter_kind {
	FILTER_IS_CACHE,
	FILTER_IS_CACHE_PRIV,
	FILTER_IS_USER,
	FILTER_IS_FREE,
	FILTER_IS_HWPOISON,
	FILTER_IS_OFFLINE,
	FILTER_KINDS,
};

#define FILTER_WHYS 6 /* reasons at most, each once */

struct filter {
	unsigned int asked, level; /* the level, and what of it can be done */
	bool usable;		   /* page structs can be found and read */
	bool swap;		   /* their byte order is not this machine's */
	struct pagemap pagemap;
	struct rules rules;

	uint64_t skip_end_pfn; /* all pages below are left out, as skip_kind */
	enum filter_kind skip_kind;

	uint64_t left_out[FILTER_KINDS]; /* pages, for the report */
	uint64_t seen, unseen;		 /* pages with a page struct; those without */
	const char *why[FILTER_WHYS];
};

/*
 * Learn the rules of the dead kernel.  Never fails: what cannot be judged is kept, and
 * filter_why() tells.  @vtop and @info's text must outlive the filter.  Claims no memory.
 * Looks at dead memory.
 */
void filter_init(struct filter *f, unsigned int level, const struct vtop *vtop,
		 const struct vmcoreinfo *info, uint32_t page_bytes);

/*
 * Set the drop bits of @c.  Chunks come in ascending order, each once.  Looks at dead memory,
 * so it may be jumped out of (sigbus_run()): the bits set by then are right, the pages that
 * were not come to are kept, and the next call goes on as if nothing had been.
 */
void filter_mark(struct filter *f, struct chunk *c);

/* All chunks were marked: see whether what was found is credible.  May add reasons. */
void filter_finish(struct filter *f);

/*
 * Reason @i, from 0 on, why pages that the level leaves out were or will be kept; NULL: there
 * is no further one.  A static text.  Level 0 and 1 ask for nothing and give no reason.
 */
const char *filter_why(const struct filter *f, unsigned int i);

#endif

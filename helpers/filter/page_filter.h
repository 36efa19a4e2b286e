/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_filter.h - the filter of one vmcore
 */
#ifndef FADUMP_PAGE_FILTER_H
#define FADUMP_PAGE_FILTER_H

#include "../source/physmem_windows.h"
#include "filter.h"
#include "utsname.h"
#include "vtop.h"

struct chunk;
struct vmcore;

struct page_filter {
	struct physmem_windows windows;
	struct vtop vtop;
	struct filter filter;
	struct crashed_utsname
		uts;	     /* the utsname of the crashed kernel, as far as it is readable */
	bool usable;	     /* page structs can be read */
	const char *why;     /* first reason why pages that the level excludes are kept, or NULL */
	unsigned int logged; /* number of reasons of filter_why() that are logged */
	bool logged_unreadable;
};

/*
 * Prepare to filter @src, which must outlive @s, for dump level @level.  All memory is allocated
 * here, less than 1.5 MiB.  Pages that cannot be filtered are kept; the reason is logged.  Returns
 * 0 or -ENOMEM (logged); free with page_filter_close() in both cases.
 */
int page_filter_open(struct page_filter *s, const struct vmcore *src, unsigned int level);

/* Set the drop bits of @c.  Chunks come in ascending order, from one thread. */
void page_filter_mark(struct page_filter *s, struct chunk *c);

/*
 * Call after the last chunk: check that the result is plausible, and log the reason if it is not.
 */
void page_filter_finish(struct page_filter *s);

/*
 * Free all memory, and unmap the vmcore.  After this the filter marks no pages.  May be called
 * twice.
 */
void page_filter_close(struct page_filter *s);

#endif

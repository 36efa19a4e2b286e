/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selection.h - the filter, looking at the dump it filters
 */
#ifndef FADUMP_SELECTION_H
#define FADUMP_SELECTION_H

#include "filter/filter.h"
#include "filter/utsname.h"
#include "filter/vtop.h"
#include "source/peek.h"

struct chunk;
struct vmcore;

struct selection {
	struct peek peek;
	struct vtop vtop;
	struct filter filter;
	struct utsname_dead uts; /* what the dead kernel called itself, as far as it can be told */
	bool usable;		 /* page structs can be looked at */
	const char *why;   /* pages that the level leaves out are kept because; NULL: none are */
	unsigned int said; /* reasons of the filter that were said */
	bool said_unreadable;
};

/*
 * Learn how to filter @src, which must outlive @s, for dump level @level.  All memory is claimed
 * here, below 1.5 MiB.  What cannot be filtered is said, and kept.  Returns 0 or -ENOMEM (said);
 * free with selection_close() in both cases.
 */
int selection_open(struct selection *s, const struct vmcore *src, unsigned int level);

/* Set the drop bits of @c.  Chunks come in ascending order, from one thread. */
void selection_mark(struct selection *s, struct chunk *c);

/* All chunks were marked.  What turned out not to be credible is said. */
void selection_finish(struct selection *s);

/* After this nothing of ours holds the dump open; nothing more is marked.  May be called twice. */
void selection_close(struct selection *s);

#endif

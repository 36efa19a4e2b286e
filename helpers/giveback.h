/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * giveback.h - memory goes back while the rest of it is still being saved
 */
#ifndef FADUMP_GIVEBACK_H
#define FADUMP_GIVEBACK_H

#include <stdbool.h>
#include <stdint.h>

struct chunk;
struct release;
struct selection;
struct vmcore;

struct giveback {
	struct release *release; /* NULL: nothing is given back */
	bool at_once;		 /* only when all is saved: nothing is durable half way */
	uint64_t batch_bytes;	 /* given back at a time, a power of two */
	uint64_t batch;		 /* which one is being saved */
	uint64_t given_paddr;	 /* all memory of the dump below it went */
	uint64_t *drop;		 /* a bit for each page of the dump in its order: it is left out */
	uint64_t drop_bytes;
	uint64_t next_page; /* bit of the first page of the next chunk */
};

/* How much giveback_open() claims for @src, in bytes. */
uint64_t giveback_memory(const struct vmcore *src);

/*
 * Open the source @name: a character device is memory itself, of which @release says what is whose;
 * all else is a vmcore.  @release may be NULL.  Returns as vmcore_open().
 */
int giveback_source(const struct release *release, struct vmcore *src, const char *name,
		    bool use_mmap);

/*
 * Claim all memory for giving that of @src back to @release, NULL for not at all; @at_once when
 * the sink has nothing durable before it has everything.  Returns 0 or -ENOMEM (not said).
 */
int giveback_open(struct giveback *g, struct release *release, bool at_once,
		  const struct vmcore *src);

/*
 * Let @s look at all of @src, which begins anew, before anything goes: what it looks at, the page
 * structs, is in memory that will.  @s is finished and closed.  Without release: not yet.
 * @in_memory: the dump grows in the memory that goes back, and has no disk to wait for.  Then a
 * batch is small, whatever there is of memory.
 */
void giveback_look_ahead(struct giveback *g, struct vmcore *src, struct selection *s,
			 bool in_memory);

/*
 * Set the drop bits of @c as they were found.  Chunks come as giveback_look_ahead() met them.
 * False: nobody has looked ahead.
 */
bool giveback_mark(struct giveback *g, struct chunk *c);

/* True: what @src has handed out is a batch.  Once it is durable, giveback_batch() is due. */
bool giveback_due(struct giveback *g, const struct vmcore *src);

/* All that @src has handed out is durable, and nothing of it is mapped: it goes. */
void giveback_batch(struct giveback *g, const struct vmcore *src);

void giveback_close(struct giveback *g);

#endif

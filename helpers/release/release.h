/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * release.h - memory goes back to a kernel that holds a phyp-assisted dump
 */
#ifndef FADUMP_RELEASE_H
#define FADUMP_RELEASE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "regions.h"

struct release {
	const char *name; /* caller's string */
	int fd;
	uint32_t page_bytes; /* of this kernel */
	struct regions regions;
	struct release_piece {
		uint64_t done_at; /* of the piece everything before it was handed in, bytes */
		uint64_t from;	  /* the first page of it that did not go, if its end touches */
	} piece[2 * REGIONS_MAX];
	/* the firmware's copies, and what is in place */
	struct release_area {
		uint64_t asked;		  /* sum of the lengths that were written */
		uint64_t at, whole_bytes; /* the first pages that went, in one piece */
	} area[2];
	_Atomic uint64_t bytes; /* given back */
	bool stopped;		/* after an error: the rest stays held */
};

/*
 * Open @name, /sys/kernel/release_region, and learn what is held.  Returns 0 or -errno (said).
 */
int release_open(struct release *r, const char *name);

/*
 * The crashed kernel's memory from @paddr on, @bytes of it, is not needed any more: whole pages of
 * it that are held are given back, each once.  Ascending; where two calls touch, what they share of
 * a page goes with the second.  The first error, which is said, is the last: the rest stays held.
 */
void release_give(struct release *r, uint64_t paddr, uint64_t bytes);

/*
 * After the last release_give(): if all went, let the sums be what the kernel compares them with
 * before it arms the next dump.
 */
void release_settle(struct release *r);

/* Bytes of whole pages that are held still.  Any thread. */
uint64_t release_held(const struct release *r);

void release_close(struct release *r);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * release.h - release memory to a kernel that holds a phyp-assisted dump
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
	uint32_t page_bytes; /* page size of this kernel */
	struct regions regions;
	struct release_piece {
		uint64_t done_at; /* end of the part that release_give() processed last */
		uint64_t from;	  /* address of the first page that is not released yet */
	} piece[2 * REGIONS_MAX];
	/* [0]: the firmware's copies, [1]: memory in place */
	struct release_area {
		uint64_t asked;		  /* sum of the written lengths */
		uint64_t at, whole_bytes; /* the first contiguous range of released pages */
	} area[2];
	_Atomic uint64_t bytes; /* sum of the released bytes */
	bool stopped;		/* an error occurred: nothing more is released */
};

/*
 * Open @name, /sys/kernel/release_region, and read the list of reserved memory.  Returns 0 or
 * -errno (logged).
 */
int release_open(struct release *r, const char *name);

/*
 * Release @bytes of the crashed kernel's memory from @paddr on: each whole page of reserved memory
 * in this range, once.  Addresses must ascend; a page that two adjacent calls share is released
 * with the second call.  After the first error, which is logged, nothing more is released.
 */
void release_give(struct release *r, uint64_t paddr, uint64_t bytes);

/*
 * Call after the last release_give(): if all memory was released, complete the sums of lengths that
 * the kernel checks before it arms the next dump.
 */
void release_settle(struct release *r);

/* Returns the bytes of whole pages that are still reserved.  Any thread. */
uint64_t release_held(const struct release *r);

void release_close(struct release *r);

#endif

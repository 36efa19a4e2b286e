/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * regions.h - what /sys/kernel/release_region says of a phyp-assisted dump
 *
 * Format: show_release_region() of arch/powerpc/platforms/pseries/phyp_dump.c, Linux 2.6.27 to
 * 3.3, and Documentation/powerpc/phyp-assisted-dump.txt, whose example is another one:
 *
 *	CPU:0x0-0x0: HPTE:0x0-0x0: DUMP:0x0-0x0, 0x10000000-0x60000000:
 *
 * Each pair is an address and a length, in bytes.  The last one of DUMP is memory where the crashed
 * kernel had it, and its address is where the memory that is held begins.  Those before it are
 *where the firmware has copied the memory from address 0 on; a length of 0 says nothing.
 */
#ifndef FADUMP_RELEASE_REGIONS_H
#define FADUMP_RELEASE_REGIONS_H

#include <stddef.h>
#include <stdint.h>

#define REGIONS_MAX 8u /* pairs of DUMP; the kernel writes two */

/* A piece of the crashed kernel's memory, in bytes.  What it had at @paddr is at @at now. */
struct regions_piece {
	uint64_t paddr, at;
	uint64_t bytes; /* > 0 */
};

struct regions {
	struct regions_piece piece[2 * REGIONS_MAX]; /* disjoint, by @at and by @paddr */
	unsigned int nr;
	unsigned int nr_copies; /* the first ones; the others are in place: at == paddr */
	uint64_t held_at;	/* nothing below is held */
	uint64_t place_bytes;	/* what the kernel counts as held, but for the firmware's copies */
	uint64_t copies_bytes;	/* and those: all lengths but the last, of CPU and HPTE as well */
};

/*
 * Take @bytes of @text apart: letters of either case, blanks, line ends behind a backslash or a
 * slash, a colon that is missing at the end.  Returns NULL, or what is wrong as a static text that
 * reads on from the file's name.
 */
const char *regions_parse(struct regions *r, const char *text, size_t bytes);

#endif

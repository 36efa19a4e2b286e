/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * regions.h - parse /sys/kernel/release_region of a phyp-assisted dump
 *
 * Format: show_release_region() of arch/powerpc/platforms/pseries/phyp_dump.c, Linux 2.6.27 to 3.3,
 * and Documentation/powerpc/phyp-assisted-dump.txt, whose example differs:
 *
 *	CPU:0x0-0x0: HPTE:0x0-0x0: DUMP:0x0-0x0, 0x10000000-0x60000000:
 *
 * Each pair is an address and a length, in bytes.  The last pair of DUMP is memory that is still at
 * its original address; all reserved memory begins at that address.  The pairs before it are the
 * copies that the firmware made of the memory from address 0 on; copies with a length of 0 are
 * ignored.
 */
#ifndef FADUMP_RELEASE_REGIONS_H
#define FADUMP_RELEASE_REGIONS_H

#include <stddef.h>
#include <stdint.h>

#define REGIONS_MAX 8u /* pairs of DUMP; the kernel writes two */

/*
 * A piece of the crashed kernel's memory, in bytes.  Its content was at @paddr in the crashed
 * kernel and is at @at now.
 */
struct regions_piece {
	uint64_t paddr, at;
	uint64_t bytes; /* > 0 */
};

struct regions {
	struct regions_piece piece[2 * REGIONS_MAX]; /* disjoint both by @at and by @paddr */
	unsigned int nr;
	unsigned int nr_copies; /* the copies come first; pieces in place have at == paddr */
	uint64_t held_at;	/* no memory below this address is reserved */
	/* the sums of released lengths that the kernel expects: */
	uint64_t place_bytes;  /* for memory in place: the last length of DUMP */
	uint64_t copies_bytes; /* for copies: all other lengths, also of CPU and HPTE */
};

/*
 * Parse @bytes of @text.  Numbers are hexadecimal, with or without 0x, with digits of either case;
 * pairs may be separated by any white space, colons, commas, slashes and backslashes.  Returns
 * NULL, or the error as a static text that follows the file's name in a message.
 */
const char *regions_parse(struct regions *r, const char *text, size_t bytes);

#endif

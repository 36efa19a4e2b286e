/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devmem.h - a dead kernel's memory where the machine itself is all there is
 */
#ifndef FADUMP_SOURCE_DEVMEM_H
#define FADUMP_SOURCE_DEVMEM_H

#include <stdbool.h>

#include "memmap.h"

struct vmcore;

/*
 * Open @name, /dev/mem or /dev/oldmem, whose offsets are addresses of memory, as the source that
 * vmcore_open() makes of a file.  @pieces, @nr of them, say what of it is the dead kernel's, which
 * was one of 64-bit POWER in this machine's byte order.  There are no notes.  Returns as
 * vmcore_open().
 */
int devmem_open(struct vmcore *src, const char *name, bool use_mmap,
		const struct memmap_extent *pieces, uint32_t nr);

#endif

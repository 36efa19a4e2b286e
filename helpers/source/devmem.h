/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devmem.h - a vmcore made of /dev/mem, for machines without /proc/vmcore
 */
#ifndef FADUMP_SOURCE_DEVMEM_H
#define FADUMP_SOURCE_DEVMEM_H

#include <stdbool.h>

#include "memmap.h"

struct vmcore;

/*
 * Open @name, /dev/mem or /dev/oldmem, whose offsets are physical addresses, as a source.  @pieces
 * are the @nr pieces of memory of the crashed kernel, which is a kernel for 64-bit POWER with the
 * byte order and the page size of this kernel.  The source has no notes.  Returns the values of
 * vmcore_open().
 */
int devmem_open(struct vmcore *src, const char *name, bool use_mmap,
		const struct memmap_extent *pieces, uint32_t nr);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memmap.h - which bytes of the file are which physical memory, each once
 */
#ifndef FADUMP_MEMMAP_H
#define FADUMP_MEMMAP_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

/* A stretch of physical memory and where the source file has it.  All in bytes. */
struct memmap_extent {
	uint64_t paddr;
	uint64_t bytes; /* > 0 */
	uint64_t src_at;
};

/* Extents in ascending paddr order that do not overlap. */
struct memmap {
	struct memmap_extent *extents;
	size_t nr_extents;
	uint64_t bytes; /* sum of all extents */
};

/*
 * Build the map of the PT_LOADs among @phdrs.  @map->extents must have room for @nr.
 * Where PT_LOADs overlap (the x86_64 kernel text lies inside the direct map: fs/proc/vmcore.c,
 * Linux 6.12), the memory is taken from the first that has it.  Segments without file bytes
 * are passed over.  @file_bytes is the size of the source.  Returns NULL, or what is wrong
 * as a static text that reads on from the file's name.
 */
const char *memmap_build(struct memmap *map, const Elf64_Phdr *phdrs, size_t nr,
			 uint64_t file_bytes);

/*
 * The same by p_vaddr, of headers that memmap_build() found good: @paddr of the extents is the
 * virtual address.  A segment that wraps is left out.
 */
void memmap_build_virtual(struct memmap *map, const Elf64_Phdr *phdrs, size_t nr);

/* Index of the first extent that ends after @paddr, or nr_extents. */
size_t memmap_from(const struct memmap *map, uint64_t paddr);

/* Index of the extent that holds @paddr, or nr_extents. */
size_t memmap_find(const struct memmap *map, uint64_t paddr);

#endif

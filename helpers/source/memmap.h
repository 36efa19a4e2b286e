/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memmap.h - map physical memory to bytes of the file, each byte once
 */
#ifndef FADUMP_MEMMAP_H
#define FADUMP_MEMMAP_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

/* A range of physical memory and its offset in the source file, in bytes. */
struct memmap_extent {
	uint64_t paddr;
	uint64_t bytes; /* > 0 */
	uint64_t src_at;
};

/* Disjoint extents in ascending order of paddr. */
struct memmap {
	struct memmap_extent *extents;
	size_t nr_extents;
	uint64_t bytes; /* sum of all extents */
};

/*
 * Build the map of the PT_LOADs among @phdrs.  @map->extents must have room for @nr.  Where
 * PT_LOADs overlap (the x86_64 kernel text lies inside the direct map: fs/proc/vmcore.c, Linux
 * 6.12), the memory is read from the PT_LOAD with the lowest start address or, if two start at the
 * same address, from the longer one.  Segments without file bytes are skipped.  @file_bytes is the
 * size of the source.  Returns NULL, or the error as a static text to print after the file's name.
 */
const char *memmap_build(struct memmap *map, const Elf64_Phdr *phdrs, size_t nr,
			 uint64_t file_bytes);

/*
 * Build a map by p_vaddr: paddr of its extents is the virtual address.  memmap_build() must have
 * accepted the headers, and @map->extents must have room for @nr.  A segment that wraps around is
 * skipped.
 */
void memmap_build_virtual(struct memmap *map, const Elf64_Phdr *phdrs, size_t nr);

/* Returns the index of the first extent that ends after @paddr, or nr_extents. */
size_t memmap_from(const struct memmap *map, uint64_t paddr);

/* Returns the index of the extent that contains @paddr, or nr_extents. */
size_t memmap_find(const struct memmap *map, uint64_t paddr);

#endif

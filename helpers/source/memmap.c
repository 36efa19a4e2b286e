// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memmap.c - map physical memory to bytes of the file, each byte once
 * In: program headers of a crashed kernel, which may be invalid.  Out: extents that are disjoint,
 * ascending and inside the file.  No system call.
 * Does not know: windows, pages, the use of the bytes.
 */
#include "memmap.h"

#include <stdlib.h>

static int by_paddr(const void *a, const void *b)
{
	const struct memmap_extent *x = a, *y = b;

	if (x->paddr != y->paddr)
		return x->paddr < y->paddr ? -1 : 1;
	if (x->bytes != y->bytes) /* the longer extent first, for fewer extents */
		return x->bytes > y->bytes ? -1 : 1;
	return 0;
}

/*
 * Remove from each of the sorted extents the memory that an earlier extent contains, and set
 * map->bytes.  The order does not change.
 */
static void drop_overlaps(struct memmap *map)
{
	uint64_t covered = 0;
	size_t kept = 0;

	for (size_t i = 0; i < map->nr_extents; i++) {
		struct memmap_extent e = map->extents[i];

		if (e.paddr < covered) {
			uint64_t have = covered - e.paddr;

			if (have >= e.bytes)
				continue;
			e.paddr += have;
			e.src_at += have;
			e.bytes -= have;
		}
		covered = e.paddr + e.bytes;
		map->extents[kept++] = e;
		map->bytes += e.bytes;
	}
	map->nr_extents = kept;
}

const char *memmap_build(struct memmap *map, const Elf64_Phdr *phdrs, size_t nr,
			 uint64_t file_bytes)
{
	map->nr_extents = 0;
	map->bytes = 0;
	for (size_t i = 0; i < nr; i++) {
		const Elf64_Phdr *p = &phdrs[i];

		if (p->p_type != PT_LOAD || p->p_filesz == 0)
			continue;
		if (p->p_offset > file_bytes || p->p_filesz > file_bytes - p->p_offset)
			return "is truncated: a PT_LOAD reaches past its end";
		if (p->p_filesz > UINT64_MAX - p->p_paddr)
			return "has a PT_LOAD that wraps around the address space";
		map->extents[map->nr_extents++] = (struct memmap_extent){
			.paddr = p->p_paddr,
			.bytes = p->p_filesz,
			.src_at = p->p_offset,
		};
	}
	if (map->nr_extents == 0)
		return "has no PT_LOAD with memory in it";
	qsort(map->extents, map->nr_extents, sizeof(*map->extents), by_paddr);
	drop_overlaps(map);
	/* In a valid core every byte of memory has its own byte in the file. */
	if (map->bytes > file_bytes)
		return "claims more memory than it holds (PT_LOADs share file bytes)";
	return NULL;
}

void memmap_build_virtual(struct memmap *map, const Elf64_Phdr *phdrs, size_t nr)
{
	map->nr_extents = 0;
	map->bytes = 0;
	for (size_t i = 0; i < nr; i++) {
		const Elf64_Phdr *p = &phdrs[i];

		if (p->p_type != PT_LOAD || p->p_filesz == 0 ||
		    p->p_filesz > UINT64_MAX - p->p_vaddr)
			continue;
		map->extents[map->nr_extents++] = (struct memmap_extent){
			.paddr = p->p_vaddr,
			.bytes = p->p_filesz,
			.src_at = p->p_offset,
		};
	}
	qsort(map->extents, map->nr_extents, sizeof(*map->extents), by_paddr);
	drop_overlaps(map);
}

size_t memmap_from(const struct memmap *map, uint64_t paddr)
{
	size_t lo = 0, hi = map->nr_extents;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;
		const struct memmap_extent *e = &map->extents[mid];

		if (paddr >= e->paddr && paddr - e->paddr >= e->bytes)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t memmap_find(const struct memmap *map, uint64_t paddr)
{
	const size_t i = memmap_from(map, paddr);

	return i < map->nr_extents && paddr >= map->extents[i].paddr ? i : map->nr_extents;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elfcore.c - fuzz the ELF header, program headers and the map of memory
 * In: the first bytes of a vmcore of 1 TiB.
 */
#include "fuzz.h"

#include "source/elfcore.h"
#include "source/memmap.h"

#define FILE_BYTES (UINT64_C(1) << 40)
#define PHDRS_MAX  64u

static bool is_good(const Elf64_Phdr *p, bool virtual)
{
	return p->p_type == PT_LOAD && p->p_filesz &&
	       !(virtual && p->p_filesz > UINT64_MAX - p->p_vaddr);
}

/* True when a PT_LOAD has the memory of @e at the same file offset. */
static bool comes_from(const struct memmap_extent *e, const Elf64_Phdr *phdrs, size_t nr,
		       bool virtual)
{
	for (size_t i = 0; i < nr; i++) {
		const Elf64_Phdr *p = &phdrs[i];
		const uint64_t at = virtual ? p->p_vaddr : p->p_paddr;

		if (is_good(p, virtual) && e->paddr >= at &&
		    e->src_at - p->p_offset == e->paddr - at &&
		    e->bytes <= p->p_filesz - (e->paddr - at))
			return true;
	}
	return false;
}

static void examine(const struct memmap *map, const Elf64_Phdr *phdrs, size_t nr, bool virtual)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < map->nr_extents; i++) {
		const struct memmap_extent *e = &map->extents[i];

		promise(e->bytes > 0);
		promise(e->bytes - 1 <= UINT64_MAX - e->paddr);
		promise(e->src_at <= FILE_BYTES && e->bytes <= FILE_BYTES - e->src_at);
		promise(i == 0 || e->paddr - e[-1].paddr >= e[-1].bytes);
		promise(i == 0 || e->paddr > e[-1].paddr);
		promise(comes_from(e, phdrs, nr, virtual));
		promise(memmap_find(map, e->paddr) == i);
		promise(memmap_find(map, e->paddr + e->bytes - 1) == i);
		promise(memmap_find(map, e->paddr + e->bytes) != i);
		promise(memmap_find(map, e->paddr - 1) != i);
		promise(memmap_from(map, i ? e[-1].paddr + e[-1].bytes : 0) == i);
		sum += e->bytes;
	}
	promise(sum == map->bytes);
	/* the first, a middle and the last byte of each PT_LOAD are in the map */
	for (size_t i = 0; i < nr; i++) {
		const uint64_t at = virtual ? phdrs[i].p_vaddr : phdrs[i].p_paddr;

		if (!is_good(&phdrs[i], virtual))
			continue;
		promise(memmap_find(map, at) < map->nr_extents);
		promise(memmap_find(map, at + phdrs[i].p_filesz / 2) < map->nr_extents);
		promise(memmap_find(map, at + phdrs[i].p_filesz - 1) < map->nr_extents);
	}
}

static void build(const Elf64_Phdr *phdrs, size_t nr)
{
	struct memmap map = {.extents = malloc(nr * sizeof(*map.extents))};

	promise(map.extents);
	if (!memmap_build(&map, phdrs, nr, FILE_BYTES)) {
		promise(map.nr_extents > 0 && map.nr_extents <= nr && map.bytes <= FILE_BYTES);
		examine(&map, phdrs, nr, false);
		memmap_build_virtual(&map, phdrs, nr);
		examine(&map, phdrs, nr, true);
		fuzz_reached++;
	}
	free(map.extents);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	uint8_t *file = fuzz_copy(data, bytes), again[ELFCORE_PHDR_BYTES];
	struct elfcore core;
	Elf64_Phdr *phdrs;
	size_t nr = 0;

	if (elfcore_header(&core, file, bytes))
		goto out;
	if (core.xnum_at) {
		promise(core.nr_phdrs == 0);
		if (core.xnum_at > bytes || bytes - core.xnum_at < ELFCORE_SHDR_BYTES ||
		    elfcore_xnum(&core, file + core.xnum_at))
			goto out;
	}
	promise(core.nr_phdrs > 0 && core.nr_phdrs <= ELFCORE_PHDRS_MAX);
	phdrs = malloc(PHDRS_MAX * sizeof(*phdrs));
	promise(phdrs);
	for (uint64_t at = core.phdrs_at;
	     nr < core.nr_phdrs && nr < PHDRS_MAX && at <= bytes && bytes - at >= sizeof(again);
	     at += sizeof(again), nr++) {
		elfcore_phdr(&core, file + at, &phdrs[nr]);
		elfcore_put_phdr(&core, &phdrs[nr], again);
		promise(memcmp(again, file + at, sizeof(again)) == 0);
	}
	if (nr)
		build(phdrs, nr);
	free(phdrs);
out:
	free(file);
	return 0;
}

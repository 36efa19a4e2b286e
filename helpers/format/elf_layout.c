// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elf_layout.c - the layout of a sparse ELF core
 * In: the headers and the memory map of the source.  Out: header bytes and file offsets.
 * No system call.
 * Does not know: the content of a page, the code that writes the file.
 *
 * File: ELF header, program headers (one PT_NOTE, then the PT_LOADs in the order of the source),
 * section header 0 if there are PN_XNUM program headers or more, notes, memory.  A page that is not
 * written is a hole and reads as zeros in crash, drgn and gdb.
 */
#include "elf_layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../source/chunk.h"
#include "../source/elfcore.h"
#include "../source/memmap.h"

static uint64_t round_up(uint64_t v, uint64_t unit)
{
	return (v + unit - 1) / unit * unit;
}

/*
 * Assign a file offset to each extent, from @at on.  Returns the end of the file.  Adjacent extents
 * get adjacent offsets, because a PT_LOAD may span them.
 */
static uint64_t assign_extent_offsets(struct elf_layout *lay, uint64_t at, uint32_t page_bytes)
{
	for (size_t i = 0; i < lay->map->nr_extents; i++) {
		const struct memmap_extent *e = &lay->map->extents[i];

		if (i == 0 || e[-1].paddr + e[-1].bytes != e->paddr)
			at = round_up(at, page_bytes) + e->paddr % page_bytes;
		lay->extent_at[i] = at;
		at += e->bytes;
	}
	return at;
}

static uint64_t paddr_at(const struct elf_layout *lay, uint64_t paddr)
{
	size_t i = memmap_find(lay->map, paddr);

	return lay->extent_at[i] + (paddr - lay->map->extents[i].paddr);
}

static void put_phdrs(struct elf_layout *lay, const struct elfcore *core, const Elf64_Phdr *phdrs,
		      uint64_t notes_bytes)
{
	const Elf64_Phdr note = {
		.p_type = PT_NOTE,
		.p_offset = lay->notes_at,
		.p_filesz = notes_bytes,
		.p_memsz = notes_bytes,
	};
	uint8_t *out = lay->head + ELFCORE_EHDR_BYTES;

	elfcore_put_phdr(core, &note, out);
	for (uint32_t i = 0; i < core->nr_phdrs; i++) {
		Elf64_Phdr p = phdrs[i];

		if (p.p_type != PT_LOAD)
			continue;
		out += ELFCORE_PHDR_BYTES;
		p.p_offset = p.p_filesz ? paddr_at(lay, p.p_paddr) : 0;
		p.p_align = 0;
		elfcore_put_phdr(core, &p, out);
	}
}

int elf_layout_plan(struct elf_layout *lay, const struct elfcore *core, const Elf64_Phdr *phdrs,
		    const struct memmap *map, uint64_t notes_bytes, uint32_t page_bytes)
{
	uint32_t nr = 1; /* the PT_NOTE */
	uint64_t xnum_at = 0;

	memset(lay, 0, sizeof(*lay));
	lay->map = map;
	for (uint32_t i = 0; i < core->nr_phdrs; i++)
		nr += phdrs[i].p_type == PT_LOAD;
	lay->head_bytes = ELFCORE_EHDR_BYTES + (size_t)nr * ELFCORE_PHDR_BYTES;
	if (nr >= PN_XNUM) {
		xnum_at = lay->head_bytes;
		lay->head_bytes += ELFCORE_SHDR_BYTES;
	}
	lay->head = calloc(1, lay->head_bytes);
	lay->extent_at = calloc(map->nr_extents, sizeof(*lay->extent_at));
	if (!lay->head || !lay->extent_at) {
		elf_layout_free(lay);
		return -ENOMEM;
	}
	lay->notes_at = lay->head_bytes;
	lay->file_bytes = assign_extent_offsets(lay, lay->notes_at + notes_bytes, page_bytes);

	elfcore_put_header(core, nr, xnum_at, lay->head);
	put_phdrs(lay, core, phdrs, notes_bytes);
	if (xnum_at)
		elfcore_put_xnum(core, nr, lay->head + xnum_at);
	return 0;
}

uint64_t elf_layout_at(const struct elf_layout *lay, const struct chunk *c)
{
	return lay->extent_at[c->extent] + (c->paddr - lay->map->extents[c->extent].paddr);
}

void elf_layout_free(struct elf_layout *lay)
{
	free(lay->head);
	free(lay->extent_at);
	memset(lay, 0, sizeof(*lay));
}

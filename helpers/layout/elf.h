/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elf.h - the dump as a sparse ELF core
 */
#ifndef FADUMP_LAYOUT_ELF_H
#define FADUMP_LAYOUT_ELF_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

struct chunk;
struct elfcore;
struct memmap;

struct layout_elf {
	const struct memmap *map; /* caller's; must outlive the layout */
	uint64_t *extent_at;	  /* file offset of each extent of the map */
	uint8_t *head;		  /* the first head_bytes of the file */
	size_t head_bytes;
	uint64_t notes_at;   /* where the notes go, notes_bytes as given */
	uint64_t file_bytes; /* size of the whole file */
};

/*
 * Place everything: headers, @notes_bytes of notes, then the memory in physical order, each
 * byte once, at offsets that equal the physical address modulo @page_bytes so that pages can
 * be holes.  PT_LOADs that overlap share file bytes.  p_align is 0 as the kernel has it:
 * crash knows a kdump core by that.  Returns 0 or -ENOMEM; free with layout_elf_free().
 */
int layout_elf_plan(struct layout_elf *lay, const struct elfcore *core, const Elf64_Phdr *phdrs,
		    const struct memmap *map, uint64_t notes_bytes, uint32_t page_bytes);

/* File offset of data[0] of @c. */
uint64_t layout_elf_at(const struct layout_elf *lay, const struct chunk *c);

void layout_elf_free(struct layout_elf *lay);

#endif

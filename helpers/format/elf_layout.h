/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elf_layout.h - the layout of a sparse ELF core
 */
#ifndef FADUMP_ELF_LAYOUT_H
#define FADUMP_ELF_LAYOUT_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

struct chunk;
struct elfcore;
struct memmap;

struct elf_layout {
	const struct memmap *map; /* caller's; must outlive the layout */
	uint64_t *extent_at;	  /* file offset of each extent of the map */
	uint8_t *head;		  /* the first head_bytes of the file */
	size_t head_bytes;
	uint64_t notes_at;   /* offset of the notes */
	uint64_t file_bytes; /* size of the file */
};

/*
 * Assign all offsets: headers, @notes_bytes of notes, then the memory in physical order, each byte
 * once.  The offset of each byte is equal to its physical address modulo @page_bytes, so that pages
 * can be holes.  PT_LOADs that overlap share file bytes.  p_align is 0, as in the vmcore of the
 * kernel: crash recognizes a kdump core by this value.  Returns 0 or -ENOMEM; free with
 * elf_layout_free().
 */
int elf_layout_plan(struct elf_layout *lay, const struct elfcore *core, const Elf64_Phdr *phdrs,
		    const struct memmap *map, uint64_t notes_bytes, uint32_t page_bytes);

/* Returns the file offset of data[0] of @c. */
uint64_t elf_layout_at(const struct elf_layout *lay, const struct chunk *c);

void elf_layout_free(struct elf_layout *lay);

#endif

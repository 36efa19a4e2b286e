// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmp_elf.c - check that an ELF64 core is a copy of another one
 * In: two cores, and physical ranges that were lost.  Out: the first difference.
 * Does not know: kdump-compressed files.
 *
 * These must be equal: byte order, machine and e_flags; the notes, joined, byte for byte; the order
 * of the PT_LOADs, their addresses, sizes and flags; and each byte of their memory, except for the
 * ranges that were lost, which must be zero in the copy.  The copy must have the type ET_CORE; each
 * of its PT_LOADs must have p_align 0; its first header, and no other, must be a PT_NOTE.
 */
#include "cmpdump.h"

#include <string.h>

#define PAGE 4096u
#define LOOK (1u << 20)

static const struct ranges *lost;

static void compare_notes(const struct elf64 *a, const struct elf64 *b)
{
	const uint8_t *copy = elf64_segment(b, 0);
	uint64_t left = elf64_field(b, 0, P_FILESZ);

	if (elf64_field(b, 0, P_TYPE) != PT_NOTE || elf64_next(b, 1, PT_NOTE) != b->nr)
		differ("%s: the first header, and no other, must be the PT_NOTE", b->name);
	for (uint64_t i = elf64_next(a, 0, PT_NOTE); i < a->nr; i = elf64_next(a, i + 1, PT_NOTE)) {
		uint64_t bytes = elf64_field(a, i, P_FILESZ);

		if (bytes > left || memcmp(elf64_segment(a, i), copy, bytes) != 0)
			differ("the notes differ (header %llu)", (unsigned long long)i);
		copy += bytes;
		left -= bytes;
	}
	if (left)
		differ("%s: has more notes than the source", b->name);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * Check that the @bytes bytes at @b of the copy are those at @a of the source, or zeros if their
 * page was lost.  Both are the memory from physical address @paddr on.  A hole of a file counts as
 * zeros and is not read: reading a hole of a tmpfs allocates memory.
 */
static void compare_memory(const struct elf64 *ea, const uint8_t *a, const struct elf64 *eb,
			   const uint8_t *b, uint64_t paddr, uint64_t bytes)
{
	static const uint8_t zero[PAGE];
	uint64_t look = 0, data_a = 0, data_b = 0;

	for (uint64_t at = 0, part; at < bytes; at += part) {
		if (at >= look) {
			look = at + LOOK;
			data_a = at + elf64_hole(ea, a + at);
			data_b = at + elf64_hole(eb, b + at);
		}
		part = smaller(data_a, data_b);
		part = part > at ? part - at : PAGE - (paddr + at) % PAGE;
		if (part > bytes - at)
			part = bytes - at;
		if (at + part <= data_a && at + part <= data_b)
			continue;
		if (memcmp(ranges_have(lost, paddr + at) || at + part <= data_a ? zero : a + at,
			   at + part <= data_b ? zero : b + at, part) != 0)
			differ("memory differs in the page at %#llx",
			       (unsigned long long)(paddr + at));
	}
}

static void compare_loads(const struct elf64 *a, const struct elf64 *b)
{
	static const unsigned int same[] = {P_FLAGS, P_VADDR, P_PADDR, P_FILESZ, P_MEMSZ};
	uint64_t i = 0, k = 0;

	while (i = elf64_next(a, i, PT_LOAD), k = elf64_next(b, k, PT_LOAD),
	       i < a->nr && k < b->nr) {
		for (size_t f = 0; f < sizeof(same) / sizeof(same[0]); f++)
			if (elf64_field(a, i, same[f]) != elf64_field(b, k, same[f]))
				differ("program header %llu differs at byte %u",
				       (unsigned long long)k, same[f]);
		if (elf64_field(b, k, P_ALIGN) != 0)
			differ("%s: p_align of header %llu is not 0", b->name,
			       (unsigned long long)k);
		if (elf64_field(a, i, P_FILESZ))
			compare_memory(a, elf64_segment(a, i), b, elf64_segment(b, k),
				       elf64_field(a, i, P_PADDR), elf64_field(a, i, P_FILESZ));
		i++;
		k++;
	}
	if (i < a->nr || k < b->nr)
		differ("the cores have different numbers of PT_LOADs");
}

int cmp_elf(const struct source *s, const char *copy, const struct options *o)
{
	const struct elf64 *a = &s->core;
	struct elf64 b;

	lost = &o->zero;
	elf64_open(&b, copy);
	if (memcmp(a->at, b.at, 8) != 0 || elf64_get(a, 18, 2) != elf64_get(&b, 18, 2) ||
	    elf64_get(a, 48, 4) != elf64_get(&b, 48, 4) || elf64_get(&b, 16, 2) != ET_CORE)
		differ("the ELF headers differ");
	compare_notes(a, &b);
	compare_loads(a, &b);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmpcore.c - is one ELF64 core the same dump as another?
 * In: two cores, and physical ranges that were lost.  Out: exit 0, or 1 and the first
 * difference on stderr.
 * Does not know: the program under test, none of whose code is used here.
 *
 *	cmpcore [-z PADDR:BYTES]... SOURCE COPY
 *
 * Equal means: byte order, machine and e_flags; the notes, joined, byte for byte; the
 * PT_LOADs in their order with the same addresses, sizes and flags; and each byte of each of
 * them, but for the ranges given with -z, which must be zero in the copy.  The copy must
 * also have p_align 0 everywhere and one PT_NOTE, its first header.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elf64.h"

#define PAGE   4096u
#define LOST_N 64

struct range {
	uint64_t paddr, bytes;
};

static struct range lost[LOST_N];
static size_t nr_lost;

static void compare_notes(const struct elf64 *a, const struct elf64 *b)
{
	const uint8_t *copy = elf64_segment(b, 0);
	uint64_t left = elf64_field(b, 0, P_FILESZ);

	if (elf64_field(b, 0, P_TYPE) != PT_NOTE || elf64_next(b, 1, PT_NOTE) != b->nr)
		differ("%s: the first header, and no other, is to be the PT_NOTE", b->name);
	for (uint64_t i = elf64_next(a, 0, PT_NOTE); i < a->nr; i = elf64_next(a, i + 1, PT_NOTE)) {
		uint64_t bytes = elf64_field(a, i, P_FILESZ);

		if (bytes > left || memcmp(elf64_segment(a, i), copy, bytes) != 0)
			differ("the notes differ (header %llu)", (unsigned long long)i);
		copy += bytes;
		left -= bytes;
	}
	if (left)
		differ("%s: has more notes", b->name);
}

static bool is_lost(uint64_t paddr)
{
	for (size_t i = 0; i < nr_lost; i++)
		if (paddr >= lost[i].paddr && paddr - lost[i].paddr < lost[i].bytes)
			return true;
	return false;
}

static void compare_memory(const uint8_t *a, const uint8_t *b, uint64_t paddr, uint64_t bytes)
{
	static const uint8_t zero[PAGE];

	for (uint64_t at = 0, part; at < bytes; at += part) {
		part = PAGE - (paddr + at) % PAGE;
		if (part > bytes - at)
			part = bytes - at;
		if (is_lost(paddr + at) ? memcmp(zero, b + at, part) != 0
					: memcmp(a + at, b + at, part) != 0)
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
				differ("header %llu differs at byte %u", (unsigned long long)k,
				       same[f]);
		if (elf64_field(b, k, P_ALIGN) != 0)
			differ("%s: p_align of header %llu is not 0", b->name,
			       (unsigned long long)k);
		if (elf64_field(a, i, P_FILESZ))
			compare_memory(elf64_segment(a, i), elf64_segment(b, k),
				       elf64_field(a, i, P_PADDR), elf64_field(a, i, P_FILESZ));
		i++;
		k++;
	}
	if (i < a->nr || k < b->nr)
		differ("one has more PT_LOADs");
}

int main(int argc, char *argv[])
{
	struct elf64 a, b;
	int opt;

	while ((opt = getopt(argc, argv, "z:")) == 'z' && nr_lost < LOST_N) {
		char *colon = strchr(optarg, ':');

		lost[nr_lost].paddr = strtoull(optarg, NULL, 0);
		lost[nr_lost++].bytes = colon ? strtoull(colon + 1, NULL, 0) : PAGE;
	}
	if (opt != -1 || argc - optind != 2) {
		fprintf(stderr, "Usage: cmpcore [-z PADDR:BYTES]... SOURCE COPY\n");
		return 2;
	}
	elf64_open(&a, argv[optind]);
	elf64_open(&b, argv[optind + 1]);
	if (memcmp(a.at, b.at, 8) != 0 || elf64_get(&a, 18, 2) != elf64_get(&b, 18, 2) ||
	    elf64_get(&a, 48, 4) != elf64_get(&b, 48, 4) || elf64_get(&b, 16, 2) != ET_CORE)
		differ("the ELF headers differ");
	compare_notes(&a, &b);
	compare_loads(&a, &b);
	return 0;
}

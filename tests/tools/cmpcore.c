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
#include <elf.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE   4096u
#define LOST_N 64

struct core {
	const char *name;
	const uint8_t *at;
	uint64_t bytes;
	bool big;
	uint64_t phoff, nr;
};

struct range {
	uint64_t paddr, bytes;
};

static struct range lost[LOST_N];
static size_t nr_lost;

static void __attribute__((format(printf, 1, 2), noreturn)) differ(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "cmpcore: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(1);
}

static uint64_t get(const struct core *c, uint64_t at, unsigned int bytes)
{
	uint64_t v = 0;

	if (at + bytes > c->bytes || at + bytes < at)
		differ("%s: ends before offset %#llx", c->name, (unsigned long long)at);
	for (unsigned int i = 0; i < bytes; i++)
		v = v << 8 | c->at[c->big ? at + i : at + bytes - 1 - i];
	return v;
}

static uint64_t field(const struct core *c, uint64_t i, unsigned int offset)
{
	return get(c, c->phoff + i * 56 + offset, offset < 8 ? 4 : 8);
}

#define P_TYPE	 0
#define P_FLAGS	 4
#define P_OFFSET 8
#define P_VADDR	 16
#define P_PADDR	 24
#define P_FILESZ 32
#define P_MEMSZ	 40
#define P_ALIGN	 48

static void open_core(struct core *c, const char *name)
{
	struct stat st;
	int fd = open(name, O_RDONLY);

	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < 64)
		differ("%s: is no core", name);
	c->name = name;
	c->bytes = (uint64_t)st.st_size;
	c->at = mmap(NULL, c->bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (c->at == MAP_FAILED || memcmp(c->at, "\177ELF\2", 5) != 0)
		differ("%s: is no ELF64 core", name);
	c->big = c->at[EI_DATA] == ELFDATA2MSB;
	c->phoff = get(c, 32, 8);
	c->nr = get(c, 56, 2);
	if (c->nr == 0xffff)
		c->nr = get(c, get(c, 40, 8) + 44, 4);
	close(fd);
}

/* Index of the next header of @type from @i on, or nr. */
static uint64_t next_of(const struct core *c, uint64_t i, uint32_t type)
{
	while (i < c->nr && field(c, i, P_TYPE) != type)
		i++;
	return i;
}

static const uint8_t *segment(const struct core *c, uint64_t i)
{
	uint64_t at = field(c, i, P_OFFSET), bytes = field(c, i, P_FILESZ);

	if (at > c->bytes || bytes > c->bytes - at)
		differ("%s: header %llu reaches past the end", c->name, (unsigned long long)i);
	return c->at + at;
}

static void compare_notes(const struct core *a, const struct core *b)
{
	const uint8_t *copy = segment(b, 0);
	uint64_t left = field(b, 0, P_FILESZ);

	if (field(b, 0, P_TYPE) != PT_NOTE || next_of(b, 1, PT_NOTE) != b->nr)
		differ("%s: the first header, and no other, is to be the PT_NOTE", b->name);
	for (uint64_t i = next_of(a, 0, PT_NOTE); i < a->nr; i = next_of(a, i + 1, PT_NOTE)) {
		uint64_t bytes = field(a, i, P_FILESZ);

		if (bytes > left || memcmp(segment(a, i), copy, bytes) != 0)
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

static void compare_loads(const struct core *a, const struct core *b)
{
	static const unsigned int same[] = {P_FLAGS, P_VADDR, P_PADDR, P_FILESZ, P_MEMSZ};
	uint64_t i = 0, k = 0;

	while (i = next_of(a, i, PT_LOAD), k = next_of(b, k, PT_LOAD), i < a->nr && k < b->nr) {
		for (size_t f = 0; f < sizeof(same) / sizeof(same[0]); f++)
			if (field(a, i, same[f]) != field(b, k, same[f]))
				differ("header %llu differs at byte %u", (unsigned long long)k,
				       same[f]);
		if (field(b, k, P_ALIGN) != 0)
			differ("%s: p_align of header %llu is not 0", b->name,
			       (unsigned long long)k);
		if (field(a, i, P_FILESZ))
			compare_memory(segment(a, i), segment(b, k), field(a, i, P_PADDR),
				       field(a, i, P_FILESZ));
		i++;
		k++;
	}
	if (i < a->nr || k < b->nr)
		differ("one has more PT_LOADs");
}

int main(int argc, char *argv[])
{
	struct core a, b;
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
	open_core(&a, argv[optind]);
	open_core(&b, argv[optind + 1]);
	if (memcmp(a.at, b.at, 8) != 0 || get(&a, 18, 2) != get(&b, 18, 2) ||
	    get(&a, 48, 4) != get(&b, 48, 4) || get(&b, 16, 2) != ET_CORE)
		differ("the ELF headers differ");
	compare_notes(&a, &b);
	compare_loads(&a, &b);
	return 0;
}

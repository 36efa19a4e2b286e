/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crashed_map.h - a made-up crashed kernel: its memory, page tables and sections
 * In: an architecture and a kernel version from the tables below.  Out: struct crashed.
 * Does not know: page structs (crashed.h), the filter.
 *
 * Physical memory is CRASHED_RAM bytes from address 0; the page structs of CRASHED_PFNS pages are
 * at CRASHED_STRUCTS.  A lookup returns a copy of the memory up to the end of its window, and the
 * next lookup frees this copy, so that the address sanitizer finds a read beyond the window or
 * after the next lookup.
 */
#ifndef TESTS_UNIT_CRASHED_MAP_H
#define TESTS_UNIT_CRASHED_MAP_H

#include "unit.h"

#include <elf.h>

#include "filter/vtop.h"
#include "source/physmem.h"
#include "source/vmcoreinfo.h"

#define CRASHED_PFNS	16384u
#define CRASHED_RAM	(32u << 20)
#define CRASHED_STRUCTS (16u << 20)
#define CRASHED_TABLES	0x100000u /* page tables and lists are allocated from here on */
#define CRASHED_IMAGE	0x10000u  /* static variables of the kernel */

enum crashed_kind { X86, RADIX, HASH };

struct crashed_arch {
	const char *name;
	enum crashed_kind kind;
	uint32_t page_bytes;
	unsigned int levels;	/* X86 */
	bool big;		/* big-endian */
	unsigned int map_shift; /* log2 of the page size that maps the structs */
};

static const struct crashed_arch crashed_archs[] = {
	{"x86_64", X86, 4096, 4, false, 21},
	{"x86_64, small pages", X86, 4096, 4, false, 12},
	{"x86_64, 5 levels", X86, 4096, 5, false, 21},
	{"ppc64le radix 64K", RADIX, 65536, 0, false, 21},
	{"ppc64le radix 64K, small pages", RADIX, 65536, 0, false, 16},
	{"ppc64le radix 4K", RADIX, 4096, 0, false, 21},
	{"ppc64le hash 64K", HASH, 65536, 0, false, 16},
	{"ppc64le hash 4K", HASH, 4096, 0, false, 24},
	{"ppc64 hash 64K", HASH, 65536, 0, true, 24},
	{"ppc64 radix 64K", RADIX, 65536, 0, true, 21},
};

/* Differences between kernel versions; types as VMCOREINFO prints them, 0: not in VMCOREINFO. */
struct crashed_gen {
	const char *name;
	long buddy, offline, slab, hugetlb, unaccepted, table;
	enum { IN_PAGE, IN_FOLIO, IN_FLAGS } order;
	bool hugetlb_flag, vmemmap, info, uts_at;
};

static const struct crashed_gen crashed_gens[] = {
	{"5.10", -129, -257, 0, 0, 0, -1025, IN_PAGE, false, false, false, false},
	{"6.1", -129, -257, 0, 0, 0, -1025, IN_PAGE, false, false, false, true},
	{"6.3", -129, -257, 0, 0, 0, -513, IN_FOLIO, false, false, false, true},
	{"6.6", -129, -257, 0, 0, 0, -513, IN_FLAGS, true, false, false, true},
	{"6.9", -129, -257, 0, -2049, 0, -513, IN_FLAGS, false, false, false, true},
	{"6.10", -129, -257, -4097, -2049, 0, -513, IN_FLAGS, false, false, false, true},
	{"6.12", -268435456, -251658240, -184549376, -201326592, 0, -234881024, IN_FLAGS, false,
	 true, false, true},
	{"6.16", -268435456, -251658240, -184549376, -201326592, -150994944, -234881024, IN_FLAGS,
	 false, true, false, true},
	{"7.1", -268435456, -251658240, -184549376, -201326592, -150994944, -234881024, IN_FLAGS,
	 false, true, true, true},
};

/* page flags by number */
enum {
	LOCKED = 0,
	LRU = 5,
	HUGETLB = 8,
	SLAB = 9,
	SWAPCACHE = 10,
	RESERVED = 12,
	PRIVATE = 13,
	HEAD = 16,
	SWAPBACKED = 19,
	HWPOISON = 22
};
#define FLAG(n) (UINT64_C(1) << (n))

struct crashed {
	const struct crashed_arch *arch;
	const struct crashed_gen *gen;
	uint32_t struct_bytes;
	uint8_t *ram;
	uint64_t free_at, root, vmemmap, direct;
	struct physmem physmem;
	size_t window; /* bytes, a power of two */
	uint8_t *looked_up;
	Elf64_Phdr phdrs[2];
	char text[8192];
	struct vmcoreinfo info;
	struct vtop vtop;
};

static inline void crashed_put(struct crashed *d, uint64_t paddr, uint64_t v, unsigned int bytes,
			       bool big)
{
	assert_true(paddr + bytes <= CRASHED_RAM);
	for (unsigned int i = 0; i < bytes; i++)
		d->ram[paddr + (big ? bytes - 1 - i : i)] = (uint8_t)(v >> 8 * i);
}

static inline void crashed_u64(struct crashed *d, uint64_t paddr, uint64_t v)
{
	crashed_put(d, paddr, v, 8, d->arch->big);
}

static inline uint64_t crashed_take(struct crashed *d, uint64_t bytes, uint64_t align)
{
	const uint64_t at = (d->free_at + align - 1) & ~(align - 1);

	d->free_at = at + bytes;
	assert_true(d->free_at <= CRASHED_STRUCTS);
	return at;
}

static inline const uint8_t *crashed_lookup(void *arg, uint64_t paddr, size_t *bytes)
{
	struct crashed *d = arg;

	free(d->looked_up);
	d->looked_up = NULL;
	if (paddr >= CRASHED_RAM)
		return NULL;
	*bytes = d->window - paddr % d->window;
	d->looked_up = malloc(*bytes);
	return memcpy(d->looked_up, d->ram + paddr, *bytes);
}

static inline void __attribute__((format(printf, 2, 3)))
crashed_say(struct crashed *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->text + d->info.bytes, sizeof(d->text) - d->info.bytes, fmt, ap);
	va_end(ap);
	d->info.bytes = strlen(d->text);
}

/* Replace the line "@key=..." by @line; if @line is "", only remove the line of @key. */
static inline void crashed_resay(struct crashed *d, const char *key, const char *line)
{
	char old[sizeof(d->text)];

	memcpy(old, d->text, sizeof(old));
	d->text[0] = '\0';
	d->info.bytes = 0;
	for (char *at = strtok(old, "\n"); at; at = strtok(NULL, "\n"))
		if (strncmp(at, key, strlen(key)) != 0 || at[strlen(key)] != '=')
			crashed_say(d, "%s\n", at);
	if (*line)
		crashed_say(d, "%s\n", line);
}

/* Returns the virtual address of the static variable at CRASHED_IMAGE + @at. */
static inline uint64_t crashed_symbol(const struct crashed *d, uint64_t at)
{
	return d->arch->kind == X86 ? UINT64_C(0xffffffff9c000000) + at
				    : d->direct + CRASHED_IMAGE + at;
}

/* ---- page tables ------------------------------------------------------------------------- */

static inline void crashed_map_x86(struct crashed *d, uint64_t va, uint64_t pa, unsigned int shift)
{
	uint64_t table = d->root;

	for (unsigned int s = 12 + 9 * (d->arch->levels - 1);; s -= 9) {
		const uint64_t at = table + (va >> s & 511) * 8;
		uint64_t entry;

		if (s == shift) { /* bit 12 of a large page is not an address bit */
			crashed_u64(d, at, pa | 0x8000000000000063 | (s > 12 ? 0x1080 : 0));
			return;
		}
		memcpy(&entry, d->ram + at, 8);
		if (!entry) {
			entry = crashed_take(d, 4096, 4096) | 0x67;
			crashed_u64(d, at, entry);
		}
		table = entry & 0xffffffffff000;
	}
}

static inline void crashed_map_radix(struct crashed *d, uint64_t va, uint64_t pa,
				     unsigned int shift)
{
	const unsigned int low = d->arch->page_bytes == 65536 ? 16 : 12;
	const unsigned int shifts[] = {39, 30, 21, low};
	uint64_t table = d->root;

	for (unsigned int i = 0;; i++) {
		const uint64_t index = va >> shifts[i] & (i ? 511 : 8191);
		const uint64_t at = table + (i == 3 ? index & ((1u << (21 - low)) - 1) : index) * 8;
		uint64_t entry;

		if (shifts[i] == shift) {
			crashed_put(d, at, pa | 0xc00000000000018e, 8, true);
			return;
		}
		memcpy(&entry, d->ram + at, 8);
		entry = __builtin_bswap64(entry);
		if (!entry) {
			entry = crashed_take(d, 4096, 4096) | UINT64_C(1) << 63 | 9;
			crashed_put(d, at, entry, 8, true);
		}
		table = entry & 0x3fffffffffffff00;
	}
}

/* Map the page structs, with the page size that the kernel uses. */
static inline void crashed_map_structs(struct crashed *d)
{
	const uint64_t piece = UINT64_C(1) << d->arch->map_shift;
	uint64_t list = 0, node;

	for (uint64_t at = 0; at < (uint64_t)CRASHED_PFNS * d->struct_bytes; at += piece) {
		if (d->arch->kind == X86) {
			crashed_map_x86(d, d->vmemmap + at, CRASHED_STRUCTS + at,
					d->arch->map_shift);
		} else if (d->arch->kind == RADIX) {
			crashed_map_radix(d, d->vmemmap + at, CRASHED_STRUCTS + at,
					  d->arch->map_shift);
		} else {
			node = crashed_take(d, 24, 8);
			crashed_u64(d, node, list);
			crashed_u64(d, node + 8, CRASHED_STRUCTS + at);
			crashed_u64(d, node + 16, d->vmemmap + at);
			list = d->direct + node;
		}
	}
	if (d->arch->kind == HASH) { /* entry 7 of mmu_psize_defs, entries of 72 bytes */
		crashed_u64(d, CRASHED_IMAGE + 0x100, list);
		crashed_put(d, CRASHED_IMAGE + 0x108, 7, 4, d->arch->big);
		crashed_put(d, CRASHED_IMAGE + 0x200 + 7 * 72, d->arch->map_shift, 4, d->arch->big);
	}
}

static inline void crashed_say_tables(struct crashed *d)
{
	if (d->arch->kind == X86) {
		d->root = CRASHED_IMAGE;
		crashed_say(d, "NUMBER(phys_base)=-%u\nSYMBOL(init_top_pgt)=%llx\n",
			    0x1c000000 - 0x10000, (unsigned long long)crashed_symbol(d, 0));
		crashed_say(d, "NUMBER(pgtable_l5_enabled)=%d\nNUMBER(sme_mask)=0\n",
			    d->arch->levels == 5);
		return;
	}
	d->root = crashed_take(d, 65536, 65536);
	crashed_say(d, "SYMBOL(swapper_pg_dir)=%llx\nSYMBOL(vmemmap_list)=%llx\n",
		    (unsigned long long)(d->direct + d->root),
		    (unsigned long long)crashed_symbol(d, 0x100));
	crashed_say(d, "SYMBOL(mmu_vmemmap_psize)=%llx\nSYMBOL(mmu_psize_defs)=%llx\n",
		    (unsigned long long)crashed_symbol(d, 0x108),
		    (unsigned long long)crashed_symbol(d, 0x200));
	crashed_say(d, "SIZE(vmemmap_backing)=24\nOFFSET(vmemmap_backing.list)=0\n"
		       "OFFSET(vmemmap_backing.phys)=8\nOFFSET(vmemmap_backing.virt_addr)=16\n"
		       "SIZE(mmu_psize_def)=72\nOFFSET(mmu_psize_def.shift)=0\n");
}

/* Make mem_section: a root for each page of sections; all sections are present. */
static inline void crashed_say_sections(struct crashed *d)
{
	const unsigned int bits = d->arch->kind == X86 ? 27 : 24;
	const uint64_t pages = (UINT64_C(1) << bits) / d->arch->page_bytes;
	const uint64_t nr = (CRASHED_PFNS + pages - 1) / pages, per_root = d->arch->page_bytes / 32;
	const uint64_t roots = crashed_take(d, 8 * 64, 8);

	for (uint64_t s = 0; s < nr; s++) {
		if (s % per_root == 0)
			crashed_u64(d, roots + s / per_root * 8,
				    d->direct + crashed_take(d, per_root * 32, 4096));
		crashed_u64(d, d->free_at - per_root * 32 + s % per_root * 32, d->vmemmap | 0xf);
	}
	crashed_say(d,
		    "SYMBOL(mem_section)=%llx\nLENGTH(mem_section)=64\nSIZE(mem_section)=32\n"
		    "OFFSET(mem_section.section_mem_map)=0\nNUMBER(SECTION_SIZE_BITS)=%u\n",
		    (unsigned long long)(d->direct + roots), bits);
	if (d->gen->vmemmap)
		crashed_say(d, "SYMBOL(vmemmap)=%llx\n", (unsigned long long)d->vmemmap);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deadmap.h - a dead kernel made by hand: its memory, page tables and sections
 * In: an architecture and a kernel version out of the tables below.  Out: struct dead.
 * Does not know: page structs (dead.h), how the filter reads it.
 *
 * Physical memory is DEAD_RAM bytes from 0 on; the page structs of DEAD_PFNS pages lie at
 * DEAD_STRUCTS.  Whoever peeks gets a copy that ends with a window and is gone at the next peek,
 * so that the address sanitizer sees who reads too far or too late.
 */
#ifndef TESTS_UNIT_DEADMAP_H
#define TESTS_UNIT_DEADMAP_H

#include "unit.h"

#include <elf.h>

#include "filter/vtop.h"
#include "memory.h"
#include "source/vmcoreinfo.h"

#define DEAD_PFNS    16384u
#define DEAD_RAM     (32u << 20)
#define DEAD_STRUCTS (16u << 20)
#define DEAD_TABLES  0x100000u /* page tables and the like are taken from here on */
#define DEAD_IMAGE   0x10000u  /* static variables of the kernel */

enum dead_kind { X86, RADIX, HASH };

struct dead_arch {
	const char *name;
	enum dead_kind kind;
	uint32_t page_bytes;
	unsigned int levels;	/* X86 */
	bool big;		/* endian */
	unsigned int map_shift; /* of what the structs are mapped with */
};

static const struct dead_arch dead_archs[] = {
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

/* What changed from one kernel to the next; types as VMCOREINFO prints them, 0: has none. */
struct dead_gen {
	const char *name;
	long buddy, offline, slab, hugetlb, unaccepted, table;
	enum { IN_PAGE, IN_FOLIO, IN_FLAGS } order;
	bool hugetlb_flag, vmemmap, info, uts_at;
};

static const struct dead_gen dead_gens[] = {
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

struct dead {
	const struct dead_arch *arch;
	const struct dead_gen *gen;
	uint32_t struct_bytes;
	uint8_t *ram;
	uint64_t free_at, root, vmemmap, direct;
	struct memory memory;
	size_t window; /* bytes, a power of two */
	uint8_t *peeked;
	Elf64_Phdr phdrs[2];
	char text[8192];
	struct vmcoreinfo info;
	struct vtop vtop;
};

static inline void dead_put(struct dead *d, uint64_t paddr, uint64_t v, unsigned int bytes,
			    bool big)
{
	assert_true(paddr + bytes <= DEAD_RAM);
	for (unsigned int i = 0; i < bytes; i++)
		d->ram[paddr + (big ? bytes - 1 - i : i)] = (uint8_t)(v >> 8 * i);
}

static inline void dead_u64(struct dead *d, uint64_t paddr, uint64_t v)
{
	dead_put(d, paddr, v, 8, d->arch->big);
}

static inline uint64_t dead_take(struct dead *d, uint64_t bytes, uint64_t align)
{
	const uint64_t at = (d->free_at + align - 1) & ~(align - 1);

	d->free_at = at + bytes;
	assert_true(d->free_at <= DEAD_STRUCTS);
	return at;
}

static inline const uint8_t *dead_peek(void *arg, uint64_t paddr, size_t *bytes)
{
	struct dead *d = arg;

	free(d->peeked);
	d->peeked = NULL;
	if (paddr >= DEAD_RAM)
		return NULL;
	*bytes = d->window - paddr % d->window;
	d->peeked = malloc(*bytes);
	return memcpy(d->peeked, d->ram + paddr, *bytes);
}

static inline void __attribute__((format(printf, 2, 3)))
dead_say(struct dead *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->text + d->info.bytes, sizeof(d->text) - d->info.bytes, fmt, ap);
	va_end(ap);
	d->info.bytes = strlen(d->text);
}

/* Replace the line of @key (up to its '=') by @line, or drop it with "". */
static inline void dead_resay(struct dead *d, const char *key, const char *line)
{
	char old[sizeof(d->text)];

	memcpy(old, d->text, sizeof(old));
	d->text[0] = '\0';
	d->info.bytes = 0;
	for (char *at = strtok(old, "\n"); at; at = strtok(NULL, "\n"))
		if (strncmp(at, key, strlen(key)) != 0 || at[strlen(key)] != '=')
			dead_say(d, "%s\n", at);
	if (*line)
		dead_say(d, "%s\n", line);
}

/* A static variable of the kernel at @DEAD_IMAGE + @at, by its virtual address. */
static inline uint64_t dead_symbol(const struct dead *d, uint64_t at)
{
	return d->arch->kind == X86 ? UINT64_C(0xffffffff9c000000) + at
				    : d->direct + DEAD_IMAGE + at;
}

/* ---- page tables ------------------------------------------------------------------------- */

static inline void dead_map_x86(struct dead *d, uint64_t va, uint64_t pa, unsigned int shift)
{
	uint64_t table = d->root;

	for (unsigned int s = 12 + 9 * (d->arch->levels - 1);; s -= 9) {
		const uint64_t at = table + (va >> s & 511) * 8;
		uint64_t entry;

		if (s == shift) { /* bit 12 of a large page is none of its address */
			dead_u64(d, at, pa | 0x8000000000000063 | (s > 12 ? 0x1080 : 0));
			return;
		}
		memcpy(&entry, d->ram + at, 8);
		if (!entry) {
			entry = dead_take(d, 4096, 4096) | 0x67;
			dead_u64(d, at, entry);
		}
		table = entry & 0xffffffffff000;
	}
}

static inline void dead_map_radix(struct dead *d, uint64_t va, uint64_t pa, unsigned int shift)
{
	const unsigned int low = d->arch->page_bytes == 65536 ? 16 : 12;
	const unsigned int shifts[] = {39, 30, 21, low};
	uint64_t table = d->root;

	for (unsigned int i = 0;; i++) {
		const uint64_t index = va >> shifts[i] & (i ? 511 : 8191);
		const uint64_t at = table + (i == 3 ? index & ((1u << (21 - low)) - 1) : index) * 8;
		uint64_t entry;

		if (shifts[i] == shift) {
			dead_put(d, at, pa | 0xc00000000000018e, 8, true);
			return;
		}
		memcpy(&entry, d->ram + at, 8);
		entry = __builtin_bswap64(entry);
		if (!entry) {
			entry = dead_take(d, 4096, 4096) | UINT64_C(1) << 63 | 9;
			dead_put(d, at, entry, 8, true);
		}
		table = entry & 0x3fffffffffffff00;
	}
}

/* The page structs, by pages of the kernel's choice. */
static inline void dead_map_structs(struct dead *d)
{
	const uint64_t piece = UINT64_C(1) << d->arch->map_shift;
	uint64_t list = 0, node;

	for (uint64_t at = 0; at < (uint64_t)DEAD_PFNS * d->struct_bytes; at += piece) {
		if (d->arch->kind == X86) {
			dead_map_x86(d, d->vmemmap + at, DEAD_STRUCTS + at, d->arch->map_shift);
		} else if (d->arch->kind == RADIX) {
			dead_map_radix(d, d->vmemmap + at, DEAD_STRUCTS + at, d->arch->map_shift);
		} else {
			node = dead_take(d, 24, 8);
			dead_u64(d, node, list);
			dead_u64(d, node + 8, DEAD_STRUCTS + at);
			dead_u64(d, node + 16, d->vmemmap + at);
			list = d->direct + node;
		}
	}
	if (d->arch->kind == HASH) { /* psize 7 of mmu_psize_defs, 72 bytes each */
		dead_u64(d, DEAD_IMAGE + 0x100, list);
		dead_put(d, DEAD_IMAGE + 0x108, 7, 4, d->arch->big);
		dead_put(d, DEAD_IMAGE + 0x200 + 7 * 72, d->arch->map_shift, 4, d->arch->big);
	}
}

static inline void dead_say_tables(struct dead *d)
{
	if (d->arch->kind == X86) {
		d->root = DEAD_IMAGE;
		dead_say(d, "NUMBER(phys_base)=-%u\nSYMBOL(init_top_pgt)=%llx\n",
			 0x1c000000 - 0x10000, (unsigned long long)dead_symbol(d, 0));
		dead_say(d, "NUMBER(pgtable_l5_enabled)=%d\nNUMBER(sme_mask)=0\n",
			 d->arch->levels == 5);
		return;
	}
	d->root = dead_take(d, 65536, 65536);
	dead_say(d, "SYMBOL(swapper_pg_dir)=%llx\nSYMBOL(vmemmap_list)=%llx\n",
		 (unsigned long long)(d->direct + d->root),
		 (unsigned long long)dead_symbol(d, 0x100));
	dead_say(d, "SYMBOL(mmu_vmemmap_psize)=%llx\nSYMBOL(mmu_psize_defs)=%llx\n",
		 (unsigned long long)dead_symbol(d, 0x108),
		 (unsigned long long)dead_symbol(d, 0x200));
	dead_say(d, "SIZE(vmemmap_backing)=24\nOFFSET(vmemmap_backing.list)=0\n"
		    "OFFSET(vmemmap_backing.phys)=8\nOFFSET(vmemmap_backing.virt_addr)=16\n"
		    "SIZE(mmu_psize_def)=72\nOFFSET(mmu_psize_def.shift)=0\n");
}

/* mem_section: a root page for each page of sections, all of them present. */
static inline void dead_say_sections(struct dead *d)
{
	const unsigned int bits = d->arch->kind == X86 ? 27 : 24;
	const uint64_t pages = (UINT64_C(1) << bits) / d->arch->page_bytes;
	const uint64_t nr = (DEAD_PFNS + pages - 1) / pages, per_root = d->arch->page_bytes / 32;
	const uint64_t roots = dead_take(d, 8 * 64, 8);

	for (uint64_t s = 0; s < nr; s++) {
		if (s % per_root == 0)
			dead_u64(d, roots + s / per_root * 8,
				 d->direct + dead_take(d, per_root * 32, 4096));
		dead_u64(d, d->free_at - per_root * 32 + s % per_root * 32, d->vmemmap | 0xf);
	}
	dead_say(d,
		 "SYMBOL(mem_section)=%llx\nLENGTH(mem_section)=64\nSIZE(mem_section)=32\n"
		 "OFFSET(mem_section.section_mem_map)=0\nNUMBER(SECTION_SIZE_BITS)=%u\n",
		 (unsigned long long)(d->direct + roots), bits);
	if (d->gen->vmemmap)
		dead_say(d, "SYMBOL(vmemmap)=%llx\n", (unsigned long long)d->vmemmap);
}

#endif

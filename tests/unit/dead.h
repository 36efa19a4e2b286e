/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dead.h - a dead kernel made by hand: its page structs and what it says of them
 * In: an architecture and a kernel version out of deadmap.h.  Out: what the filter looks at.
 * Does not know: how the filter reads it; layouts are those of the kernels named.
 */
#ifndef TESTS_UNIT_DEAD_H
#define TESTS_UNIT_DEAD_H

#include "deadmap.h"

/* ---- VMCOREINFO -------------------------------------------------------------------------- */

static inline void dead_say_type(struct dead *d, const char *name, long type)
{
	if (type)
		dead_say(d, "NUMBER(PAGE_%s_MAPCOUNT_VALUE)=%ld\n", name, type);
}

static inline void dead_say_pages(struct dead *d)
{
	const struct dead_gen *g = d->gen;

	dead_say(d,
		 "SIZE(page)=%u\nOFFSET(page.flags)=0\nOFFSET(page._refcount)=52\n"
		 "OFFSET(page.mapping)=24\nOFFSET(page._mapcount)=48\nOFFSET(page.private)=40\n",
		 d->struct_bytes);
	dead_say(d, "OFFSET(page.compound_%s)=8\nLENGTH(zone.free_area)=11\n",
		 g->info ? "info" : "head");
	dead_say(d,
		 "NUMBER(PG_lru)=%d\nNUMBER(PG_private)=%d\nNUMBER(PG_swapcache)=%d\n"
		 "NUMBER(PG_swapbacked)=%d\nNUMBER(PG_hwpoison)=%d\nNUMBER(PG_head_mask)=%d\n",
		 LRU, PRIVATE, SWAPCACHE, SWAPBACKED, HWPOISON, 1 << HEAD);
	if (!g->slab)
		dead_say(d, "NUMBER(PG_slab)=%d\n", SLAB);
	dead_say_type(d, "BUDDY", g->buddy);
	dead_say_type(d, "OFFLINE", g->offline);
	dead_say_type(d, "SLAB", g->slab);
	dead_say_type(d, "HUGETLB", g->hugetlb);
	dead_say_type(d, "UNACCEPTED", g->unaccepted);
	if (g->hugetlb_flag)
		dead_say(d, "NUMBER(PG_hugetlb)=%d\n", HUGETLB);
	if (g->order == IN_PAGE)
		dead_say(d, "OFFSET(page.compound_dtor)=16\nOFFSET(page.compound_order)=17\n"
			    "NUMBER(HUGETLB_PAGE_DTOR)=2\n");
	if (g->order == IN_FOLIO)
		dead_say(d,
			 "OFFSET(folio._folio_dtor)=%u\nOFFSET(folio._folio_order)=%u\n"
			 "NUMBER(HUGETLB_PAGE_DTOR)=2\n",
			 d->struct_bytes + 16, d->struct_bytes + 17);
}

/* ---- page structs ------------------------------------------------------------------------ */

static inline uint64_t dead_struct(const struct dead *d, uint64_t pfn)
{
	assert_true(pfn < DEAD_PFNS);
	return DEAD_STRUCTS + pfn * d->struct_bytes;
}

static inline void dead_flags(struct dead *d, uint64_t pfn, uint64_t flags)
{
	dead_u64(d, dead_struct(d, pfn), flags);
}

static inline void dead_type(struct dead *d, uint64_t pfn, long type)
{
	dead_put(d, dead_struct(d, pfn) + 48, (uint64_t)type & UINT32_MAX, 4, d->arch->big);
}

static inline void dead_users(struct dead *d, uint64_t pfn, uint32_t users)
{
	dead_put(d, dead_struct(d, pfn) + 52, users, 4, d->arch->big);
}

static inline void dead_mapping(struct dead *d, uint64_t pfn, uint64_t mapping)
{
	dead_u64(d, dead_struct(d, pfn) + 24, mapping);
}

/* The first of 1 << @order free pages; the others are as any that nobody uses. */
static inline void dead_free_pages(struct dead *d, uint64_t pfn, unsigned int order, long type)
{
	for (unsigned int i = 0; i < 1u << order; i++) {
		dead_flags(d, pfn + i, 0);
		dead_users(d, pfn + i, 0);
	}
	dead_type(d, pfn, type);
	dead_u64(d, dead_struct(d, pfn) + 40, order);
}

/* What makes pages from @pfn on one, whatever the head says beside. */
static inline void dead_compound(struct dead *d, uint64_t pfn, unsigned int order, bool hugetlb)
{
	const struct dead_gen *g = d->gen;
	const uint64_t second = dead_struct(d, pfn + 1);
	uint64_t word, flags;

	memcpy(&flags, d->ram + dead_struct(d, pfn), 8);
	dead_flags(d, pfn, (d->arch->big ? __builtin_bswap64(flags) : flags) | FLAG(HEAD));
	/* 7.1: not where the head is, but the bits of it that an address in it shares */
	word = g->info ? ~((uint64_t)d->struct_bytes << order) + 1
		       : d->vmemmap + pfn * d->struct_bytes;
	for (unsigned int i = 1; i < 1u << order; i++) {
		dead_flags(d, pfn + i, 0);
		dead_u64(d, dead_struct(d, pfn + i) + 8, word | 1);
	}
	if (g->order == IN_FLAGS)
		dead_flags(d, pfn + 1, order | (g->hugetlb_flag && hugetlb ? FLAG(HUGETLB) : 0));
	else
		dead_put(d, second + 16, (hugetlb ? 2 : 1) | order << 8, 2, false);
	if (hugetlb && g->hugetlb)
		dead_type(d, pfn, g->hugetlb);
}

/* ---- all of it --------------------------------------------------------------------------- */

static inline void dead_make(struct dead *d, const struct dead_arch *arch,
			     const struct dead_gen *gen, uint32_t struct_bytes)
{
	memset(d, 0, sizeof(*d));
	d->arch = arch;
	d->gen = gen;
	d->struct_bytes = struct_bytes;
	d->ram = calloc(1, DEAD_RAM);
	d->free_at = DEAD_TABLES;
	d->window = 65536;
	d->memory = (struct memory){dead_peek, d, arch->big};
	d->info.text = d->text;
	if (arch->kind == X86) {
		d->direct = arch->levels == 5 ? 0xff11001240000000 : 0xffff9c1240000000;
		d->vmemmap = arch->levels == 5 ? 0xffd4e12000000000 : 0xffffec5d80000000;
	} else {
		d->direct = 0xc000000000000000;
		d->vmemmap = arch->kind == HASH && gen->order == IN_PAGE ? 0xf000000000000000
			     : arch->kind == HASH && arch->page_bytes == 4096
				     ? 0xc0003f0000000000 /* hash-4k.h */
				     : 0xc00c000000000000;
	}
	d->phdrs[0] = (Elf64_Phdr){.p_type = PT_LOAD,
				   .p_vaddr = dead_symbol(d, 0),
				   .p_paddr = DEAD_IMAGE,
				   .p_filesz = DEAD_TABLES - DEAD_IMAGE};
	d->phdrs[1] = (Elf64_Phdr){.p_type = PT_LOAD, .p_vaddr = d->direct, .p_filesz = DEAD_RAM};
	dead_say_tables(d);
	dead_say_sections(d);
	dead_say_pages(d);
	dead_map_structs(d);
	for (uint64_t pfn = 0; pfn < DEAD_PFNS; pfn++) {
		dead_flags(d, pfn, FLAG(RESERVED));
		dead_type(d, pfn, -1);
		dead_users(d, pfn, 1);
	}
}

static inline void dead_vtop(struct dead *d)
{
	vtop_init(&d->vtop, &d->memory, &d->info, d->arch->kind == X86 ? EM_X86_64 : EM_PPC64,
		  d->arch->page_bytes, d->phdrs, 2);
}

static inline void dead_free(struct dead *d)
{
	vtop_free(&d->vtop);
	free(d->peeked);
	free(d->ram);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crashed.h - a made-up crashed kernel: its page structs and its VMCOREINFO
 * In: an architecture and a kernel version from crashed_map.h.  Out: the memory that the filter
 * reads.
 * Does not know: the filter.  Layouts are those of the named kernels.
 */
#ifndef TESTS_UNIT_CRASHED_H
#define TESTS_UNIT_CRASHED_H

#include "crashed_map.h"

/* ---- VMCOREINFO -------------------------------------------------------------------------- */

static inline void crashed_say_type(struct crashed *d, const char *name, long type)
{
	if (type)
		crashed_say(d, "NUMBER(PAGE_%s_MAPCOUNT_VALUE)=%ld\n", name, type);
}

static inline void crashed_say_pages(struct crashed *d)
{
	const struct crashed_gen *g = d->gen;

	crashed_say(d,
		    "SIZE(page)=%u\nOFFSET(page.flags)=0\nOFFSET(page._refcount)=52\n"
		    "OFFSET(page.mapping)=24\nOFFSET(page._mapcount)=48\nOFFSET(page.private)=40\n",
		    d->struct_bytes);
	crashed_say(d, "OFFSET(page.compound_%s)=8\nLENGTH(zone.free_area)=11\n",
		    g->info ? "info" : "head");
	crashed_say(d,
		    "NUMBER(PG_lru)=%d\nNUMBER(PG_private)=%d\nNUMBER(PG_swapcache)=%d\n"
		    "NUMBER(PG_swapbacked)=%d\nNUMBER(PG_hwpoison)=%d\nNUMBER(PG_head_mask)=%d\n",
		    LRU, PRIVATE, SWAPCACHE, SWAPBACKED, HWPOISON, 1 << HEAD);
	if (!g->slab)
		crashed_say(d, "NUMBER(PG_slab)=%d\n", SLAB);
	crashed_say_type(d, "BUDDY", g->buddy);
	crashed_say_type(d, "OFFLINE", g->offline);
	crashed_say_type(d, "SLAB", g->slab);
	crashed_say_type(d, "HUGETLB", g->hugetlb);
	crashed_say_type(d, "UNACCEPTED", g->unaccepted);
	if (g->hugetlb_flag)
		crashed_say(d, "NUMBER(PG_hugetlb)=%d\n", HUGETLB);
	if (g->order == IN_PAGE)
		crashed_say(d, "OFFSET(page.compound_dtor)=16\nOFFSET(page.compound_order)=17\n"
			       "NUMBER(HUGETLB_PAGE_DTOR)=2\n");
	if (g->order == IN_FOLIO)
		crashed_say(d,
			    "OFFSET(folio._folio_dtor)=%u\nOFFSET(folio._folio_order)=%u\n"
			    "NUMBER(HUGETLB_PAGE_DTOR)=2\n",
			    d->struct_bytes + 16, d->struct_bytes + 17);
}

/* ---- page structs ------------------------------------------------------------------------ */

static inline uint64_t crashed_struct(const struct crashed *d, uint64_t pfn)
{
	assert_true(pfn < CRASHED_PFNS);
	return CRASHED_STRUCTS + pfn * d->struct_bytes;
}

static inline void crashed_flags(struct crashed *d, uint64_t pfn, uint64_t flags)
{
	crashed_u64(d, crashed_struct(d, pfn), flags);
}

static inline void crashed_type(struct crashed *d, uint64_t pfn, long type)
{
	crashed_put(d, crashed_struct(d, pfn) + 48, (uint64_t)type & UINT32_MAX, 4, d->arch->big);
}

static inline void crashed_users(struct crashed *d, uint64_t pfn, uint32_t users)
{
	crashed_put(d, crashed_struct(d, pfn) + 52, users, 4, d->arch->big);
}

static inline void crashed_mapping(struct crashed *d, uint64_t pfn, uint64_t mapping)
{
	crashed_u64(d, crashed_struct(d, pfn) + 24, mapping);
}

/* Make 1 << @order free pages: only the first struct has the type and the order. */
static inline void crashed_free_pages(struct crashed *d, uint64_t pfn, unsigned int order,
				      long type)
{
	for (unsigned int i = 0; i < 1u << order; i++) {
		crashed_flags(d, pfn + i, 0);
		crashed_users(d, pfn + i, 0);
	}
	crashed_type(d, pfn, type);
	crashed_u64(d, crashed_struct(d, pfn) + 40, order);
}

/* Make a compound page of 1 << @order pages at @pfn; other flags of its head are unchanged. */
static inline void crashed_compound(struct crashed *d, uint64_t pfn, unsigned int order,
				    bool hugetlb)
{
	const struct crashed_gen *g = d->gen;
	const uint64_t second = crashed_struct(d, pfn + 1);
	uint64_t word, flags;

	memcpy(&flags, d->ram + crashed_struct(d, pfn), 8);
	crashed_flags(d, pfn, (d->arch->big ? __builtin_bswap64(flags) : flags) | FLAG(HEAD));
	/* Linux 7.1 stores a mask for the address of the tail instead of the address of the head */
	word = g->info ? ~((uint64_t)d->struct_bytes << order) + 1
		       : d->vmemmap + pfn * d->struct_bytes;
	for (unsigned int i = 1; i < 1u << order; i++) {
		crashed_flags(d, pfn + i, 0);
		crashed_u64(d, crashed_struct(d, pfn + i) + 8, word | 1);
	}
	if (g->order == IN_FLAGS)
		crashed_flags(d, pfn + 1, order | (g->hugetlb_flag && hugetlb ? FLAG(HUGETLB) : 0));
	else
		crashed_put(d, second + 16, (hugetlb ? 2 : 1) | order << 8, 2, false);
	if (hugetlb && g->hugetlb)
		crashed_type(d, pfn, g->hugetlb);
}

/* ---- the complete kernel ----------------------------------------------------------------- */

static inline void crashed_make(struct crashed *d, const struct crashed_arch *arch,
				const struct crashed_gen *gen, uint32_t struct_bytes)
{
	memset(d, 0, sizeof(*d));
	d->arch = arch;
	d->gen = gen;
	d->struct_bytes = struct_bytes;
	d->ram = calloc(1, CRASHED_RAM);
	d->free_at = CRASHED_TABLES;
	d->window = 65536;
	d->physmem = (struct physmem){crashed_lookup, d, arch->big};
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
				   .p_vaddr = crashed_symbol(d, 0),
				   .p_paddr = CRASHED_IMAGE,
				   .p_filesz = CRASHED_TABLES - CRASHED_IMAGE};
	d->phdrs[1] =
		(Elf64_Phdr){.p_type = PT_LOAD, .p_vaddr = d->direct, .p_filesz = CRASHED_RAM};
	crashed_say_tables(d);
	crashed_say_sections(d);
	crashed_say_pages(d);
	crashed_map_structs(d);
	for (uint64_t pfn = 0; pfn < CRASHED_PFNS; pfn++) {
		crashed_flags(d, pfn, FLAG(RESERVED));
		crashed_type(d, pfn, -1);
		crashed_users(d, pfn, 1);
	}
}

static inline void crashed_vtop(struct crashed *d)
{
	vtop_init(&d->vtop, &d->physmem, &d->info, d->arch->kind == X86 ? EM_X86_64 : EM_PPC64,
		  d->arch->page_bytes, d->phdrs, 2);
}

static inline void crashed_free(struct crashed *d)
{
	vtop_free(&d->vtop);
	free(d->looked_up);
	free(d->ram);
}

#endif

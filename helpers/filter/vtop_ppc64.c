// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vtop_ppc64.c - translate addresses of ppc64: hash and radix, both byte orders
 * In: PT_LOADs; vmemmap_list or swapper_pg_dir from VMCOREINFO.  Out: the direct map and a walk for
 * vtop.c.  No system call.
 * Does not know: other architectures; the hash table, which is not needed with vmemmap_list.
 *
 * Hash kernels, and radix kernels before 6.6, list the pieces of their vmemmap
 * (arch/powerpc/mm/init_64.c).  If that list is empty, the kernel uses radix page tables, and
 * swapper_pg_dir is walked.  Its entries are big endian in all kernels
 * (include/asm/pgtable-be-types.h, book3s/64/radix-4k.h, radix-64k.h and pgtable.h, Linux 6.12).
 */
#include "vtop.h"

#include <endian.h>
#include <stdlib.h>

#include "../source/physmem.h"
#include "../source/vmcoreinfo.h"

#define DIRECT_VIRT UINT64_C(0xc000000000000000)
#define PADDR_BITS  51

#define PRESENT	   (UINT64_C(1) << 63)
#define LEAF	   (UINT64_C(1) << 62)
#define TABLE_MASK UINT64_C(0x3fffffffffffff00)
#define RPN_MASK   ((UINT64_C(1) << 53) - 1)

/*
 * A piece has 16 MiB on machines with 1 GiB of RAM or more, else 64 or 4 KiB.  With 16 MiB there
 * are 64 pieces per TiB of RAM at 64 KiB pages and 1024 at 4 KiB pages; with 64 KiB there are 16384
 * per TiB at 64 KiB pages.  PIECES_MAX, 1 MiB of memory here, is enough for 64 TiB at 4 KiB pages.
 */
#define PIECES_MAX	65536u
#define PIECE_SHIFT_MIN 12u
#define PIECE_SHIFT_MAX 34u
#define PSIZE_MAX	64u  /* MMU_PAGE_COUNT is 16 */
#define STRUCT_MAX	256u /* limit for the size of the two structs that are read, in bytes */

static int by_virt(const void *a, const void *b)
{
	const struct vtop_piece *x = a, *y = b;

	return x->virt < y->virt ? -1 : x->virt > y->virt;
}

static bool walk_list(const struct vtop *v, uint64_t va, uint64_t *paddr, uint64_t *left_bytes)
{
	const uint64_t bytes = UINT64_C(1) << v->piece_shift;
	size_t lo = 0, hi = v->nr_pieces;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct vtop_piece *p = &v->pieces[mid];

		if (va < p->virt) {
			hi = mid;
		} else if (va - p->virt >= bytes) {
			lo = mid + 1;
		} else {
			*paddr = p->phys + (va - p->virt);
			*left_bytes = bytes - (va - p->virt);
			return true;
		}
	}
	return false;
}

static bool walk_radix(const struct vtop *v, uint64_t va, uint64_t *paddr, uint64_t *left_bytes)
{
	/* the levels from the top; the lowest level divides 2 MiB into pages */
	const unsigned int shifts[] = {39, 30, 21, v->page_shift};
	const unsigned int bits[] = {13, 9, 9, 21 - v->page_shift};
	uint64_t table = v->root_paddr;

	if (va >> 52 != DIRECT_VIRT >> 52)
		return false;
	for (unsigned int level = 0; level < 4; level++) {
		const uint64_t index = va >> shifts[level] & ((UINT64_C(1) << bits[level]) - 1);
		uint64_t entry;

		if (!physmem_read(v->mem, table + index * 8, &entry, sizeof(entry)))
			return false;
		entry = be64toh(entry);
		if (!(entry & PRESENT))
			return false;
		if (entry & LEAF) {
			const uint64_t page = UINT64_C(1) << shifts[level];

			*paddr = (entry & RPN_MASK & ~(page - 1)) | (va & (page - 1));
			*left_bytes = page - (va & (page - 1));
			return level > 0; /* the top level has no leaf entries */
		}
		table = entry & TABLE_MASK;
	}
	return false;
}

/*
 * Read the size of a piece of the list, mmu_psize_defs[mmu_vmemmap_psize].shift, to v->piece_shift.
 */
static bool read_piece_shift(struct vtop *v, const struct vmcoreinfo *info)
{
	uint64_t psize_at, defs, def_bytes, shift_at;
	uint32_t psize, shift;

	if (!vmcoreinfo_number(info, "SYMBOL", "mmu_vmemmap_psize", &psize_at) ||
	    !vmcoreinfo_number(info, "SYMBOL", "mmu_psize_defs", &defs) ||
	    !vmcoreinfo_number(info, "SIZE", "mmu_psize_def", &def_bytes) ||
	    !vmcoreinfo_number(info, "OFFSET", "mmu_psize_def.shift", &shift_at) ||
	    def_bytes > STRUCT_MAX || shift_at > STRUCT_MAX ||
	    !vtop_read_u32(v, psize_at, &psize) || psize > PSIZE_MAX ||
	    !vtop_read_u32(v, defs + psize * def_bytes + shift_at, &shift))
		return false;
	v->piece_shift = shift;
	return shift >= PIECE_SHIFT_MIN && shift <= PIECE_SHIFT_MAX;
}

/* Offsets of struct vmemmap_backing. */
struct backing {
	uint64_t next_at, phys_at, virt_at;
};

/*
 * Walk vmemmap_list for at most @limit pieces: set v->nr_pieces, and store the pieces if v->pieces
 * is allocated.  Returns false when a node cannot be read.
 */
static bool follow_list(struct vtop *v, const struct backing *b, uint64_t node, size_t limit)
{
	for (v->nr_pieces = 0; node && v->nr_pieces < limit; v->nr_pieces++) {
		struct vtop_piece piece;

		if (!vtop_read_u64(v, node + b->phys_at, &piece.phys) ||
		    !vtop_read_u64(v, node + b->virt_at, &piece.virt) ||
		    !vtop_read_u64(v, node + b->next_at, &node))
			return false;
		if (v->pieces)
			v->pieces[v->nr_pieces] = piece;
	}
	return true;
}

static const char *read_list(struct vtop *v, const struct vmcoreinfo *info, uint64_t first)
{
	struct backing b;

	if (!vmcoreinfo_number(info, "OFFSET", "vmemmap_backing.list", &b.next_at) ||
	    !vmcoreinfo_number(info, "OFFSET", "vmemmap_backing.phys", &b.phys_at) ||
	    !vmcoreinfo_number(info, "OFFSET", "vmemmap_backing.virt_addr", &b.virt_at) ||
	    b.next_at > STRUCT_MAX || b.phys_at > STRUCT_MAX || b.virt_at > STRUCT_MAX ||
	    !read_piece_shift(v, info))
		return "VMCOREINFO lacks the layout of vmemmap_list";
	/* first count the pieces, then store them */
	if (!follow_list(v, &b, first, PIECES_MAX + 1))
		return "vmemmap_list is damaged";
	if (v->nr_pieces > PIECES_MAX)
		return "vmemmap_list is too long";
	v->pieces = calloc(v->nr_pieces, sizeof(*v->pieces));
	if (!v->pieces)
		return "there is no memory for vmemmap_list";
	follow_list(v, &b, first, v->nr_pieces);
	qsort(v->pieces, v->nr_pieces, sizeof(*v->pieces), by_virt);
	v->walk = walk_list;
	return NULL;
}

/*
 * Returns the end of the memory in the dump.  The direct map must end there: with hash and 4 KiB
 * pages, the addresses of the vmemmap follow not far above it.
 */
static uint64_t end_of_memory(const Elf64_Phdr *phdrs, uint32_t nr_phdrs)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < nr_phdrs; i++) {
		const Elf64_Phdr *p = &phdrs[i];

		if (p->p_type == PT_LOAD && !(p->p_paddr >> PADDR_BITS) &&
		    !(p->p_filesz >> PADDR_BITS) && p->p_paddr + p->p_filesz > end)
			end = p->p_paddr + p->p_filesz;
	}
	return end;
}

const char *vtop_ppc64_init(struct vtop *v, const struct vmcoreinfo *info, uint32_t page_bytes,
			    const Elf64_Phdr *phdrs, uint32_t nr_phdrs)
{
	uint64_t list_at, list = 0, top, left, radix = 1;

	v->direct = (struct vtop_range){DIRECT_VIRT, 0, end_of_memory(phdrs, nr_phdrs)};
	if (vmcoreinfo_number(info, "SYMBOL", "vmemmap_list", &list_at) &&
	    !vtop_read_u64(v, list_at, &list))
		return "vmemmap_list is not in the dump";
	if (list)
		return read_list(v, info, list);
	vmcoreinfo_number(info, "NUMBER", "RADIX_MMU", &radix); /* exists since 6.9 */
	if (!radix)
		return "vmemmap_list is empty";
	if (!vmcoreinfo_number(info, "SYMBOL", "swapper_pg_dir", &top) ||
	    !vtop_find(v, top, &v->root_paddr, &left))
		return "VMCOREINFO has no address of the kernel's page tables";
	if (page_bytes != 65536 && page_bytes != 4096)
		return "radix page tables of this page size are not supported";
	v->page_shift = page_bytes == 65536 ? 16 : 12;
	v->walk = walk_radix;
	return NULL;
}

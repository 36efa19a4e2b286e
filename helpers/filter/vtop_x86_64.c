// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vtop_x86_64.c - translate addresses of x86_64: page tables of 4 and 5 levels
 * In: PT_LOADs; init_top_pgt and the number of levels from VMCOREINFO.  Out: ranges and a walk for
 * vtop.c.
 * No system call.
 * Does not know: other architectures, the content of the dump.
 *
 * Tables: Intel SDM volume 3, 4.5; keys of the tables in VMCOREINFO:
 * arch/x86/kernel/vmcore_info_64.c; the memory map: Documentation/arch/x86/x86_64/mm.rst, Linux
 * 6.12.  With KASLR only the PT_LOADs show the address of the direct map.
 */
#include "vtop.h"

#include "../source/physmem.h"
#include "../source/vmcoreinfo.h"

#define KERNEL_HALF  (UINT64_C(1) << 63)
#define IMAGE_VIRT   UINT64_C(0xffffffff80000000) /* __START_KERNEL_map */
#define IMAGE_BYTES  (UINT64_C(1) << 30)	  /* KERNEL_IMAGE_SIZE at most */
#define PADDR_BITS   52
#define PRESENT	     UINT64_C(1)
#define LEAF	     (UINT64_C(1) << 7)
#define ADDRESS_MASK UINT64_C(0x000ffffffffff000)

static bool walk(const struct vtop *v, uint64_t va, uint64_t *paddr, uint64_t *left_bytes)
{
	uint64_t table = v->root_paddr;

	/* kernel addresses: the highest translated bit and all bits above it are set */
	if (~va >> (11 + 9 * v->levels))
		return false;
	for (unsigned int level = v->levels; level-- > 0;) {
		const unsigned int shift = 12 + 9 * level;
		uint64_t entry;

		if (!physmem_read_u64(v->mem, table + (va >> shift & 511) * 8, &entry) ||
		    !(entry & PRESENT))
			return false;
		if (level == 0 || (level <= 2 && entry & LEAF)) {
			const uint64_t page = UINT64_C(1) << shift;

			*paddr = (entry & v->entry_mask & ~(page - 1)) | (va & (page - 1));
			*left_bytes = page - (va & (page - 1));
			return true;
		}
		table = entry & v->entry_mask;
	}
	return false;
}

/*
 * Set v->direct and v->image from the PT_LOADs.  The direct map has a constant offset and ends at
 * the end of the last memory in the dump.
 */
static void find_ranges(struct vtop *v, const Elf64_Phdr *phdrs, uint32_t nr_phdrs)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < nr_phdrs; i++) {
		const Elf64_Phdr *p = &phdrs[i];

		if (p->p_type != PT_LOAD || p->p_paddr >> PADDR_BITS || p->p_filesz >> PADDR_BITS ||
		    !(p->p_vaddr & KERNEL_HALF))
			continue;
		if (p->p_vaddr >= IMAGE_VIRT) {
			if (!v->image.bytes)
				v->image = (struct vtop_range){p->p_vaddr, p->p_paddr, p->p_filesz};
			continue;
		}
		if (!end)
			v->direct.virt = p->p_vaddr - p->p_paddr;
		if (p->p_paddr + p->p_filesz > end && p->p_vaddr - p->p_paddr == v->direct.virt)
			end = p->p_paddr + p->p_filesz;
	}
	v->direct.bytes = end;
}

const char *vtop_x86_64_init(struct vtop *v, const struct vmcoreinfo *info, const Elf64_Phdr *phdrs,
			     uint32_t nr_phdrs)
{
	uint64_t top, five = 0, left, sme = 0;
	int64_t phys_base;

	find_ranges(v, phdrs, nr_phdrs);
	if (!v->image.bytes && vmcoreinfo_signed(info, "NUMBER", "phys_base", &phys_base))
		v->image = (struct vtop_range){IMAGE_VIRT, (uint64_t)phys_base, IMAGE_BYTES};
	if (!vmcoreinfo_number(info, "SYMBOL", "init_top_pgt", &top))
		return "VMCOREINFO has no SYMBOL(init_top_pgt)";
	if (!vtop_find(v, top, &v->root_paddr, &left))
		return "VMCOREINFO has no address of the kernel's page tables";
	vmcoreinfo_number(info, "NUMBER", "pgtable_l5_enabled", &five);
	vmcoreinfo_number(info, "NUMBER", "sme_mask", &sme);
	v->levels = five ? 5 : 4;
	v->entry_mask = ADDRESS_MASK & ~sme;
	v->walk = walk;
	return NULL;
}

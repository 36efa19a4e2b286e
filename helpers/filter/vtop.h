/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vtop.h - virtual addresses of the dead kernel to physical ones
 */
#ifndef FADUMP_VTOP_H
#define FADUMP_VTOP_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory;
struct vmcoreinfo;

struct vtop_range { /* virtual and physical addresses go in parallel; bytes 0: none */
	uint64_t virt, phys, bytes;
};

struct vtop_piece { /* of the vmemmap, 1 << piece_shift bytes */
	uint64_t virt, phys;
};

struct vtop {
	const struct memory *mem;
	const char *why;		 /* page tables cannot be walked because; NULL: they can */
	struct vtop_range direct, image; /* all of RAM; x86_64: the kernel as well */

	/* of the architecture; NULL: there are only the ranges */
	bool (*walk)(const struct vtop *v, uint64_t va, uint64_t *paddr, uint64_t *left_bytes);
	uint64_t root_paddr;	   /* top level table */
	unsigned int levels;	   /* x86_64: 4 or 5 */
	uint64_t entry_mask;	   /* x86_64: physical address bits of an entry */
	unsigned int page_shift;   /* ppc64 radix */
	struct vtop_piece *pieces; /* ppc64 hash: vmemmap_list sorted by virt, owned */
	size_t nr_pieces;
	unsigned int piece_shift;
};

/*
 * Prepare for kernels of ELF @machine.  All memory that is ever needed is claimed here, at most
 * 1 MiB.  What is missing is left in @v->why as a static text; vtop_find() then knows the
 * ranges only.  @phdrs are looked at here only; @mem must outlive @v.  Looks at dead memory.
 */
void vtop_init(struct vtop *v, const struct memory *mem, const struct vmcoreinfo *info,
	       uint16_t machine, uint32_t page_bytes, const Elf64_Phdr *phdrs, uint32_t nr_phdrs);

/*
 * Physical address of @va, and for how many bytes (> 0) from there on both go on in parallel.
 * False when it is not mapped.  The address need not be in the dump.  Looks at dead memory.
 */
bool vtop_find(const struct vtop *v, uint64_t va, uint64_t *paddr, uint64_t *left_bytes);

/* Copy @bytes from @va on to @buf.  False when they are not all mapped and in the dump. */
bool vtop_read(const struct vtop *v, uint64_t va, void *buf, size_t bytes);

/* The number of the dead kernel at @va, as this machine sees it.  False as above. */
bool vtop_read_u32(const struct vtop *v, uint64_t va, uint32_t *out);
bool vtop_read_u64(const struct vtop *v, uint64_t va, uint64_t *out);

void vtop_free(struct vtop *v);

/* The architectures, for vtop_init() alone.  Return what it leaves in @v->why. */
const char *vtop_x86_64_init(struct vtop *v, const struct vmcoreinfo *info, const Elf64_Phdr *phdrs,
			     uint32_t nr_phdrs);
const char *vtop_ppc64_init(struct vtop *v, const struct vmcoreinfo *info, uint32_t page_bytes,
			    const Elf64_Phdr *phdrs, uint32_t nr_phdrs);

#endif

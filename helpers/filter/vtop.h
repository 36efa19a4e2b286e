/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vtop.h - translate virtual addresses of the crashed kernel
 */
#ifndef FADUMP_VTOP_H
#define FADUMP_VTOP_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct physmem;
struct vmcoreinfo;

struct vtop_range { /* a linear mapping; bytes 0: none */
	uint64_t virt, phys, bytes;
};

struct vtop_piece { /* a piece of the vmemmap, 1 << piece_shift bytes */
	uint64_t virt, phys;
};

struct vtop {
	const struct physmem *mem;
	const char *why; /* the reason why page tables cannot be walked; NULL: they can be walked */
	struct vtop_range direct, image; /* direct: all of RAM; image: the kernel, x86_64 only */

	/* the walk of the architecture; NULL: only the ranges are known */
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
 * Prepare for kernels of ELF @machine.  All memory is allocated here, at most 1 MiB.  If something
 * is missing, @v->why is the reason, a static text, and vtop_find() uses the ranges only.  @phdrs
 * are used only here; @mem must outlive @v.  Reads the crashed kernel's memory.  Free with
 * vtop_free().
 */
void vtop_init(struct vtop *v, const struct physmem *mem, const struct vmcoreinfo *info,
	       uint16_t machine, uint32_t page_bytes, const Elf64_Phdr *phdrs, uint32_t nr_phdrs);

/*
 * Translate @va to *@paddr; the mapping is contiguous for *@left_bytes (> 0) from there.  False: it
 * is not mapped.  The address need not be in the dump.  Reads the crashed kernel's memory.
 */
bool vtop_find(const struct vtop *v, uint64_t va, uint64_t *paddr, uint64_t *left_bytes);

/* Copy @bytes from @va to @buf.  False when some of the bytes are not mapped or not in the dump. */
bool vtop_read(const struct vtop *v, uint64_t va, void *buf, size_t bytes);

/*
 * Read the number at @va, in the byte order of this machine.  False in the same cases as
 * vtop_read().
 */
bool vtop_read_u32(const struct vtop *v, uint64_t va, uint32_t *out);
bool vtop_read_u64(const struct vtop *v, uint64_t va, uint64_t *out);

void vtop_free(struct vtop *v);

/* The parts of vtop_init() for each architecture.  Each returns the value for v->why. */
const char *vtop_x86_64_init(struct vtop *v, const struct vmcoreinfo *info, const Elf64_Phdr *phdrs,
			     uint32_t nr_phdrs);
const char *vtop_ppc64_init(struct vtop *v, const struct vmcoreinfo *info, uint32_t page_bytes,
			    const Elf64_Phdr *phdrs, uint32_t nr_phdrs);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vtop.c - translate virtual addresses of the crashed kernel
 * In: VMCOREINFO, PT_LOADs, and a function that reads the crashed kernel's memory.
 * Out: physical addresses.
 * No system call.
 * Does not know: the data at an address, whether it is in the dump.
 */
#include "vtop.h"

#include <stdlib.h>
#include <string.h>

#include "../source/physmem.h"

static bool in_range(const struct vtop_range *r, uint64_t va, uint64_t *paddr, uint64_t *left_bytes)
{
	const uint64_t into = va - r->virt;

	if (into >= r->bytes)
		return false;
	*paddr = r->phys + into;
	*left_bytes = r->bytes - into;
	return true;
}

bool vtop_find(const struct vtop *v, uint64_t va, uint64_t *paddr, uint64_t *left_bytes)
{
	return in_range(&v->direct, va, paddr, left_bytes) ||
	       in_range(&v->image, va, paddr, left_bytes) ||
	       (v->walk && v->walk(v, va, paddr, left_bytes));
}

bool vtop_read(const struct vtop *v, uint64_t va, void *buf, size_t bytes)
{
	uint8_t *to = buf;

	while (bytes) {
		uint64_t paddr, left;
		size_t part = bytes;

		if (!vtop_find(v, va, &paddr, &left))
			return false;
		if (left < part)
			part = (size_t)left;
		if (!physmem_read(v->mem, paddr, to, part))
			return false;
		to += part;
		va += part;
		bytes -= part;
	}
	return true;
}

bool vtop_read_u32(const struct vtop *v, uint64_t va, uint32_t *out)
{
	uint32_t n;

	if (!vtop_read(v, va, &n, sizeof(n)))
		return false;
	*out = v->mem->swap ? __builtin_bswap32(n) : n;
	return true;
}

bool vtop_read_u64(const struct vtop *v, uint64_t va, uint64_t *out)
{
	uint64_t n;

	if (!vtop_read(v, va, &n, sizeof(n)))
		return false;
	*out = v->mem->swap ? __builtin_bswap64(n) : n;
	return true;
}

void vtop_init(struct vtop *v, const struct physmem *mem, const struct vmcoreinfo *info,
	       uint16_t machine, uint32_t page_bytes, const Elf64_Phdr *phdrs, uint32_t nr_phdrs)
{
	memset(v, 0, sizeof(*v));
	v->mem = mem;
	switch (machine) {
	case EM_X86_64:
		v->why = vtop_x86_64_init(v, info, phdrs, nr_phdrs);
		break;
	case EM_PPC64:
		v->why = vtop_ppc64_init(v, info, page_bytes, phdrs, nr_phdrs);
		break;
	default:
		v->why = "unknown architecture";
	}
}

void vtop_free(struct vtop *v)
{
	free(v->pieces);
	v->pieces = NULL;
	v->nr_pieces = 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * physmem.c - read the crashed kernel's memory by physical address
 * In: a function that looks up an address.  Out: bytes and numbers, also across windows.
 * No system call.
 * Does not know: files, virtual addresses, the data at an address.
 */
#include "physmem.h"

bool physmem_read(const struct physmem *mem, uint64_t paddr, void *buf, size_t bytes)
{
	uint8_t *to = buf;

	while (bytes) {
		size_t part;
		const uint8_t *from = mem->lookup(mem->arg, paddr, &part);

		if (!from)
			return false;
		if (part > bytes)
			part = bytes;
		memcpy(to, from, part);
		to += part;
		paddr += part;
		bytes -= part;
	}
	return true;
}

bool physmem_read_u64(const struct physmem *mem, uint64_t paddr, uint64_t *out)
{
	uint64_t v;

	if (!physmem_read(mem, paddr, &v, sizeof(v)))
		return false;
	*out = mem->swap ? __builtin_bswap64(v) : v;
	return true;
}

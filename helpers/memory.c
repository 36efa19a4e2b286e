// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory.c - looking at the dead kernel's memory by physical address
 * In: a way to peek at it.  Out: bytes and numbers, wherever they lie.  No system call.
 * Does not know: files, virtual addresses, what is at an address.
 */
#include "memory.h"

bool memory_read(const struct memory *mem, uint64_t paddr, void *buf, size_t bytes)
{
	uint8_t *to = buf;

	while (bytes) {
		size_t part;
		const uint8_t *from = mem->peek(mem->arg, paddr, &part);

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

bool memory_read_u64(const struct memory *mem, uint64_t paddr, uint64_t *out)
{
	uint64_t v;

	if (!memory_read(mem, paddr, &v, sizeof(v)))
		return false;
	*out = mem->swap ? __builtin_bswap64(v) : v;
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * physmem.h - read the crashed kernel's memory by physical address
 */
#ifndef FADUMP_PHYSMEM_H
#define FADUMP_PHYSMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Filled in by the code that has the dump: source/physmem_windows.c, or a test. */
struct physmem {
	/*
	 * Returns a pointer to physical address @paddr; *@bytes is the contiguous length from there
	 * (> 0).  The pointer is valid until the next call.  NULL: the address is not in the dump,
	 * or cannot be read.  Reading through the pointer may raise SIGBUS.
	 */
	const uint8_t *(*lookup)(void *arg, uint64_t paddr, size_t *bytes);
	void *arg;
	bool swap; /* the byte order of the crashed kernel differs from that of this machine */
};

/*
 * Copy @bytes from @paddr to @buf.  False when some bytes are not in the dump or cannot be read.
 * Reads mapped memory, so it may raise SIGBUS.
 */
bool physmem_read(const struct physmem *mem, uint64_t paddr, void *buf, size_t bytes);

/*
 * Read the number at @paddr, and convert it to the byte order of this machine.  False and SIGBUS as
 * for physmem_read().
 */
bool physmem_read_u64(const struct physmem *mem, uint64_t paddr, uint64_t *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory.h - looking at the dead kernel's memory by physical address
 */
#ifndef FADUMP_MEMORY_H
#define FADUMP_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Filled in by whoever has the dump: source/peek.c, or a test. */
struct memory {
	/*
	 * What is at physical address @paddr, and in *@bytes how much of it there is in one
	 * piece (> 0).  Valid until the next call.  NULL: it is not in the dump, or cannot be
	 * read.  Reading through the pointer may raise SIGBUS.
	 */
	const uint8_t *(*peek)(void *arg, uint64_t paddr, size_t *bytes);
	void *arg;
	bool swap; /* the dead kernel's byte order is not this machine's */
};

/* Copy @bytes from @paddr on to @buf.  False when they are not all in the dump. */
bool memory_read(const struct memory *mem, uint64_t paddr, void *buf, size_t bytes);

/* The number of the dead kernel at @paddr, as this machine sees it.  False as above. */
bool memory_read_u64(const struct memory *mem, uint64_t paddr, uint64_t *out);

#endif

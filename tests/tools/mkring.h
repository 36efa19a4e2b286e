/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkring.h - a printk ring buffer for a test core
 */
#ifndef TESTS_TOOLS_MKRING_H
#define TESTS_TOOLS_MKRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MKRING_ID_MASK (~UINT64_C(0) >> 2)

struct mkring {
	uint64_t va; /* address of the pointer "prb"; the ring follows it.  0: no ring */
	uint64_t count_bits, size_bits;
	uint64_t lpos; /* logical position of the next block */
	uint64_t id;   /* number of the first record */
	bool fit;      /* a block that ends exactly at the end of the ring does not wrap */
};

struct mkring_record {
	uint64_t ts_nsec;
	char *text;
	size_t bytes;
	unsigned int state; /* 0 reserved, 1 committed, 2 finalized */
	bool foreign;	    /* the descriptor has another id */
	bool empty;	    /* an empty line, which has no data block */
};

/* Store @v at @at as @bytes bytes, big or little endian. */
void mkring_put(bool big, uint8_t *at, uint64_t v, unsigned int bytes);

/* The lines of VMCOREINFO that describe the layout, without SYMBOL(prb). */
extern const char mkring_info[];

/*
 * Write the ring and @nr records with @write, which writes memory of the crashed kernel at virtual
 * address @va.  Advances @ring->lpos.
 */
void mkring_write(struct mkring *ring, const struct mkring_record *records, size_t nr, bool big,
		  void (*write)(uint64_t va, const void *buf, size_t bytes));

#endif

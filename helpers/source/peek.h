/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peek.h - look here and there into the dead kernel's memory
 */
#ifndef FADUMP_PEEK_H
#define FADUMP_PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../memory.h"

struct vmcore;

#define PEEK_WINDOWS	  4u	      /* page structs, sections, two levels of page tables */
#define PEEK_WINDOW_BYTES (4u << 20)  /* mapped; structs of 256 MiB of RAM at 4 KiB pages */
#define PEEK_BUFFER_BYTES (64u << 10) /* read, where mmap is refused */

struct peek_window {
	uint64_t paddr;
	size_t bytes; /* 0: nothing in it */
	const uint8_t *data;
	void *map; /* NULL: data is in the buffer */
	size_t map_bytes;
	uint64_t used; /* peek.clock when it was looked into last */
};

struct peek {
	struct memory memory; /* hand this on */
	const struct vmcore *src;
	bool use_mmap;
	uint8_t *buffers; /* PEEK_WINDOWS of PEEK_BUFFER_BYTES */
	struct peek_window windows[PEEK_WINDOWS];
	struct peek_window *last;
	uint64_t clock;
};

/*
 * Look into @src, which must outlive @p.  Claims 256 KiB; nothing is claimed later.
 * Returns 0 or -ENOMEM, which was said.  One thread at a time may use it.  Being jumped out
 * of while reading what it gave (sigbus_run()) does no harm.
 */
int peek_open(struct peek *p, const struct vmcore *src);

/*
 * Copy up to @bytes from @paddr on to @buf.  Returns how many there are before the first that
 * is not in the dump or cannot be read.  Mapped memory is read, so it may raise SIGBUS.
 */
size_t peek_copy(struct peek *p, uint64_t paddr, void *buf, size_t bytes);

/* Unmap and free everything: after this nothing of ours holds the dump open. */
void peek_close(struct peek *p);

#endif

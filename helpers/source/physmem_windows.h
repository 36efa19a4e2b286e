/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * physmem_windows.h - access the crashed kernel's memory through a few windows
 */
#ifndef FADUMP_PHYSMEM_WINDOWS_H
#define FADUMP_PHYSMEM_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "physmem.h"

struct vmcore;

#define PHYSMEM_WINDOWS_NR 4u /* for page structs, sections, two levels of page tables */
/* Size of a mapped window: enough for the structs of 256 MiB of RAM at 4 KiB pages. */
#define PHYSMEM_WINDOW_BYTES (4u << 20)
#define PHYSMEM_BUFFER_BYTES (64u << 10) /* size of a window that is read, not mapped */

struct physmem_window {
	uint64_t paddr;
	size_t bytes; /* 0: the window is empty */
	const uint8_t *data;
	void *map; /* NULL: data is in the buffer */
	size_t map_bytes;
	uint64_t used; /* value of the clock at the last lookup */
};

struct physmem_windows {
	struct physmem physmem; /* the interface for other code */
	const struct vmcore *src;
	bool use_mmap;
	uint8_t *buffers; /* PHYSMEM_WINDOWS_NR of PHYSMEM_BUFFER_BYTES */
	struct physmem_window windows[PHYSMEM_WINDOWS_NR];
	struct physmem_window *last;
	uint64_t clock;
};

/*
 * Open windows on @src, which must outlive @p.  256 KiB are allocated here, and nothing later.
 * Returns 0 or -ENOMEM (logged).  One thread at a time may use @p.  @p remains valid after a SIGBUS
 * during a read (sigbus_run()).
 */
int physmem_windows_open(struct physmem_windows *p, const struct vmcore *src);

/*
 * Copy @bytes from @paddr to @buf, but only the bytes before the first one that is not in the dump
 * or cannot be read.  Returns the number of copied bytes.  Reads mapped memory, so it may raise
 * SIGBUS.
 */
size_t physmem_windows_copy(struct physmem_windows *p, uint64_t paddr, void *buf, size_t bytes);

/* Unmap and free everything: after this @p has no mapping of the dump. */
void physmem_windows_close(struct physmem_windows *p);

#endif

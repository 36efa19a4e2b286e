/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore.h - read a vmcore as chunks of memory
 */
#ifndef FADUMP_VMCORE_H
#define FADUMP_VMCORE_H

#include <stdbool.h>
#include <sys/types.h>

#include "elfcore.h"
#include "memmap.h"
#include "vmcoreinfo.h"

struct chunk;

/*
 * The largest size of one window, which is a mapping of the source, in bytes.  Mapping /proc/vmcore
 * costs 7 ms per GiB with 16 MiB windows, and 50 times as much with 64 KiB windows (lkml
 * 2013-02-03, mmap on /proc/vmcore).
 */
#define VMCORE_WINDOW_BYTES (16u << 20)

/* The largest number of windows at the same time, which must exceed the number of chunks. */
#define VMCORE_WINDOWS 160u

/* A mapping that several chunks share; the last vmcore_put() or vmcore_leave() unmaps it. */
struct vmcore_window {
	void *map;
	size_t map_bytes;
	unsigned int users; /* number of chunks in it, plus 1 while it is src->window; 0: free */
};

struct vmcore {
	const char *name; /* caller's string */
	int fd;
	uint64_t file_bytes;
	struct elfcore core;
	Elf64_Phdr *phdrs;	  /* core.nr_phdrs program headers */
	uint64_t notes_bytes;	  /* size of all PT_NOTEs together */
	unsigned int nr_prstatus; /* number of NT_PRSTATUS notes: one for each CPU */
	struct memmap map;
	struct memmap virt;  /* the direct map and the mapping of the kernel, by virtual address */
	uint32_t page_bytes; /* page size of the crashed kernel; if unknown, that of this kernel */
	struct vmcoreinfo info; /* bytes == 0: the dump has none */
	uint64_t info_at;	/* offset of the text in the sequence of all notes */

	/* the position of vmcore_next(); all fields below are used by the source thread only */
	bool use_mmap;
	size_t extent;
	uint64_t extent_done; /* bytes of the current extent that vmcore_next() returned */
	struct vmcore_window windows[VMCORE_WINDOWS];
	struct vmcore_window *window; /* current window; NULL: none */
	const uint8_t *window_data;   /* memory at window_paddr */
	uint64_t window_paddr, window_end_paddr;
};

/*
 * Open @name, which must outlive @src, read its headers and its VMCOREINFO note, and build the maps
 * of its memory.  @use_mmap false: read(2) only.  Returns 0; -ENOMEM; or another -errno for a
 * source that cannot be used.  Each failure is logged, and @src is closed then.
 */
int vmcore_open(struct vmcore *src, const char *name, bool use_mmap);

/*
 * Make @c the next piece of memory in ascending physical order, without reading it.  Returns false
 * at the end.
 */
bool vmcore_next(struct vmcore *src, struct chunk *c);

/*
 * vmcore_at_end(): true when vmcore_next() has returned all memory.  vmcore_at(): the physical
 * address of the next chunk; must not be called at the end.
 */
bool vmcore_at_end(const struct vmcore *src);
uint64_t vmcore_at(const struct vmcore *src);

/* Restart vmcore_next() at the first chunk. */
void vmcore_rewind(struct vmcore *src);

/* Leave the current window.  If no chunk is mapped any more, nothing is mapped after this call. */
void vmcore_leave(struct vmcore *src);

/*
 * Map the memory of @c.  If mmap(2) fails (logged), it is not called again: the data of this and of
 * every later chunk is the buffer of the chunk, which vmcore_fill() must fill.
 */
void vmcore_map(struct vmcore *src, struct chunk *c);

/* Unmap the data of @c, which is invalid afterwards.  Called by the thread that maps. */
void vmcore_put(struct chunk *c);

/*
 * Read the pages of @c, a chunk that is not mapped, into its buffer, except dropped pages.
 * Unreadable pages are marked lost.  Called by the thread that owns @c.
 */
void vmcore_fill(const struct vmcore *src, struct chunk *c);

/*
 * Read @bytes of physical memory at @paddr, from one or several pieces of the source.  Memory that
 * is not in the source is zeros.  False when a piece cannot be read.  Any thread.
 */
bool vmcore_read_phys(const struct vmcore *src, uint64_t paddr, uint8_t *buf, size_t bytes);

/* Read @bytes at file offset @at.  Returns the values of fdio_pread(). */
ssize_t vmcore_read_at(const struct vmcore *src, void *buf, size_t bytes, uint64_t at);

/*
 * Read @bytes at the crashed kernel's virtual address @va, by the p_vaddr of the PT_LOADs: the
 * direct map and, on x86_64, the kernel's text and data.  False when the bytes are not all in one
 * extent of src->virt, or cannot be read.
 */
bool vmcore_read_virt(const struct vmcore *src, uint64_t va, void *buf, size_t bytes);

/* Unmap and close everything: after this @src has no mapping or descriptor of the dump. */
void vmcore_close(struct vmcore *src);

#endif

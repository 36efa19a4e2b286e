/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore.h - the dead kernel's memory, as chunks
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
 * How much of the source is mapped at once.  Mapping /proc/vmcore costs 7 ms per GiB with
 * 16 MiB windows, 50 times that with 64 KiB ones (lkml 2013-02-03, mmap on /proc/vmcore).
 */
#define VMCORE_WINDOW_BYTES (16u << 20)

/* So many may be mapped at once: it must be more than there are chunks. */
#define VMCORE_WINDOWS 160u

/* A mapping that several chunks share; the last vmcore_put() unmaps it. */
struct vmcore_window {
	void *map;
	size_t map_bytes;
	unsigned int users; /* chunks, and the source itself for its current one; 0: free */
};

struct vmcore {
	const char *name; /* caller's string */
	int fd;
	uint64_t file_bytes;
	struct elfcore core;
	Elf64_Phdr *phdrs;	  /* core.nr_phdrs of them */
	uint64_t notes_bytes;	  /* of all PT_NOTEs together */
	unsigned int nr_prstatus; /* notes of that kind: one for each CPU */
	struct memmap map;
	struct memmap virt;	/* the direct map and the kernel's own by virtual address */
	uint32_t page_bytes;	/* of the dead kernel; of this one when that is not known */
	struct vmcoreinfo info; /* bytes == 0: the dump has none */
	uint64_t info_at;	/* where its text is in all notes, one after the other */

	/* where vmcore_next() stands; all below is the source thread's alone */
	bool use_mmap;
	size_t extent;
	uint64_t extent_done; /* bytes of that extent handed out */
	struct vmcore_window windows[VMCORE_WINDOWS];
	struct vmcore_window *window; /* current one, NULL: none */
	const uint8_t *window_data;   /* memory at window_paddr */
	uint64_t window_paddr, window_end_paddr;
};

/*
 * Open @name, read its headers and the VMCOREINFO note, and plan the copy.  @use_mmap false:
 * read(2) only.  Returns 0; -ENOMEM; or another -errno for a source that cannot be used.  Each
 * failure was said.  On failure nothing is left to close.
 */
int vmcore_open(struct vmcore *src, const char *name, bool use_mmap);

/*
 * Make @c the next piece of memory in ascending physical order, without looking at it.
 * Returns false at the end.
 */
bool vmcore_next(struct vmcore *src, struct chunk *c);

/* Whether vmcore_next() has handed out everything; if not, the address where it goes on. */
bool vmcore_at_end(const struct vmcore *src);
uint64_t vmcore_at(const struct vmcore *src);

/* vmcore_next() begins anew. */
void vmcore_rewind(struct vmcore *src);

/* Once all chunks were put back, nothing is mapped any more. */
void vmcore_leave(struct vmcore *src);

/*
 * Map the memory of @c.  Where that is refused its data is its own buffer from then on, which
 * vmcore_fill() fills.
 */
void vmcore_map(struct vmcore *src, struct chunk *c);

/* Give back the mapping that @c has; its data is gone.  By the thread that maps. */
void vmcore_put(struct chunk *c);

/*
 * For a chunk that is not mapped: read its pages, but for those that are dropped.  Those that
 * cannot be read are marked lost.  Any thread that owns @c.
 */
void vmcore_fill(const struct vmcore *src, struct chunk *c);

/*
 * Put together the @bytes of physical memory at @paddr, in however many pieces the source has
 * them; what it does not have is zeros.  False when a piece cannot be read.  Any thread.
 */
bool vmcore_read_phys(const struct vmcore *src, uint64_t paddr, uint8_t *buf, size_t bytes);

/* Read @bytes at file offset @at; fewer only at the end.  Returns as fdio_pread(). */
ssize_t vmcore_read_at(const struct vmcore *src, void *buf, size_t bytes, uint64_t at);

/*
 * Read @bytes at the dead kernel's virtual address @va, by the p_vaddr of the PT_LOADs: the
 * direct map and, on x86_64, the kernel's text and data.  False when that is not in the dump.
 */
bool vmcore_read_virt(const struct vmcore *src, uint64_t va, void *buf, size_t bytes);

/* Unmap and close everything: after this nothing of ours holds the dump open. */
void vmcore_close(struct vmcore *src);

#endif

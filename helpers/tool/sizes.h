/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sizes.h - the limits that the kernel would have computed from the full memory
 */
#ifndef FADUMP_TOOL_SIZES_H
#define FADUMP_TOOL_SIZES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIZES_MAX      48u	  /* rows of the table */
#define SIZES_KEEP     UINT64_MAX /* a word of a sysctl that is not changed */
#define SIZES_KB_MAX   (UINT64_C(1) << 48)
#define SIZES_PAGE_MAX (UINT64_C(1) << 20)

/* The machine as it is now. */
struct sizes_machine {
	uint64_t total_kb;   /* MemTotal, at most SIZES_KB_MAX */
	uint64_t buffers;    /* pages, sizes_buffers() */
	uint64_t threads;    /* sizes_threads() */
	uint64_t page_bytes; /* 1024 to SIZES_PAGE_MAX */
};

/* A sysctl: its file below /proc/sys and the smallest wanted values of its words. */
struct sizes_row {
	const char *file;
	unsigned int nr; /* number of words; 0: the old value is written back, so that the kernel
			    recomputes the values that depend on it */
	uint64_t word[3];
};

/* Returns the number of @key in kB in the text of /proc/meminfo; 0: the key is missing or not a
 * number. */
uint64_t sizes_meminfo(const char *meminfo, const char *key);

/*
 * Returns the value of nr_free_buffer_pages() (mm/page_alloc.c): the number of pages above the high
 * watermarks of all zones DMA, DMA32 and Normal.  @zoneinfo is the text of /proc/zoneinfo.
 */
uint64_t sizes_buffers(const char *zoneinfo);

/*
 * Returns the maximum number of threads on a machine of @total_kb: all kernel stacks may use an
 * eighth of the memory (kernel/fork.c: set_max_threads).  The size of a stack is a power of two; it
 * is computed from the size of all existing stacks, @stacks_kb (KernelStack of meminfo), and the
 * number of threads in @loadavg, the text of /proc/loadavg.
 */
uint64_t sizes_threads(uint64_t total_kb, uint64_t stacks_kb, const char *loadavg);

/* Fill @row.  Returns the number of rows. */
unsigned int sizes_table(const struct sizes_machine *m, struct sizes_row row[SIZES_MAX]);

/*
 * Compute the new text of a sysctl from its text @old, in @out of @bytes.  False: the sysctl must
 * not be written, because the last word of @row would not grow (no value is ever lowered) or
 * because @old is malformed.  Not for rows without words.
 */
bool sizes_value(const struct sizes_row *row, const char *old, char *out, size_t bytes);

/*
 * True when the kernel command line @cmdline sets the sysctl @file (sysctl.KEY=), with dots or
 * slashes: proc_sysctl.c of Linux accepts both.
 */
bool sizes_is_given(const char *cmdline, const char *file);

#endif

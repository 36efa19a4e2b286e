/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump_layout.h - the layout of kdump-compressed, header version 6
 *
 * Format: diskdump_mod.h and IMPLEMENTATION of makedumpfile 1.7.9, diskdump.c of crash 9.0.
 * All numbers have the byte order of the crashed kernel.
 */
#ifndef FADUMP_KDUMP_LAYOUT_H
#define FADUMP_KDUMP_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memmap;

#define KDUMP_DESC_BYTES 24u /* size of one page descriptor */
#define KDUMP_UTS_FIELDS 6u
#define KDUMP_UTS_BYTES	 65u /* size of one field with its NUL: __NEW_UTS_LEN + 1 */

/* Facts about the crashed kernel for the headers. */
struct kdump_layout_facts {
	bool swap; /* the byte order of the crashed kernel differs from that of this machine */
	uint32_t page_bytes;
	uint32_t nr_cpus;
	uint32_t dump_level;
	uint32_t codec_flag;  /* page_flag of the codec; 0: pages are not encoded */
	uint64_t crash_s;     /* time of the crash, seconds since 1970 */
	uint64_t phys_base;   /* physical base of the kernel, x86_64 only */
	uint64_t notes_bytes; /* size of all notes, one after the other */
	uint64_t info_at,
		info_bytes; /* offset in the notes, and size, of the VMCOREINFO text; 0, 0: none */
	char uts[KDUMP_UTS_FIELDS][KDUMP_UTS_BYTES]; /* NUL-terminated */
};

struct kdump_layout {
	bool swap;
	uint32_t page_bytes;
	uint64_t max_pfn;      /* the highest PFN + 1 */
	uint64_t nr_descs;     /* entries of the descriptor table: one for each page of the map */
	uint64_t notes_at;     /* offset of the notes; all offsets are file offsets in bytes */
	uint64_t bitmap1_at;   /* one bit for each PFN; set: memory exists */
	uint64_t bitmap2_at;   /* one bit for each PFN; set: the PFN has a descriptor */
	uint64_t bitmap_bytes; /* size of one bitmap */
	uint64_t descs_at; /* offset of the descriptors: one for each set bit of bitmap 2, in PFN
			      order */
	uint64_t zero_at;  /* offset of the page of zeros, which is stored once */
	uint64_t data_at;  /* offset of the page data, which is in any order */
	uint8_t *head;	   /* the first head_bytes of the file, owned */
	size_t head_bytes;
};

/*
 * Assign all offsets for the memory of @map.  Until kdump_layout_complete() the headers mark the
 * dump as incomplete.  Returns 0; -ENOMEM; -EFBIG for addresses or notes that do not fit in the
 * format.  Free with kdump_layout_free().
 */
int kdump_layout_plan(struct kdump_layout *lay, const struct memmap *map,
		      const struct kdump_layout_facts *facts);

/* Change the headers so that they mark the dump as complete. */
void kdump_layout_complete(struct kdump_layout *lay);

/* Make a page descriptor: @bytes at file offset @at, with the encoding @flag. */
void kdump_layout_desc(const struct kdump_layout *lay, uint8_t out[KDUMP_DESC_BYTES], uint64_t at,
		       uint32_t bytes, uint32_t flag);

/* Make @bytes of the first bitmap, for the PFNs from @pfn on; @pfn is a multiple of 8. */
void kdump_layout_bitmap1(const struct kdump_layout *lay, const struct memmap *map, uint64_t pfn,
			  uint8_t *out, size_t bytes);

void kdump_layout_free(struct kdump_layout *lay);

#endif

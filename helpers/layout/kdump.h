/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump.h - the dump as kdump-compressed, header version 6
 *
 * Format: diskdump_mod.h and IMPLEMENTATION of makedumpfile 1.7.9, diskdump.c of crash 9.0.
 * All numbers have the byte order of the dead kernel.
 */
#ifndef FADUMP_LAYOUT_KDUMP_H
#define FADUMP_LAYOUT_KDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memmap;

#define KDUMP_DESC_BYTES  24u /* of one page descriptor */
#define KDUMP_UTS_FIELDS  6u
#define KDUMP_UTS_BYTES	  65u /* of one field, NUL included: __NEW_UTS_LEN + 1 */
#define KDUMP_UTS_MACHINE 4u  /* index of the field that readers must know */

/* What the headers say of the dead kernel. */
struct layout_kdump_facts {
	bool swap; /* byte order of the dead kernel is not this machine's */
	uint32_t page_bytes;
	uint32_t nr_cpus;
	uint32_t dump_level;
	uint32_t codec_flag;	      /* of most pages; 0: none */
	uint64_t crash_s;	      /* when, seconds since 1970 */
	uint64_t phys_base;	      /* x86_64 */
	uint64_t notes_bytes;	      /* all notes, one after the other */
	uint64_t info_at, info_bytes; /* the VMCOREINFO text among them; 0, 0: none */
	char uts[KDUMP_UTS_FIELDS][KDUMP_UTS_BYTES]; /* NUL-terminated */
};

struct layout_kdump {
	bool swap;
	uint32_t page_bytes;
	uint64_t max_pfn;      /* one more than the highest */
	uint64_t nr_descs;     /* places for page descriptors: one for each page of the map */
	uint64_t notes_at;     /* all offsets are of the file, in bytes */
	uint64_t bitmap1_at;   /* a bit for each PFN: there is memory */
	uint64_t bitmap2_at;   /* a bit for each PFN: it has a descriptor */
	uint64_t bitmap_bytes; /* of one of them */
	uint64_t descs_at;     /* descriptors in PFN order, one for each bit of the second bitmap */
	uint64_t zero_at;      /* the one page of zeros */
	uint64_t data_at;      /* page data in any order, from here to the end */
	uint8_t *head;	       /* the first head_bytes of the file, owned */
	size_t head_bytes;
};

/*
 * Place everything for the memory of @map.  Until layout_kdump_complete() the headers say that
 * the dump is incomplete.  Returns 0; -ENOMEM; -EFBIG for addresses or notes that the format
 * has no room for.  Free with layout_kdump_free().
 */
int layout_kdump_plan(struct layout_kdump *lay, const struct memmap *map,
		      const struct layout_kdump_facts *facts);

/* From now on the headers say that the dump is complete. */
void layout_kdump_complete(struct layout_kdump *lay);

/* One page descriptor: @bytes at file offset @at, stored as @flag says. */
void layout_kdump_desc(const struct layout_kdump *lay, uint8_t out[KDUMP_DESC_BYTES], uint64_t at,
		       uint32_t bytes, uint32_t flag);

/*
 * The bits of the first bitmap for the @bytes * 8 PFNs from @pfn on, which is a multiple of 8.
 */
void layout_kdump_bitmap1(const struct layout_kdump *lay, const struct memmap *map, uint64_t pfn,
			  uint8_t *out, size_t bytes);

void layout_kdump_free(struct layout_kdump *lay);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lkcd.h - a dump of LKCD (Linux Kernel Crash Dump, 1999 to 2006), its headers
 *
 * Format: lkcd.c of libkdumpfile 0.5, lkcd_*.c and lkcd_dump_*.h of crash 9.0; run lengths as
 * dump_rle.c of LKCD itself and crash have them (libkdumpfile 0.5 reads one less).  A header of 64
 * KiB, then for each page a record and its data, in any order, then a record that is the end.  All
 * numbers have the byte order of the dead kernel.
 */
#ifndef FADUMP_SAVE_LKCD_H
#define FADUMP_SAVE_LKCD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAVE_LKCD_HEAD_BYTES   742u /* what is looked at of the header */
#define SAVE_LKCD_RECORD_BYTES 16u  /* before each page */
#define SAVE_LKCD_PFN_MAX      (UINT64_C(1) << 44)

enum save_lkcd_codec { SAVE_LKCD_NONE = 0, SAVE_LKCD_RLE = 1, SAVE_LKCD_GZIP = 2 };

enum save_lkcd_kind { SAVE_LKCD_RAW = 1, SAVE_LKCD_COMPRESSED = 2, SAVE_LKCD_END = 4 };

struct save_lkcd {
	bool swap; /* byte order is not this machine's */
	uint32_t version;
	uint32_t page_bytes;
	uint32_t codec;
	uint64_t first_at; /* offset of the first record */
	uint64_t time_s;   /* of the crash, since 1970 */
	uint64_t base;	   /* of the addresses of pages */
	char uts[6][65];   /* NUL-terminated */
};

/* Are these the first @bytes of a dump of LKCD? */
bool save_lkcd_is(const uint8_t *head, size_t bytes);

/* Take the header, for which save_lkcd_is().  Returns NULL, or what is wrong as a static text. */
const char *save_lkcd_header(struct save_lkcd *l, const uint8_t head[SAVE_LKCD_HEAD_BYTES]);

/* What the first record of all tells beside its page: where addresses begin. */
void save_lkcd_first(struct save_lkcd *l, const uint8_t in[SAVE_LKCD_RECORD_BYTES]);

struct save_lkcd_page {
	uint64_t pfn;
	uint32_t bytes; /* of the data behind the record; a raw page of none is zeros */
	enum save_lkcd_kind kind;
};

/* Take a record.  Returns NULL, or what is wrong as a static text. */
const char *save_lkcd_record(const struct save_lkcd *l, const uint8_t in[SAVE_LKCD_RECORD_BYTES],
			     struct save_lkcd_page *page);

/* A page that was run-length encoded, to @out.  False: it is not one of @out_bytes. */
bool save_lkcd_expand(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lkcd.h - parse the headers of an LKCD dump (Linux Kernel Crash Dump, 1999 to 2006), and decode
 * run-length encoded pages
 *
 * Format: lkcd.c of libkdumpfile 0.5, lkcd_*.c and lkcd_dump_*.h of crash 9.0; run lengths as in
 * dump_rle.c of LKCD and in crash (libkdumpfile 0.5 reads one byte less).  The dump is a header of
 * 64 KiB (versions 9 and 10 may state another size), then a record and the data of each page, in
 * any order, then an end record.  All numbers are in the byte order of the crashed kernel.
 */
#ifndef FADUMP_SAVE_LKCD_H
#define FADUMP_SAVE_LKCD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAVE_LKCD_HEAD_BYTES   742u /* bytes of the header that are used */
#define SAVE_LKCD_RECORD_BYTES 16u  /* bytes of the record before each page */
#define SAVE_LKCD_PFN_MAX      (UINT64_C(1) << 44)

enum save_lkcd_codec { SAVE_LKCD_NONE = 0, SAVE_LKCD_RLE = 1, SAVE_LKCD_GZIP = 2 };

enum save_lkcd_kind { SAVE_LKCD_RAW = 1, SAVE_LKCD_COMPRESSED = 2, SAVE_LKCD_END = 4 };

struct save_lkcd {
	bool swap; /* the byte order differs from that of this machine */
	uint32_t version;
	uint32_t page_bytes;
	uint32_t codec;
	uint64_t first_at; /* offset of the first record */
	uint64_t time_s;   /* time of the crash, seconds since 1970 */
	uint64_t base;	   /* subtracted from the addresses of pages */
	char uts[6][65];   /* NUL-terminated */
};

/* True when @bytes is at least SAVE_LKCD_HEAD_BYTES and @head begins with the magic of LKCD. */
bool save_lkcd_is(const uint8_t *head, size_t bytes);

/* Parse a header for which save_lkcd_is() is true.  Returns NULL, or the error as a static text. */
const char *save_lkcd_header(struct save_lkcd *l, const uint8_t head[SAVE_LKCD_HEAD_BYTES]);

/* Set @l->base from the first record.  Call this before save_lkcd_record(). */
void save_lkcd_first(struct save_lkcd *l, const uint8_t in[SAVE_LKCD_RECORD_BYTES]);

struct save_lkcd_page {
	uint64_t pfn;
	uint32_t bytes; /* size of the data after the record; a raw page of 0 bytes is zeros */
	enum save_lkcd_kind kind;
};

/* Parse a record.  Returns NULL, or the error as a static text. */
const char *save_lkcd_record(const struct save_lkcd *l, const uint8_t in[SAVE_LKCD_RECORD_BYTES],
			     struct save_lkcd_page *page);

/* Decode a run-length encoded page to @out.  False: the result is not exactly @out_bytes. */
bool save_lkcd_expand(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes);

#endif

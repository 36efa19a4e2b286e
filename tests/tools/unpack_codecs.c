// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unpack_codecs.c - decode the bytes of a page with the libraries of the codecs
 * In: the data of a page of a kdump-compressed file.  Out: the page.
 * Does not know: which pages a dump has.
 */
#include "cmpdump.h"

#include <stdio.h>
#include <string.h>

#include <lzo/lzo1x.h>
#include <zlib.h>
#include <zstd.h>

/* page_desc.flags of makedumpfile's diskdump_mod.h */
#define ZLIB 0x1u
#define LZO  0x2u
#define ZSTD 0x20u

const uint64_t unpack_flags = ZLIB | LZO | ZSTD;
const bool unpack_elf;

uint64_t unpack_open(const char *name, void **reader)
{
	(void)name;
	*reader = NULL;
	return 0;
}

bool unpack(void *reader, uint64_t pfn, uint64_t flag, const uint8_t *in, uint64_t bytes,
	    uint8_t *out, uint64_t page, const char **why)
{
	static char reason[80];
	uint8_t back[PAGE_MAX + 1];
	uint64_t got = 0;
	lzo_uint lzo = sizeof(back);
	uLongf z = sizeof(back);

	(void)reader;
	(void)pfn;
	if (flag == 0 && bytes == page)
		memcpy(back, in, got = bytes);
	else if (flag == ZLIB && uncompress(back, &z, in, bytes) == Z_OK)
		got = z;
	else if (flag == LZO && lzo1x_decompress_safe(in, bytes, back, &lzo, NULL) == LZO_E_OK)
		got = lzo;
	else if (flag == ZSTD && ZSTD_findFrameCompressedSize(in, bytes) == bytes)
		got = ZSTD_decompress(back, sizeof(back), in, bytes);
	if (got == page) {
		memcpy(out, back, page);
		return true;
	}
	snprintf(reason, sizeof(reason), "%llu bytes with flag %#llx decode to %lld bytes",
		 (unsigned long long)bytes, (unsigned long long)flag, (long long)got);
	*why = reason;
	return false;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zlib.c - pages in zlib's format
 * In: a page.  Out: deflate with zlib's header and Adler-32 (RFC 1950), by libdeflate, which
 * is more than twice as fast as zlib itself.
 * Does not know: streams, gzip.
 *
 * Levels above 9 are not supported: each thread would need 9 MiB of memory.
 */
#include "encoder.h"

#include <stdlib.h>

#include <libdeflate.h>

static size_t asked_bytes; /* used only before the threads start, see encoder.h */

static void *ask(size_t bytes)
{
	asked_bytes = bytes;
	return NULL;
}

/*
 * libdeflate has no function for its memory size: run its allocation with ask(), which records the
 * size and returns NULL.
 */
static size_t zlib_bytes(int level, size_t page_bytes)
{
	(void)page_bytes;
	libdeflate_set_memory_allocator(ask, free);
	libdeflate_free_compressor(libdeflate_alloc_compressor(level));
	return asked_bytes;
}

static void *zlib_open(int level, size_t page_bytes)
{
	(void)page_bytes;
	libdeflate_set_memory_allocator(encoder_claim, free);
	return libdeflate_alloc_compressor(level);
}

static void zlib_close(void *context)
{
	libdeflate_free_compressor(context);
}

static size_t zlib_page(void *context, void *out, size_t out_bytes, const void *in, size_t in_bytes)
{
	const size_t room = out_bytes < in_bytes ? out_bytes : in_bytes - 1;

	return libdeflate_zlib_compress(context, in, in_bytes, out, room);
}

const struct encoder zlib_encoder = {
	.name = "zlib",
	.page_flag = 0x1,
	.level_min = 1,
	.level_max = 9,
	.level_default = 1,
	.context_bytes = zlib_bytes,
	.open = zlib_open,
	.close = zlib_close,
	.page = zlib_page,
};

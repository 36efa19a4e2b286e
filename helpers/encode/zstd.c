// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zstd.c - pages as Zstandard frames
 * In: a page.  Out: one ordinary frame (RFC 8878) with its content size and no checksum.
 * Does not know: dictionaries, streams, zstd's own threads.
 *
 * The library works in memory we give it: how much a level needs depends on the size of a
 * page, and is a tenth of what the library would take by itself.
 */
#include "encoder.h"

#include <stdalign.h>
#include <stdlib.h>

#define ZSTD_STATIC_LINKING_ONLY /* contexts in memory of ours */
#include <zstd.h>

struct zstd_context {
	ZSTD_CCtx *cctx; /* inside workspace */
	int level;
	alignas(16) uint8_t workspace[];
};

/* The parameters change with powers of two of the input, and less input may need more. */
static size_t workspace_bytes(int level, size_t page_bytes)
{
	size_t need = 0;

	for (size_t bytes = page_bytes; bytes; bytes /= 2) {
		size_t n = ZSTD_estimateCCtxSize_usingCParams(ZSTD_getCParams(level, bytes, 0));

		if (n > need)
			need = n;
	}
	return need;
}

static size_t zstd_bytes(int level, size_t page_bytes)
{
	return sizeof(struct zstd_context) + workspace_bytes(level, page_bytes);
}

static void *zstd_open(int level, size_t page_bytes)
{
	struct zstd_context *context = encoder_claim(zstd_bytes(level, page_bytes));

	if (!context)
		return NULL;
	context->level = level;
	context->cctx = ZSTD_initStaticCCtx(context->workspace, workspace_bytes(level, page_bytes));
	if (!context->cctx) {
		free(context);
		return NULL;
	}
	return context;
}

static void zstd_close(void *context)
{
	free(context);
}

static size_t zstd_page(void *context, void *out, size_t out_bytes, const void *in, size_t in_bytes)
{
	const struct zstd_context *c = context;
	const size_t room = out_bytes < in_bytes ? out_bytes : in_bytes - 1;
	const size_t n = ZSTD_compressCCtx(c->cctx, out, room, in, in_bytes, c->level);

	return ZSTD_isError(n) ? 0 : n; /* the only error there is: no room */
}

/* Level 1 is what makedumpfile uses.  Levels below -7 are faster than copying is worth. */
const struct encoder zstd_encoder = {
	.name = "zstd",
	.page_flag = 0x20,
	.level_min = -7,
	.level_max = 19,
	.level_default = 1,
	.context_bytes = zstd_bytes,
	.open = zstd_open,
	.close = zstd_close,
	.page = zstd_page,
};

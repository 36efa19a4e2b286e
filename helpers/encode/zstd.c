// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zstd.c - pages as Zstandard frames
 * In: a page.  Out: one ordinary frame (RFC 8878) with its content size and no checksum.
 * Does not know: dictionaries, streams, zstd's own threads.
 *
 * At level 1 a third of the time is spent on Huffman codes for literals (perf, 4 KiB pages), and
 * these codes make half of the pages hardly smaller.  A sample of the bytes of a page tells whether
 * codes will help.  Without codes for the other pages, vmcores of Linux 6.1 and 6.12 (x86_64, dump
 * level 31) take about a sixth less time and become 1.4 % and 1.1 % larger.
 *
 * The library uses memory that we allocate: the size depends on the level and the page size, and is
 * a tenth of the memory that the library would allocate itself.
 */
#include "encoder.h"

#include <stdalign.h>
#include <stdlib.h>

#define ZSTD_STATIC_LINKING_ONLY /* for contexts in our memory */
#include <zstd.h>

/*
 * The test of a page counts the different bytes, without zero, in a sample.  The distance between
 * sampled bytes is odd for pages of 2^n bytes, so that the sample does not follow the columns of a
 * table.
 */
#define SAMPLE_STRIDE(bytes) ((bytes) / 256 + 3)
#define SAMPLE_FEW	     32	 /* below: few literals remain after matching */
#define SAMPLE_MANY	     110 /* above: noise, which no code makes shorter */

struct zstd_context {
	ZSTD_CCtx *cctx; /* inside workspace */
	bool choose;	 /* decide for each page whether to encode literals */
	int literals;	 /* ZSTD_c_literalCompressionMode as set now */
	alignas(16) uint8_t workspace[];
};

/*
 * Returns the largest workspace that an input of at most @page_bytes needs: the parameters change
 * at powers of two of the input size, and a smaller input may need more memory.
 */
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
	context->cctx = ZSTD_initStaticCCtx(context->workspace, workspace_bytes(level, page_bytes));
	/* a static context does not have the default parameters before a reset */
	if (!context->cctx ||
	    ZSTD_isError(ZSTD_CCtx_reset(context->cctx, ZSTD_reset_session_and_parameters)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(context->cctx, ZSTD_c_compressionLevel, level))) {
		free(context);
		return NULL;
	}
	/* negative levels never encode literals; levels above 1 aim at size */
	context->choose = level == 1;
	context->literals = ZSTD_ps_auto;
	return context;
}

static void zstd_close(void *context)
{
	free(context);
}

/* True when Huffman codes for literals will probably make the page smaller. */
static bool literals_pay(const uint8_t *in, size_t in_bytes)
{
	bool seen[256] = {true}; /* zeros are not counted: matches remove them */
	unsigned int different = 0;

	for (size_t i = 0; i < in_bytes; i += SAMPLE_STRIDE(in_bytes)) {
		different += !seen[in[i]];
		seen[in[i]] = true;
	}
	return different >= SAMPLE_FEW && different <= SAMPLE_MANY;
}

static size_t zstd_page(void *context, void *out, size_t out_bytes, const void *in, size_t in_bytes)
{
	struct zstd_context *c = context;
	const size_t room = out_bytes < in_bytes ? out_bytes : in_bytes - 1;
	size_t n;

	if (c->choose) {
		const int literals = literals_pay(in, in_bytes) ? ZSTD_ps_auto : ZSTD_ps_disable;

		if (literals != c->literals) {
			/* if the previous page did not fit, its session is still open */
			ZSTD_CCtx_reset(c->cctx, ZSTD_reset_session_only);
			ZSTD_CCtx_setParameter(c->cctx, ZSTD_c_literalCompressionMode, literals);
		}
		c->literals = literals;
	}
	n = ZSTD_compress2(c->cctx, out, room, in, in_bytes);
	return ZSTD_isError(n) ? 0 : n; /* the only possible error: the page does not fit */
}

/*
 * makedumpfile uses level 1.  Level -1 needs three quarters of the CPU time of level 1; its dump is
 * 9 % larger than with level 1, and 10 % smaller than with lzo (vmcore of Linux 6.12, x86_64, dump
 * level 31).  Levels below -7 gain no speed, because level -7 is already faster than the rest of
 * the copy.
 */
const struct encoder zstd_encoder = {
	.name = "zstd",
	.page_flag = 0x20,
	.level_min = -7,
	.level_max = 19,
	.level_default = -1,
	.context_bytes = zstd_bytes,
	.open = zstd_open,
	.close = zstd_close,
	.page = zstd_page,
};

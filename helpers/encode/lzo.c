// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lzo.c - pages as LZO1X
 * In: a page.  Out: a stream for lzo1x_decompress_safe().
 * Does not know: the other members of the LZO family.
 *
 * LZO1X-1(12) clears a table of 8 KiB before each page; LZO1X-1 clears 32 KiB, which is slow for
 * pages of 4 KiB.  The output of LZO1X-1(12) is 0.4 to 1 % larger; the format is the same.
 *
 * The compressor does not check the size of its output buffer, so lzo_page() lets it write to @out
 * only if the worst case fits there, and otherwise to the buffer scratch.
 */
#include "encoder.h"

#include <stdlib.h>
#include <string.h>

#include <lzo/lzo1x.h>

struct lzo_context {
	uint8_t *scratch; /* worst_bytes(page_bytes), inside memory */
	uint64_t memory[];
};

/*
 * Returns an upper bound of the output size for @in_bytes of any input: LZO.FAQ of lzo2 2.10, "How
 * much can my data expand".
 */
static size_t worst_bytes(size_t in_bytes)
{
	return in_bytes + in_bytes / 16 + 64 + 3;
}

static size_t lzo_bytes(int level, size_t page_bytes)
{
	(void)level;
	return sizeof(struct lzo_context) + LZO1X_1_12_MEM_COMPRESS + worst_bytes(page_bytes);
}

static void *lzo_open(int level, size_t page_bytes)
{
	struct lzo_context *context = NULL;

	if (lzo_init() == LZO_E_OK)
		context = encoder_claim(lzo_bytes(level, page_bytes));
	if (context)
		context->scratch = (uint8_t *)context->memory + LZO1X_1_12_MEM_COMPRESS;
	return context;
}

static void lzo_close(void *context)
{
	free(context);
}

static size_t lzo_page(void *context, void *out, size_t out_bytes, const void *in, size_t in_bytes)
{
	struct lzo_context *c = context;
	uint8_t *to = out_bytes < worst_bytes(in_bytes) ? c->scratch : out;
	lzo_uint n = 0;

	if (lzo1x_1_12_compress(in, in_bytes, to, &n, c->memory) != LZO_E_OK || n >= in_bytes ||
	    n > out_bytes)
		return 0;
	if (to != out)
		memcpy(out, to, n);
	return n;
}

const struct encoder lzo_encoder = {
	.name = "lzo",
	.page_flag = 0x2,
	.context_bytes = lzo_bytes,
	.open = lzo_open,
	.close = lzo_close,
	.page = lzo_page,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * none.c - the codec that does not compress
 * In: a page.  Out: nothing, so that every page is stored unencoded.
 * Does not know: the content of a page.
 */
#include "encoder.h"

static char nothing; /* open() must not return NULL */

static size_t none_bytes(int level, size_t page_bytes)
{
	(void)level;
	(void)page_bytes;
	return 0;
}

static void *none_open(int level, size_t page_bytes)
{
	(void)level;
	(void)page_bytes;
	return &nothing;
}

static void none_close(void *context)
{
	(void)context;
}

static size_t none_page(void *context, void *out, size_t out_bytes, const void *in, size_t in_bytes)
{
	(void)context;
	(void)out;
	(void)out_bytes;
	(void)in;
	(void)in_bytes;
	return 0;
}

const struct encoder none_encoder = {
	.name = "none",
	.context_bytes = none_bytes,
	.open = none_open,
	.close = none_close,
	.page = none_page,
};

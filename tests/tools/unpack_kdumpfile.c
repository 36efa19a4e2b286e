// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unpack_kdumpfile.c - read a page with libkdumpfile
 * In: the name of a dump, a PFN.  Out: the page.
 * Does not know: the format of the dump.
 */
#include "cmpdump.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <libkdumpfile/kdumpfile.h>

/* zlib, lzo, snappy and zstd: the codecs that the library supports */
const uint64_t unpack_flags = 0x27;
const bool unpack_elf = true;

uint64_t unpack_open(const char *name, void **reader)
{
	kdump_ctx_t *ctx = kdump_new();
	kdump_num_t page;
	int fd = open(name, O_RDONLY);

	if (fd < 0 || !ctx || kdump_open_fd(ctx, fd) != KDUMP_OK ||
	    kdump_get_number_attr(ctx, KDUMP_ATTR_PAGE_SIZE, &page) != KDUMP_OK) {
		fprintf(stderr, "cmpdump: %s: %s\n", name, ctx ? kdump_get_err(ctx) : "no memory");
		exit(2);
	}
	*reader = ctx;
	return page;
}

bool unpack(void *reader, uint64_t pfn, uint64_t flag, const uint8_t *in, uint64_t bytes,
	    uint8_t *out, uint64_t page, const char **why)
{
	size_t got = page;

	(void)flag;
	(void)in;
	(void)bytes;
	if (kdump_read(reader, KDUMP_MACHPHYSADDR, pfn * page, out, &got) == KDUMP_OK &&
	    got == page)
		return true;
	*why = kdump_get_err(reader);
	return false;
}

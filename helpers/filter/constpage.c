// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zeropage.c - which pages hold nothing but zeros
 * In: a chunk with data.  Out: its keep bits.  No system call.
 * Does not know: page structs, formats; that a page may not be readable (sigbus.c does).
 */
#include "zeropage.h"

#include <stdint.h>
#include <string.h>

#include "../chunk.h"

bool zeropage_test(const void *data, size_t bytes)
{
	const unsigned char *p = data;
	uint64_t w[8];

	/* Most pages with data show it in their first words: 64 bytes a step, early out. */
	for (; bytes >= sizeof(w); p += sizeof(w), bytes -= sizeof(w)) {
		memcpy(w, p, sizeof(w));
		if (w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7])
			return false;
	}
	for (; bytes; p++, bytes--)
		if (*p)
			return false;
	return true;
}

void zeropage_mark(struct chunk *c, unsigned int i)
{
	uint32_t at = chunk_page_offset(c, i);

	if (!zeropage_test(c->data + at, chunk_page_offset(c, i + 1) - at))
		chunk_bit_set(c->keep, i);
}

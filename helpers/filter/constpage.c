// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * constpage.c - pages that are filled with one value: zeros, poison, 0xff
 * In: bytes.  Out: whether the page is filled with one value, and the value.  No system call.
 * Does not know: page structs, formats, unreadable pages (util/sigbus.c).
 */
#include "constpage.h"

#include <string.h>

bool constpage_test(const void *data, size_t bytes, uint64_t *word)
{
	const unsigned char *p = data;
	uint64_t w[8], v = 0;

	memcpy(&v, p, bytes < sizeof(v) ? bytes : sizeof(v));
	*word = v;
	/* Compare 64 bytes in each step: most pages with data differ in their first words. */
	for (; bytes >= sizeof(w); p += sizeof(w), bytes -= sizeof(w)) {
		memcpy(w, p, sizeof(w));
		if ((w[0] ^ v) | (w[1] ^ v) | (w[2] ^ v) | (w[3] ^ v) | (w[4] ^ v) | (w[5] ^ v) |
		    (w[6] ^ v) | (w[7] ^ v))
			return false;
	}
	for (; bytes >= sizeof(v); p += sizeof(v), bytes -= sizeof(v))
		if (memcmp(p, &v, sizeof(v)) != 0)
			return false;
	return memcmp(p, &v, bytes) == 0;
}

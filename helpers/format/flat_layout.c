// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flat_layout.c - a file as a stream of its pieces: makedumpfile's flattened format
 * In: the offset of a piece.  Out: the header bytes of the piece.  No system call.
 * Does not know: the content of the file, the destination of the stream.
 */
#include "flat_layout.h"

#include <endian.h>
#include <string.h>

#define SIGNATURE "makedumpfile"
#define TYPE	  1 /* TYPE_FLAT_HEADER */
#define VERSION	  1 /* VERSION_FLAT_HEADER */

static void put(uint8_t *out, uint64_t v)
{
	v = htobe64(v);
	memcpy(out, &v, sizeof(v));
}

void flat_layout_head(uint8_t out[FLAT_HEAD_BYTES])
{
	memset(out, 0, FLAT_HEAD_BYTES);
	memcpy(out, SIGNATURE, sizeof(SIGNATURE));
	put(out + 16, TYPE);
	put(out + 24, VERSION);
}

void flat_layout_record(uint8_t out[FLAT_RECORD_BYTES], uint64_t at, uint64_t bytes)
{
	put(out, at);
	put(out + 8, bytes);
}

void flat_layout_end(uint8_t out[FLAT_RECORD_BYTES])
{
	flat_layout_record(out, UINT64_MAX, UINT64_MAX);
}

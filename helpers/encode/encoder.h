/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * encoder.h - the interface of the codecs, which store a page in fewer bytes
 * In: a page.  Out: its encoded bytes, or 0 when encoding does not make it smaller.
 * Does not know: files, threads, which pages are kept.
 *
 * One file for each codec.  If the library is missing, the Makefile uses the file of the same name
 * in absent/, which defines the name of the codec, without open().
 */
#ifndef FADUMP_ENCODER_H
#define FADUMP_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct encoder {
	const char *name;   /* name on the command line */
	uint32_t page_flag; /* page_desc.flags of an encoded page in kdump-compressed */

	/*
	 * all 0: the codec has no levels; otherwise every number from min to max except 0 is a
	 * level
	 */
	int level_min, level_max, level_default;

	/*
	 * Returns the number of bytes that open() will allocate.  Call this and open() before the
	 * threads start: both may use global state of a library.
	 */
	size_t (*context_bytes)(int level, size_t page_bytes);

	/*
	 * Create a context for one thread and pages of at most @page_bytes.  All its memory is
	 * allocated and touched here; page() allocates nothing.  NULL: no memory.  Free it with
	 * close().
	 */
	void *(*open)(int level, size_t page_bytes);
	void (*close)(void *context);

	/*
	 * Encode @in_bytes (1 to page_bytes) at @in to @out, which has room for @out_bytes and does
	 * not overlap @in.  Returns the number of bytes written, always fewer than @in_bytes.  0:
	 * the page does not become smaller or does not fit in @out; @out is undefined then, and the
	 * page must be stored unencoded.
	 */
	size_t (*page)(void *context, void *out, size_t out_bytes, const void *in, size_t in_bytes);
};

extern const struct encoder zstd_encoder, lzo_encoder, zlib_encoder, none_encoder;

struct encoder_choice {
	const struct encoder *encoder;
	int level;
};

#define ENCODER_WHY_BYTES 160

/*
 * Parse NAME or NAME:LEVEL.  Returns false if the codec is unknown or not built in, or if it does
 * not have this level; then @why is the reason, a text without a full stop, and @choice is not
 * changed.
 */
bool encoder_parse(const char *text, struct encoder_choice *choice, char why[ENCODER_WHY_BYTES]);

/* Returns the codec to use if none is chosen: the best that is built in, at its default level. */
struct encoder_choice encoder_default(void);

/*
 * Returns the name of built-in codec @i, counted from 0, best first; NULL: there are fewer codecs.
 */
const char *encoder_name(unsigned int i);

/* For open(): allocate @bytes and touch them.  Free with free().  NULL: no memory. */
void *encoder_claim(size_t bytes);

#endif

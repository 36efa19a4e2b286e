/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * encoder.h - ways to store a page in fewer bytes
 * In: a page.  Out: its encoded bytes, or none when encoding does not pay.
 * Does not know: files, threads, which pages are kept.
 *
 * One file a codec.  Where the library is missing the Makefile takes the file of the same
 * name in absent/, which has the codec's name and no open().
 */
#ifndef FADUMP_ENCODER_H
#define FADUMP_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct encoder {
	const char *name;   /* as on the command line */
	uint32_t page_flag; /* page_desc.flags of an encoded page in kdump-compressed */

	/* all 0: this codec has no levels; otherwise every level between them but 0 is one */
	int level_min, level_max, level_default;

	/*
	 * How many bytes open() will claim.  Before the threads start: what a library is
	 * asked here and in open() may be global to it.
	 */
	size_t (*context_bytes)(int level, size_t page_bytes);

	/*
	 * A context for one thread and pages of at most @page_bytes, all its memory claimed
	 * and touched; page() allocates nothing.  NULL: no memory.  close() frees it.
	 */
	void *(*open)(int level, size_t page_bytes);
	void (*close)(void *context);

	/*
	 * Encode @in_bytes (1 to page_bytes) at @in to @out, which has room for @out_bytes
	 * and does not overlap.  Returns how many were written, always fewer than @in_bytes;
	 * 0: it does not get smaller, or not small enough for @out; what is in @out then is
	 * undefined and the page is to be stored as it is.
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
 * Take NAME or NAME:LEVEL.  Returns false when it is not one, or is not built in; then @why
 * has the reason as a sentence without its end, and @choice is as it was.
 */
bool encoder_parse(const char *text, struct encoder_choice *choice, char why[ENCODER_WHY_BYTES]);

/* What is used when nobody chooses: the best that is built in, at its default level. */
struct encoder_choice encoder_default(void);

/* For open(): @bytes of memory that is really there.  Freed with free(); NULL: no memory. */
void *encoder_claim(size_t bytes);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz.h - macros and functions for every fuzzer
 *
 * An input is data of a crashed kernel, or a text that a user or a system provides.  The parsers
 * may refuse it or use it in part.  A finding is a crash, a report of a sanitizer, a broken promise
 * of a header, or an input for which a parser does not return.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/vmcoreinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Abort if a promise of a header is broken. */
#define promise(condition)                                                                         \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__,         \
				#condition);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/*
 * How often inputs reached the code under test, possibly several times for one input.  If this is
 * 0, the fuzzer tests nothing.
 */
static unsigned long fuzz_reached;

__attribute__((destructor)) static void fuzz_report(void)
{
	fprintf(stderr, "reached: %lu\n", fuzz_reached);
}

/* Returns a copy without readable memory before or after it.  Never NULL; the caller frees it. */
static inline void *fuzz_copy(const void *data, size_t bytes)
{
	void *copy = malloc(bytes);

	promise(copy);
	if (bytes)
		memcpy(copy, data, bytes);
	return copy;
}

/*
 * An input with memory has a VMCOREINFO text, a NUL, and the memory.  Lines FUZZ(NAME)=N of the
 * text, which no kernel writes, are options of a fuzzer.
 */
struct fuzz_image {
	struct vmcoreinfo info;
	char *text;
	uint8_t *memory;
	size_t memory_bytes;
};

static inline struct fuzz_image fuzz_image(const uint8_t *data, size_t bytes)
{
	const uint8_t *nul = bytes ? memchr(data, '\0', bytes) : NULL;
	const size_t text_bytes = nul ? (size_t)(nul - data) : bytes;
	const size_t skip = nul ? text_bytes + 1 : bytes;
	struct fuzz_image image = {.memory_bytes = bytes - skip};

	image.text = fuzz_copy(data, text_bytes);
	image.memory = fuzz_copy(data + skip, bytes - skip);
	image.info = (struct vmcoreinfo){image.text, text_bytes};
	return image;
}

static inline void fuzz_image_free(struct fuzz_image *image)
{
	free(image->text);
	free(image->memory);
}

/* Returns the value of FUZZ(@name) in the text; 0 if it is missing. */
static inline uint64_t fuzz_option(const struct fuzz_image *image, const char *name)
{
	uint64_t value = 0;

	vmcoreinfo_number(&image->info, "FUZZ", name, &value);
	return value;
}

#endif

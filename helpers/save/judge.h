/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge.h - is this a dump that can be read?
 */
#ifndef FADUMP_SAVE_JUDGE_H
#define FADUMP_SAVE_JUDGE_H

#include <stddef.h>
#include <stdint.h>

/* So much of the beginning of a dump is looked at, in bytes. */
#define SAVE_JUDGE_BYTES 65536u

/*
 * @head: the first @head_bytes, SAVE_JUDGE_BYTES or all, of a dump of @bytes; @format: what its
 * status says it is.  Returns NULL, or what is wrong as a static text.
 */
const char *save_judge_vmcore(const uint8_t *head, size_t head_bytes, uint64_t bytes,
			      const char *format);

/*
 * Copy the value of @key in the key=value lines of @text to @out of @out_bytes, "" without one.
 */
void save_judge_value(const char *text, const char *key, char *out, size_t out_bytes);

#endif

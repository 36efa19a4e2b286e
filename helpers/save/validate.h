/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * validate.h - check the headers of a dump; read a value of its status
 */
#ifndef FADUMP_SAVE_VALIDATE_H
#define FADUMP_SAVE_VALIDATE_H

#include <stddef.h>
#include <stdint.h>

/* The number of bytes to read from the beginning of a dump for the check. */
#define SAVE_VALIDATE_BYTES 65536u

/*
 * Check the beginning of a dump of @bytes.  @head has its first @head_bytes: SAVE_VALIDATE_BYTES,
 * or all bytes of a shorter dump.  @format is its format according to the status.  Returns NULL, or
 * the error as a static text.
 */
const char *save_validate_vmcore(const uint8_t *head, size_t head_bytes, uint64_t bytes,
				 const char *format);

/*
 * Copy the value of @key in the key=value lines of @text to @out, which has @out_bytes; a longer
 * value is truncated.  "" if @key is missing.
 */
void save_validate_value(const char *text, const char *key, char *out, size_t out_bytes);

#endif

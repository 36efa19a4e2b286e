/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parse.h - parse numbers strictly; compare the beginning of a text
 */
#ifndef FADUMP_PARSE_H
#define FADUMP_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Parse all of @text, which may have no sign and no spaces, as a number in @base (8, 10 or 16) of
 * at most @max, and store the number in *@out.  Returns false for any other text; then *@out does
 * not change.
 */
bool parse_u64(const char *text, int base, uint64_t max, uint64_t *out);

/* True if @text begins with @start. */
bool parse_begins(const char *text, const char *start);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parse.h - numbers from text, junk refused
 */
#ifndef FADUMP_PARSE_H
#define FADUMP_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The whole of @text as a number in @base (10 or 16), no sign, no space, at most @max.
 * Returns false and leaves @out alone when it is anything else.
 */
bool parse_u64(const char *text, int base, uint64_t max, uint64_t *out);

#endif

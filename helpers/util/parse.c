// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * parse.c - parse numbers strictly; compare the beginning of a text
 * In: a string.  Out: a number in range, or yes or no.  No system call.
 * Does not know: the use of the string.
 */
#include "parse.h"

#include <string.h>

/* Returns the value of a hexadecimal digit, or 16 for any other character. */
static unsigned int digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10 : 16;
}

bool parse_u64(const char *text, int base, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (const char *p = text; *p; p++) {
		const unsigned int d = digit(*p);

		if (d >= (unsigned int)base || d > max || value > (max - d) / (unsigned int)base)
			return false;
		value = value * (unsigned int)base + d;
	}
	*out = value;
	return true;
}

bool parse_begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

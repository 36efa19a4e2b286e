// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * parse.c - parse numbers strictly; compare the beginning of a text
 * In: a string.  Out: a number in range, or yes or no.  No system call.
 * Does not know: the use of the string.
 */
#include "parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool parse_u64(const char *text, int base, uint64_t max, uint64_t *out)
{
	unsigned long long v;
	char *end;

	/* strtoull() also accepts a sign, leading spaces and 0x */
	if (base == 16 ? !isxdigit((unsigned char)text[0]) || text[1] == 'x' || text[1] == 'X'
		       : !isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	v = strtoull(text, &end, base);
	if (*end || errno || v > max)
		return false;
	*out = v;
	return true;
}

bool parse_begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * parse.c - numbers from text, junk refused
 * In: a string.  Out: a number in range.  No system call.
 * Does not know: what the number is for.
 */
#include "parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

bool parse_u64(const char *text, int base, uint64_t max, uint64_t *out)
{
	unsigned long long v;
	char *end;

	/* strtoull() would take a sign, leading space and an 0x of its own accord */
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

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * words.c - the words and numbers of a textual description
 * In: a line that strtok() is processing.  Out: its next word; an invalid number ends the program.
 * Does not know: the meaning of the words.
 */
#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned int words_line_nr;

void words_die(const char *what)
{
	fprintf(stderr, "%s: line %u: %s\n", program_invocation_short_name, words_line_nr, what);
	exit(1);
}

uint64_t words_number(const char *s)
{
	char *end;
	uint64_t v;

	if (!s || !isdigit((unsigned char)*s))
		words_die("a number is missing or does not begin with a digit");
	v = strtoull(s, &end, 0);
	if (*end == 'K' || *end == 'M' || *end == 'G') {
		v <<= *end == 'K' ? 10 : *end == 'M' ? 20 : 30;
		end++;
	}
	if (*end)
		words_die("invalid characters after a number");
	return v;
}

uint64_t words_word(void)
{
	return words_number(strtok(NULL, " "));
}

char *words_rest(void)
{
	char *s = strtok(NULL, "");

	return s ? s : (char *)"";
}

bool words_option(const char *s, const char *key, uint64_t *out)
{
	size_t len = strlen(key);

	if (strncmp(s, key, len) != 0 || s[len] != '=')
		return false;
	*out = words_number(s + len + 1);
	return true;
}

size_t words_unescape(char *s)
{
	char *out = s, *start = s;

	for (unsigned int byte; *s;) {
		if (sscanf(s, "\\x%2x", &byte) == 1) {
			*out++ = (char)byte;
			s += 4;
		} else {
			*out++ = *s++;
		}
	}
	return (size_t)(out - start);
}

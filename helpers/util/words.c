// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * words.c - split a kernel command line into words
 * In: a text.  Out: its words.  No system call.
 * Does not know: the meaning of a word.
 */
#include "words.h"

#include <string.h>

static const char space[] = " \t\n\v\f\r";

bool words_next(char **line, char **word)
{
	char *from = *line + strspn(*line, space), *to = from;
	bool quoted = false;

	if (!*from)
		return false;
	*word = from;
	for (; *from && (quoted || !strchr(space, *from)); from++) {
		if (*from == '"')
			quoted = !quoted;
		else
			*to++ = *from;
	}
	*line = *from ? from + 1 : from;
	*to = '\0';
	return true;
}

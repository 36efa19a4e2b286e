// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mkmem.c - make VMCOREINFO and a little memory from a textual description, for fuzzers
 * In: the description on stdin.  Out: on stdout the VMCOREINFO text, a NUL, the memory.
 * Does not know: the program under test (uses none of its code).
 *
 * Empty lines, and lines that begin with '#', are ignored.  The lines before the line "memory" are
 * the VMCOREINFO text.  Each line after "memory" is one of these; N is decimal or 0x hex, and may
 * end in K, M or G:
 *
 *  order little|big       byte order of the words in the next lines (little)
 *  at OFFSET N...         64-bit words
 *  text OFFSET TEXT       bytes; \xNN in TEXT is one byte
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "words.h"

#define MEMORY_MAX 65536u

static uint8_t memory[MEMORY_MAX];
static size_t memory_bytes;
static bool big;

static void put(uint64_t at, const void *bytes, size_t nr)
{
	if (at > MEMORY_MAX || nr > MEMORY_MAX - at)
		words_die("the offset is beyond the largest memory");
	memcpy(memory + at, bytes, nr);
	if (at + nr > memory_bytes)
		memory_bytes = at + nr;
}

static void take_line(char *line)
{
	const char *word0 = strtok(line, " ");

	if (!word0)
		return;
	if (strcmp(word0, "order") == 0) {
		big = strcmp(words_rest(), "big") == 0;
	} else if (strcmp(word0, "at") == 0) {
		uint64_t at = words_word();

		for (char *s; (s = strtok(NULL, " ")); at += 8) {
			uint64_t v = words_number(s);
			uint8_t bytes[8];

			for (unsigned int i = 0; i < 8; i++)
				bytes[big ? 7 - i : i] = (uint8_t)(v >> 8 * i);
			put(at, bytes, sizeof(bytes));
		}
	} else if (strcmp(word0, "text") == 0) {
		uint64_t at = words_word();
		char *text = words_rest();

		put(at, text, words_unescape(text));
	} else {
		words_die("unknown directive");
	}
}

int main(void)
{
	static char line[8192];
	bool in_memory = false;

	while (words_line_nr++, fgets(line, sizeof(line), stdin)) {
		if (*line == '#' || *line == '\n')
			continue;
		if (strcmp(line, "memory\n") == 0) {
			in_memory = true;
			continue;
		}
		if (!in_memory) {
			fputs(line, stdout);
			continue;
		}
		line[strcspn(line, "\n")] = '\0';
		take_line(line);
	}
	putchar('\0');
	fwrite(memory, 1, memory_bytes, stdout);
	if (fflush(stdout) != 0) {
		perror("mkmem");
		return 1;
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words.h - the words and numbers of a description
 */
#ifndef TESTS_TOOLS_WORDS_H
#define TESTS_TOOLS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern unsigned int words_line_nr; /* the reader counts; for words_die() */

void words_die(const char *what) __attribute__((noreturn));

/* A whole string as a number: decimal or 0x hex, with K, M or G after it. */
uint64_t words_number(const char *s);

/* The next word as a number; what is left of the line, "" when nothing is. */
uint64_t words_word(void);
char *words_rest(void);

/* Is @s "@key=N"?  Then N goes to @out. */
bool words_option(const char *s, const char *key, uint64_t *out);

/* Replace \xNN by that byte, in place.  Returns the new length. */
size_t words_unescape(char *s);

#endif

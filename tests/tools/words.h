/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words.h - the words and numbers of a textual description
 */
#ifndef TESTS_TOOLS_WORDS_H
#define TESTS_TOOLS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern unsigned int words_line_nr; /* counted by the caller, for the message of words_die() */

void words_die(const char *what) __attribute__((noreturn));

/*
 * Return the number in @s: decimal or hexadecimal (0x), with an optional suffix K, M or G.  A NULL
 * @s, or any other character in it, ends the program.
 */
uint64_t words_number(const char *s);

/*
 * words_word() returns the next word as words_number() does; words_rest() returns the rest of the
 * line, which may be empty.
 */
uint64_t words_word(void);
char *words_rest(void);

/* If @s is "@key=N", store N in @out and return true. */
bool words_option(const char *s, const char *key, uint64_t *out);

/* Replace \xNN by that byte, in place.  Returns the new length. */
size_t words_unescape(char *s);

#endif

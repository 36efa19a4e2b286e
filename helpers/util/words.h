/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words.h - split a kernel command line into words
 */
#ifndef FADUMP_WORDS_H
#define FADUMP_WORDS_H

#include <stdbool.h>

/*
 * Set *@word to the next word of *@line, and *@line to the text after this word.  White space
 * separates words, unless it is between double quotes; the quotes are removed.  The text is
 * modified; a word is valid as long as the text.  Returns false, and does not change *@word, if no
 * word is left.  Rule: next_arg() in lib/cmdline.c of the kernel, 6.12.
 */
bool words_next(char **line, char **word);

#endif

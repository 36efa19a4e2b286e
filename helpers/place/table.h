/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table.h - parse the lines of fstab, of /proc/mounts and of findmnt --raw
 */
#ifndef FADUMP_PLACE_TABLE_H
#define FADUMP_PLACE_TABLE_H

#include <stdbool.h>

/* The encoding of spaces and other special bytes in a field. */
enum table_form {
	TABLE_FSTAB,  /* \040, and a line that begins with '#' is a comment: fstab(5), autofs(5) */
	TABLE_MOUNTS, /* \040: /proc/mounts (mangle() in the kernel's fs/proc_namespace.c) */
	TABLE_HEX,    /* \x20: findmnt --raw of util-linux */
};

struct table_entry {
	const char *source, *target, *type; /* decoded; a missing field is "" */
	const char *options; /* not decoded, see table_decode(): a comma in a value is "\\054" */
	unsigned int line;   /* from 1 */
};

/*
 * Calls @each for the entries of @file in their order, until @each returns a value other than 0.
 * An entry is valid during the call only.  Comments, empty lines and lines with fewer than two
 * fields are skipped, except "+MAP" of autofs(5); the last line needs no line end.
 * Returns 0, the value of @each, or -errno when @file cannot be read.
 */
int table_read(const char *file, enum table_form form,
	       int (*each)(void *arg, const struct table_entry *entry), void *arg);

/* Returns the byte whose number is written at @text in @digits digits of @base; -1 if a character
 * is not such a digit, or the number is above 255. */
int table_byte(const char *text, int digits, int base);

/* Decodes @field in place; the result is never longer. */
void table_decode(char *field, enum table_form form);

/*
 * Finds the first word @name or @name=VALUE in @options, a list separated by commas.  Returns the
 * text after the name, from which the next such word can be found; NULL if there is none.
 */
const char *table_option(const char *options, const char *name);

/* True when @options has such a word. */
bool table_has_option(const char *options, const char *name);

#endif

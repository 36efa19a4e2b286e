/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config.h - the configuration: values of the file and the kernel command line, and the defaults
 *
 * Order of calls: config_init(), config_file() at most once, config_fallback() if the file has a
 * copy, config_word() for each word, config_finish(), then config_get().  Nothing is allocated;
 * values point into the text and the words that the caller passed, or are constants.
 */
#ifndef FADUMP_CONFIG_CONFIG_H
#define FADUMP_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "keys.h"

#define CONFIG_PATH	     "/etc/fadump.conf"
#define CONFIG_FILE_BYTES    65536u /* the longest file */
#define CONFIG_TARGETS_MAX   64u
#define CONFIG_MESSAGE_BYTES 1024u

/* A later source overrides an earlier one. */
enum config_source { CONFIG_DEFAULT, CONFIG_FROM_FILE, CONFIG_FROM_CMDLINE };

/* @message describes an error: one line without control characters and without a secret. */
typedef void config_report(void *arg, const char *message);

struct config_value {
	const char *text; /* NULL: no source sets it */
	enum config_source source;
	unsigned int line; /* line number in the file, from 1; 0: not from the file */
};

struct config {
	struct config_value value[KEYS_NR]; /* KEYS_TARGET is not used */
	/* the targets in the order in which they are tried; the last resort is last */
	struct config_value target[CONFIG_TARGETS_MAX + 1];
	unsigned int nr_targets;
	unsigned int
		nr_explicit;	/* targets that a source names: all except the added last resort */
	unsigned int nr_errors; /* number of calls of @report */
	bool bad[KEYS_NR];	/* the file has a bad value of this key */
	const char *file;	/* name of the file in messages */
	config_report *report;
	void *arg;
};

/* @report is called with @arg for each error.  @file is the name of the file in messages. */
void config_init(struct config *c, const char *file, config_report *report, void *arg);

/*
 * Parse the text of the file.  @text is modified: NULs are written after the values; @text[@bytes]
 * must be writable.  A bad line is reported and has no effect.
 *
 * Grammar: one "key = value" in each line; the line end of the last line is optional; white space
 * around key and value is ignored, also a carriage return; '#' at the beginning of a line or after
 * white space begins a comment; there is no quoting.  Each key except target may be given only
 * once.
 */
void config_file(struct config *c, char *text, size_t bytes);

/* True when no line of the file sets a value.  Call after config_file(), before config_word(). */
bool config_sets_nothing(const struct config *c);

/*
 * For each key whose values in @c were all rejected, use the value of @copy, another version of the
 * file.  If compress and format then exclude each other, compress is unset.  @c then also points
 * into the text of @copy.  Call after config_file() of both, before config_word().
 */
void config_fallback(struct config *c, const struct config *copy);

/*
 * Parse KEY=VALUE, a word of the kernel command line without its prefix.  The value replaces that
 * of the file or of an earlier word.  Targets form a list: the first one replaces the targets of
 * the file, and each further one is added.  A bad word is reported and has no effect.
 */
void config_word(struct config *c, const char *word);

/*
 * Call after all sources.  With format elf, a compress that is set becomes none.  The last resort,
 * dir:/var/crash, is added to the targets if no target is set; or if no target is "none" or the
 * last resort itself, and fallback is not "none".
 */
void config_finish(struct config *c);

/*
 * Returns the value of a key that is not a list, or its default if no source sets it; "": the key
 * has no default.
 */
const char *config_get(const struct config *c, enum keys_id id);

#endif

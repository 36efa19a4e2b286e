/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keys.h - the keys of the configuration: one table for the file and the kernel command line
 */
#ifndef FADUMP_CONFIG_KEYS_H
#define FADUMP_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>

/* In the order of fadump.conf(5); each is an index into the table. */
enum keys_id {
	KEYS_TARGET,
	KEYS_FALLBACK,
	KEYS_TIMEOUT,
	KEYS_STALL_TIMEOUT,
	KEYS_RAW_FORCE,
	KEYS_RAW_OVERWRITE,
	KEYS_NETWORK,
	KEYS_INCLUDE,
	KEYS_SSH_KEY,
	KEYS_SSH_KNOWN_HOSTS,
	KEYS_WHEN,
	KEYS_REARM,
	KEYS_FINAL_ACTION,
	KEYS_FORMAT,
	KEYS_COMPRESS,
	KEYS_DUMP_LEVEL,
	KEYS_THREADS,
	KEYS_MEMORY,
	KEYS_NR
};

enum keys_type {
	KEYS_TYPE_TARGET,  /* target.h */
	KEYS_TYPE_WORD,	   /* one of the words */
	KEYS_TYPE_WORDS,   /* one or more of the words, separated by spaces */
	KEYS_TYPE_NUMBER,  /* min to max */
	KEYS_TYPE_PATH,	   /* absolute */
	KEYS_TYPE_NETWORK, /* words of dracut.cmdline(7), at least one of them ip= */
	KEYS_TYPE_CODEC,   /* zstd[:LEVEL], lzo, zlib[:LEVEL], none */
};

struct keys_key {
	const char *name;
	enum keys_type type;
	const char *words;     /* WORD and WORDS: the accepted words, separated by spaces */
	unsigned int min, max; /* limits of NUMBER */
	const char *accepted;  /* the accepted values, as messages and the manual describe them */
	const char *usual;     /* the default; NULL: none, or it depends on the machine */
	const char
		*option; /* option of fadump-copy, without the leading "--"; NULL: there is none */
	bool cmdline;	 /* accepted on the kernel command line as well */
	bool repeats;	 /* may be given several times: the values are a list */
	bool secret;	 /* a value may contain a password: use target_mask() before printing it */
};

/* KEYS_NR rows, indexed by enum keys_id. */
extern const struct keys_key keys_table[KEYS_NR];

/* Returns the key called @name (@bytes long); NULL: there is none. */
const struct keys_key *keys_find(const char *name, size_t bytes);

/* Returns the id of the row @key of the table. */
enum keys_id keys_id(const struct keys_key *key);

/* Returns the name of a type, for "fadump-tool keys". */
const char *keys_type_name(enum keys_type type);

/*
 * True when @key accepts @value, which ends with a NUL.  Always false for KEYS_TYPE_TARGET, which
 * target_parse() checks.
 */
bool keys_accepts(const struct keys_key *key, const char *value);

/*
 * True when @text is a number from @min to @max that consists of digits only, without a leading
 * zero.
 */
bool keys_number(const char *text, unsigned int min, unsigned int max);

/* True when @text has a control character (bytes 1 to 31 and 127). */
bool keys_has_control(const char *text);

#endif

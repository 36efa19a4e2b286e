// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keys.c - the keys of the configuration: one table for the file and the kernel command line
 * In: the name of a key, a value.  Out: the row of the key; whether it accepts the value.
 * No system call, no allocation.
 * Does not know: files, the grammar of a line, targets (target.c), the precedence of sources
 * (config.c).
 *
 * tests/meta/keys.bats compares fadump.conf(5), conf/fadump.conf and modules.d/50fadump with this
 * table.
 */
#include "keys.h"

#include <stdint.h>
#include <string.h>

#include "../util/parse.h"

#define NUMBER(low, high, text) .type = KEYS_TYPE_NUMBER, .min = low, .max = high, .accepted = text
#define WORD(list, text)	.type = KEYS_TYPE_WORD, .words = list, .accepted = text
#define ABSOLUTE		.type = KEYS_TYPE_PATH, .accepted = "an absolute path"

const struct keys_key keys_table[KEYS_NR] = {
	[KEYS_TARGET] = {.name = "target",
			 .type = KEYS_TYPE_TARGET,
			 .accepted = "dir:, fs:, raw:, nfs:, nfs4:, iscsi:, ssh:, ram: or none",
			 .usual = "dir:/var/crash",
			 .cmdline = true,
			 .repeats = true,
			 .secret = true},
	[KEYS_FALLBACK] = {.name = "fallback",
			   WORD("dir none", "dir or none"),
			   .usual = "dir",
			   .cmdline = true},
	[KEYS_TIMEOUT] = {.name = "timeout",
			  NUMBER(1, 3600, "a number of seconds, 1 to 3600"),
			  .usual = "60",
			  .cmdline = true},
	[KEYS_STALL_TIMEOUT] = {.name = "stall_timeout",
				NUMBER(1, 86400, "a number of seconds, 1 to 86400"),
				.usual = "60",
				.cmdline = true},
	[KEYS_RAW_FORCE] = {.name = "raw_force",
			    WORD("yes no", "yes or no"),
			    .usual = "no",
			    .cmdline = true},
	[KEYS_RAW_OVERWRITE] = {.name = "raw_overwrite",
				WORD("yes no", "yes or no"),
				.usual = "no",
				.cmdline = true},
	[KEYS_NETWORK] = {.name = "network",
			  .type = KEYS_TYPE_NETWORK,
			  .accepted = "words of dracut.cmdline(7): ip=, ifname=, bond=, vlan=, "
				      "bridge=, team=, nameserver=, rd.route=; at least one ip=",
			  .cmdline = true},
	[KEYS_INCLUDE] = {.name = "include",
			  .type = KEYS_TYPE_WORDS,
			  .words = "fs raw nfs iscsi ssh",
			  .accepted = "a list of fs, raw, nfs, iscsi and ssh"},
	[KEYS_SSH_KEY] = {.name = "ssh_key", ABSOLUTE},
	[KEYS_SSH_KNOWN_HOSTS] = {.name = "ssh_known_hosts",
				  ABSOLUTE,
				  .usual = "/root/.ssh/known_hosts"},
	[KEYS_WHEN] = {.name = "when",
		       WORD("early late", "early or late"),
		       .usual = "early",
		       .cmdline = true},
	[KEYS_REARM] = {.name = "rearm",
			WORD("auto yes no", "auto, yes or no"),
			.usual = "auto",
			.cmdline = true},
	[KEYS_FINAL_ACTION] = {.name = "final_action",
			       WORD("auto continue reboot poweroff halt",
				    "auto, continue, reboot, poweroff or halt"),
			       .usual = "auto",
			       .cmdline = true},
	[KEYS_FORMAT] = {.name = "format",
			 WORD("kdump elf", "kdump or elf"),
			 .usual = "kdump",
			 .option = "format",
			 .cmdline = true},
	[KEYS_COMPRESS] = {.name = "compress",
			   .type = KEYS_TYPE_CODEC,
			   .accepted = "zstd, zstd:LEVEL (-7 to 19 but 0), lzo, zlib, zlib:LEVEL "
				       "(1 to 9) or none",
			   .usual = "zstd",
			   .option = "compress",
			   .cmdline = true},
	[KEYS_DUMP_LEVEL] = {.name = "dump_level",
			     NUMBER(0, 31, "a number, 0 to 31"),
			     .usual = "31",
			     .option = "dump-level",
			     .cmdline = true},
	[KEYS_THREADS] = {.name = "threads",
			  NUMBER(1, 128, "a number, 1 to 128"),
			  .option = "threads",
			  .cmdline = true},
	[KEYS_MEMORY] = {.name = "memory",
			 NUMBER(1, 9999999, "a number of MiB, 1 to 9999999"),
			 .option = "memory",
			 .cmdline = true},
};

const struct keys_key *keys_find(const char *name, size_t bytes)
{
	for (size_t i = 0; i < KEYS_NR; i++)
		if (strlen(keys_table[i].name) == bytes &&
		    memcmp(keys_table[i].name, name, bytes) == 0)
			return &keys_table[i];
	return NULL;
}

enum keys_id keys_id(const struct keys_key *key)
{
	return (enum keys_id)(key - keys_table);
}

const char *keys_type_name(enum keys_type type)
{
	static const char *const name[] = {
		[KEYS_TYPE_TARGET] = "target", [KEYS_TYPE_WORD] = "word",
		[KEYS_TYPE_WORDS] = "words",   [KEYS_TYPE_NUMBER] = "number",
		[KEYS_TYPE_PATH] = "path",     [KEYS_TYPE_NETWORK] = "network",
		[KEYS_TYPE_CODEC] = "codec",
	};

	return name[type];
}

bool keys_has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

/* True when @word, @bytes long, is one of the words of @list. */
static bool one_of(const char *list, const char *word, size_t bytes)
{
	for (; *list; list += strspn(list, " ")) {
		const size_t n = strcspn(list, " ");

		if (bytes && n == bytes && memcmp(list, word, n) == 0)
			return true;
		list += n;
	}
	return false;
}

static bool some_of(const char *list, const char *text)
{
	size_t n;

	if (!*text)
		return false;
	for (; *text; text += strspn(text, " ")) {
		n = strcspn(text, " ");
		if (!one_of(list, text, n))
			return false;
		text += n;
	}
	return true;
}

bool keys_number(const char *text, unsigned int min, unsigned int max)
{
	uint64_t value;

	if (text[0] == '0' && text[1])
		return false;
	return parse_u64(text, 10, max, &value) && value >= min;
}

static bool codec(const char *text)
{
	if (one_of("zstd lzo zlib none", text, strlen(text)))
		return true;
	if (strncmp(text, "zlib:", 5) == 0)
		return keys_number(text + 5, 1, 9);
	if (strncmp(text, "zstd:-", 6) == 0)
		return keys_number(text + 6, 1, 7);
	return strncmp(text, "zstd:", 5) == 0 && keys_number(text + 5, 1, 19);
}

/*
 * True for one word that configures dracut's network: NAME=VALUE; the value of ifname= is
 * NAME:ADDRESS.
 */
static bool network_word(const char *word, size_t bytes)
{
	static const char names[] = "ip bond vlan bridge team ifname nameserver rd.route";
	const char *value = memchr(word, '=', bytes);
	const char *colon;
	size_t left;

	if (!value || !one_of(names, word, (size_t)(value - word)))
		return false;
	value++;
	left = bytes - (size_t)(value - word);
	if (!left || strncmp(word, "ifname=", 7) != 0)
		return left > 0;
	colon = left > 1 ? memchr(value + 1, ':', left - 1) : NULL;
	return colon && colon + 1 < word + bytes;
}

static bool network(const char *text)
{
	static const char bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "=:;.,/@%_+[] -";
	bool has_ip = false;

	if (text[strspn(text, bytes)])
		return false;
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		const size_t n = strcspn(text, " ");

		/* the addresses of arp_ip_target= of a bond are separated by semicolons */
		if (!network_word(text, n) ||
		    (memchr(text, ';', n) && strncmp(text, "bond=", 5) != 0))
			return false;
		has_ip |= strncmp(text, "ip=", 3) == 0;
		text += n;
	}
	return has_ip;
}

bool keys_accepts(const struct keys_key *key, const char *value)
{
	if (keys_has_control(value))
		return false;
	switch (key->type) {
	case KEYS_TYPE_WORD:
		return one_of(key->words, value, strlen(value));
	case KEYS_TYPE_WORDS:
		return some_of(key->words, value);
	case KEYS_TYPE_NUMBER:
		return keys_number(value, key->min, key->max);
	case KEYS_TYPE_PATH:
		return value[0] == '/';
	case KEYS_TYPE_NETWORK:
		return network(value);
	case KEYS_TYPE_CODEC:
		return codec(value);
	case KEYS_TYPE_TARGET:
		break;
	}
	return false;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config.c - fuzz the configuration: a file and words of the kernel command line
 * In: the file, then words, each after a NUL byte.  For any input, each key accepts its resulting
 * value, the ELF format has no codec, and no message has a control character.  All targets are
 * valid; there is at least one, and at most the last was not named by the input.
 */
#include "fuzz.h"

#include "config/config.h"
#include "config/target.h"

static unsigned int reported;

static void check_message(void *arg, const char *message)
{
	(void)arg;
	promise(*message && strlen(message) < CONFIG_MESSAGE_BYTES);
	promise(!keys_has_control(message));
	reported++;
}

static void check_values(const struct config *c)
{
	static struct target t;

	for (int i = 0; i < KEYS_NR; i++) {
		const struct config_value *v = &c->value[i];

		promise(!v->text || keys_accepts(&keys_table[i], v->text));
		promise(!v->text || v->source != CONFIG_FROM_CMDLINE || keys_table[i].cmdline);
		promise(config_get(c, (enum keys_id)i));
	}
	promise(c->nr_targets > 0 && c->nr_targets <= CONFIG_TARGETS_MAX + 1);
	promise(c->nr_explicit + 1 >= c->nr_targets);
	for (unsigned int i = 0; i < c->nr_targets; i++) {
		promise(!target_parse(&t, c->target[i].text));
		promise(c->target[i].source == c->target[0].source || i >= c->nr_explicit);
	}
	promise(!c->value[KEYS_FORMAT].text || !c->value[KEYS_COMPRESS].text ||
		strcmp(c->value[KEYS_FORMAT].text, "elf") != 0 ||
		strcmp(c->value[KEYS_COMPRESS].text, "none") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	char *text = fuzz_copy(data, bytes);
	const char *nul = bytes ? memchr(text, '\0', bytes) : NULL;
	const size_t file_bytes = nul ? (size_t)(nul - text) : bytes;
	char *file = malloc(file_bytes + 1), *words = malloc(bytes - file_bytes + 1);
	struct config c;

	promise(file && words);
	memcpy(file, text, file_bytes);
	memcpy(words, text + file_bytes, bytes - file_bytes);
	words[bytes - file_bytes] = '\0';
	reported = 0;
	config_init(&c, "fadump.conf", check_message, NULL);
	config_file(&c, file, file_bytes);
	for (size_t at = 1; at < bytes - file_bytes; at += strlen(words + at) + 1)
		config_word(&c, words + at);
	config_finish(&c);
	promise(c.nr_errors == reported);
	check_values(&c);
	fuzz_reached += c.nr_explicit > 0;
	free(words);
	free(file);
	free(text);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmdline.c - fuzz the settings in a kernel command line
 * In: the text.  Each setting has a key that the command line may set, a value that is not empty,
 * and no quotation mark; the text is not changed.
 */
#include "fuzz.h"

#include "config/cmdline.h"
#include "config/keys.h"

struct seen {
	unsigned int settings;
	size_t bytes;
};

static void check_setting(void *arg, const char *setting)
{
	struct seen *seen = arg;
	const size_t bytes = strcspn(setting, "=");
	const struct keys_key *key = keys_find(setting, bytes);

	promise(key && key->cmdline);
	promise(setting[bytes] == '=' && setting[bytes + 1]);
	promise(!strchr(setting, '"'));
	seen->settings++;
	seen->bytes += strlen(setting) + strlen("fadump_");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	char *line = malloc(bytes + 1), *copy;
	struct seen seen = {0};

	promise(line);
	memcpy(line, data, bytes);
	line[bytes] = '\0';
	copy = strdup(line);
	promise(copy);
	promise(config_cmdline(line, check_setting, &seen) == 0);
	promise(strcmp(line, copy) == 0);
	promise(seen.bytes <= bytes); /* no word was counted twice */
	fuzz_reached += seen.settings > 0;
	free(copy);
	free(line);
	return 0;
}

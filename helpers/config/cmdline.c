// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmdline.c - find settings in a kernel command line
 * In: the text.  Out: each setting as KEY=VALUE.
 * Does not know: valid values (keys.c), the other sources of a setting (config.c).
 */
#include "cmdline.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../util/parse.h"
#include "../util/words.h"
#include "keys.h"

/* Returns the key of "KEY=VALUE"; NULL: the command line cannot set it, or VALUE is empty. */
static const struct keys_key *key_of(const char *setting)
{
	const size_t bytes = strcspn(setting, "=");
	const struct keys_key *key = keys_find(setting, bytes);

	return key && key->cmdline && setting[bytes] == '=' && setting[bytes + 1] ? key : NULL;
}

int config_cmdline(const char *line, void (*each)(void *arg, const char *setting), void *arg)
{
	static const char *const prefix[] = {"fadump_", "rd.fadump."};
	bool set[KEYS_NR] = {false}; /* by the first prefix */

	for (int i = 0; i < 2; i++) {
		char *const copy = strdup(line); /* words_next() modifies it */
		char *rest = copy, *word;

		if (!copy)
			return -ENOMEM;
		while (words_next(&rest, &word)) {
			const char *setting = word + strlen(prefix[i]);
			const struct keys_key *key;

			if (!parse_begins(word, prefix[i]))
				continue;
			key = key_of(setting);
			if (!key || (i == 1 && set[keys_id(key)]))
				continue;
			each(arg, setting);
			if (i == 0)
				set[keys_id(key)] = true;
		}
		free(copy);
	}
	return 0;
}

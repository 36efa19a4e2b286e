// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config.c - the raw devices that fadump.conf names
 * In: the file.  Out: the devices.
 * Does not know: other keys, which modules.d/50fadump checks.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/log.h"

#define DEFAULT_PATH "/etc/fadump.conf"
#define BLANKS	     " \t\r\n\v\f"

static char *trim(char *text)
{
	size_t n;

	text += strspn(text, BLANKS);
	n = strlen(text);
	while (n && strchr(BLANKS, text[n - 1]))
		text[--n] = '\0';
	return text;
}

char *save_config_device(char *line)
{
	char *value;

	for (char *hash = strchr(line, '#'); hash; hash = strchr(hash + 1, '#')) {
		if (hash == line || strchr(BLANKS, hash[-1])) {
			*hash = '\0';
			break;
		}
	}
	value = strchr(line, '=');
	if (!value)
		return NULL;
	*value++ = '\0';
	value = trim(value);
	if (strcmp(trim(line), "target") != 0 || strncmp(value, "raw:/", 5) != 0)
		return NULL;
	return value + 4;
}

int save_config_read(struct save_config *c, const char *path)
{
	char line[SAVE_CONFIG_LINE_BYTES];
	FILE *f = fopen(path ? path : DEFAULT_PATH, "re");
	int err = f ? 0 : -errno;

	memset(c, 0, sizeof(*c));
	if (err == -ENOENT && !path)
		err = 0;
	path = path ? path : DEFAULT_PATH;
	while (f && !err && fgets(line, sizeof(line), f)) {
		char *device = save_config_device(line);

		if (!device)
			continue;
		if (c->nr == SAVE_CONFIG_TARGETS_MAX)
			err = -E2BIG;
		else if (!(c->device[c->nr] = strdup(device)))
			err = -ENOMEM;
		else
			c->nr++;
	}
	if (f && !err && ferror(f))
		err = -EIO;
	if (err)
		log_line("%s: cannot read: %s", path, strerror(-err));
	if (f)
		fclose(f);
	return err;
}

void save_config_free(struct save_config *c)
{
	for (unsigned int i = 0; i < c->nr; i++)
		free(c->device[i]);
	c->nr = 0;
}

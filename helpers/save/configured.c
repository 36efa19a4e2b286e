// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * configured.c - the raw devices that the configuration names
 * In: the configuration file.  Out: the paths of the devices.
 * Does not know: the grammar and the keys (config/), whether a device exists.
 */
#include "configured.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../config/disk.h"
#include "../config/target.h"
#include "../util/fdio.h"
#include "../util/log.h"

static void report(void *arg, const char *message)
{
	(void)arg;
	log_line("warning: %s", message);
}

static int add_devices(struct save_configured *c, const struct config *config)
{
	struct target t;
	char path[DISK_PATH_BYTES];

	for (unsigned int i = 0; i < config->nr_targets; i++) {
		if (target_parse(&t, config->target[i].text) || t.kind != TARGET_RAW)
			continue;
		c->device[c->nr] = strdup(disk_path(t.part[TARGET_DEVICE], path));
		if (!c->device[c->nr])
			return -ENOMEM;
		c->nr++;
	}
	return 0;
}

int save_configured_read(struct save_configured *c, const char *path)
{
	const char *name = path ? path : CONFIG_PATH;
	char *text = malloc(CONFIG_FILE_BYTES + 1);
	const ssize_t n = text ? fdio_read_file(name, text, CONFIG_FILE_BYTES + 1) : -ENOMEM;
	struct config config;
	int err = n < 0 ? (int)n : n > (ssize_t)CONFIG_FILE_BYTES ? -EFBIG : 0;

	memset(c, 0, sizeof(*c));
	if (err == -ENOENT && !path) {
		err = 0;
	} else if (!err) {
		config_init(&config, name, report, NULL);
		config_file(&config, text, (size_t)n);
		err = add_devices(c, &config);
	}
	if (err)
		log_line("%s: cannot read: %s", name, strerror(-err));
	free(text);
	return err;
}

void save_configured_free(struct save_configured *c)
{
	for (unsigned int i = 0; i < c->nr; i++)
		free(c->device[i]);
	c->nr = 0;
}

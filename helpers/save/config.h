/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config.h - the raw devices that fadump.conf names
 */
#ifndef FADUMP_SAVE_CONFIG_H
#define FADUMP_SAVE_CONFIG_H

#include <stddef.h>

#define SAVE_CONFIG_TARGETS_MAX 32u
#define SAVE_CONFIG_LINE_BYTES	4096u

struct save_config {
	unsigned int nr;
	char *device[SAVE_CONFIG_TARGETS_MAX]; /* owned */
};

/*
 * The devices of all "target = raw:DEVICE" lines of @path, in their order; NULL: of
 * /etc/fadump.conf, which may be missing.  Returns 0 or -errno (said).  Free with
 * save_config_free(), always.
 */
int save_config_read(struct save_config *c, const char *path);

void save_config_free(struct save_config *c);

/* The device in one line, cut out of it in place; NULL: it is another line. */
char *save_config_device(char *line);

#endif

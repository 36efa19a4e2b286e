/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * configured.h - the raw devices that the configuration names
 */
#ifndef FADUMP_SAVE_CONFIGURED_H
#define FADUMP_SAVE_CONFIGURED_H

#include "../config/config.h"

struct save_configured {
	unsigned int nr;
	char *device[CONFIG_TARGETS_MAX]; /* paths, owned */
};

/*
 * Read the devices of all lines "target = raw:DEVICE" of the file @path, in their order.  @path
 * NULL: /etc/fadump.conf, which may be missing.  A bad line is logged and skipped, as in a capture.
 * Returns 0 or -errno (logged).  Call save_configured_free() in both cases.
 */
int save_configured_read(struct save_configured *c, const char *path);

void save_configured_free(struct save_configured *c);

#endif

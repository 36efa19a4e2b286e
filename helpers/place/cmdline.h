/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmdline.h - read the words of the kernel command line about mounts
 */
#ifndef FADUMP_PLACE_CMDLINE_H
#define FADUMP_PLACE_CMDLINE_H

#include <stdbool.h>

#include "system.h"

struct cmdline {
	char text[8192];		    /* the pointers point into this text or to constants */
	const char *volatile_mode, *ostree; /* systemd.volatile=, ostree=; NULL: missing */
	bool no_fstab, no_gpt;		    /* fstab=no, systemd.gpt_auto=no */
	/* systemd.mount-extra=, systemd.mask=; the arrays are large enough for any @text */
	char *extra[8192 / 20];
	const char *mask[8192 / 13];
	unsigned int extras, masks;
};

/* Fills @w from @system->root/proc/cmdline.  Returns 0; or -errno of a file that cannot be read, or
 * -E2BIG for one that is longer than @w->text: then @w has only the words that were read. */
int cmdline_read(const struct place_system *system, struct cmdline *w);

#endif

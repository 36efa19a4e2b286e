/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * later.h - find the mounts that the running system will make at or above a path
 */
#ifndef FADUMP_PLACE_LATER_H
#define FADUMP_PLACE_LATER_H

#include <limits.h>
#include <stdbool.h>

#include "source.h"

/* A path of the running system, and the next mount that it needs. */
struct later {
	char path[PATH_MAX]; /* without links, as far as the tree is mounted */
	bool pending;	     /* a mount is missing; the other members describe it */
	bool bind;	     /* @source is a directory of the tree */
	char point[PATH_MAX], source[PATH_MAX], type[64], options[PATH_MAX];
	char origin[PATH_MAX + 16]; /* the file or word that requests the mount: "/etc/fstab:3" */
	char why[2 * PATH_MAX];	    /* "", or why only the running system can make this mount */
	struct unread unread;	    /* a source that cannot be read: later_find() has failed */
};

/*
 * Finds the first mount at or above @path that the running system makes and that the tree lacks.
 * The caller makes this mount and calls again, because there may be links and more mounts below it.
 *
 * Mounts come from these sources; if several sources have the same mount point, the first is used:
 * units in /etc, fstab, systemd.mount-extra= of the kernel command line, units in /usr, automount
 * units, systemd.volatile=state, an ostree deployment (/var of its stateroot), direct and indirect
 * maps of autofs, @record, partitions that systemd-gpt-auto-generator mounts.
 * Returns 0, or -errno: that of links_follow(), that of a source that cannot be read (named by
 * @out->unread), -ENOMEM, or -EDEADLK (a loop of bind mounts).
 */
int later_find(const struct place_system *system, const char *path, struct later *out);

#endif

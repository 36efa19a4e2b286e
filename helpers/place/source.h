/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source.h - report one mount that the running system makes
 */
#ifndef FADUMP_PLACE_SOURCE_H
#define FADUMP_PLACE_SOURCE_H

#include <limits.h>
#include <stdbool.h>

#include "cmdline.h"
#include "system.h"

/* A mount that the running system makes; valid during the call only. */
struct source {
	const char *target; /* a path of that system; it may have links */
	const char *source, *type,
		*options;   /* for mount(8); bind: @source is a directory of that system */
	const char *origin; /* the file or word that requests it, for messages: "/etc/fstab:3" */
	const char *why;    /* "", or why only that system can make this mount */
	bool bind;
};

/* The first source that cannot be read: it may name any mount. */
struct unread {
	int err; /* -errno; 0: all sources were read */
	char name[PATH_MAX];
};

struct reader {
	const struct place_system *system;
	const struct cmdline *w;
	const char *path; /* without links */
	void (*each)(void *arg, const struct source *source);
	void *arg;
	struct unread *unread;
};

/* Records that the source @name cannot be read: @err is -errno.  0, -ENOENT and -ENOTDIR are not
 * recorded, because a missing source names no mount. */
void source_unread(const struct reader *r, const char *name, int err);

/*
 * Reports a mount.  The arguments have the form of the words of fstab; the options in @options that
 * are not for the file system are removed.  Without memory, records @origin with -ENOMEM.
 */
void source_report(const struct reader *r, const char *target, const char *source, const char *type,
		   const char *options, const char *origin);

/* Reports that only the running system can make the mount on @target, with the reason @why. */
void source_unknown(const struct reader *r, const char *target, const char *origin,
		    const char *why);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * later.c - find the mounts that the running system will make at or above a path
 * In: the root file system, without other mounts; the kernel command line; the record of the build.
 * Out: the next mount that a path needs, or why only the running system can make it.
 * Does not know: dumps; how a file system is mounted; whether the file system is persistent.
 */
#include "later.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/boot.h"
#include "links.h"
#include "mounts.h"
#include "sources.h"

#define BINDS_MAX 8 /* depth of bind mounts inside bind mounts; only a cycle is deeper */

struct search {
	const struct place_system *system;
	const char *path;     /* without links */
	const char *except;   /* a mount point that is ignored; "": none */
	struct later *best;   /* the missing mount whose mount point is nearest to / */
	bool taken[PATH_MAX]; /* index: the length of a mount point that an earlier source has */
};

/* True when @candidate mounts a directory on itself, which changes no path. */
static bool is_on_itself(const struct search *s, const struct source *candidate, const char *point)
{
	char source[PATH_MAX];

	return candidate->bind && links_follow(s->system->tree, candidate->source, source) == 0 &&
	       strcmp(source, point) == 0;
}

/*
 * Keeps the mount @candidate if it is at or above the path, is missing, and is nearer to / than the
 * best mount so far.  If several mounts have the same mount point, the first is used.
 */
static void consider(void *arg, const struct source *candidate)
{
	struct search *s = arg;
	struct later *best = s->best;
	char point[PATH_MAX], real[2 * PATH_MAX];

	if (links_follow(s->system->tree, candidate->target, point) != 0 ||
	    strcmp(point, "/") == 0 || strcmp(point, s->except) == 0 ||
	    !links_below(point, s->path) || s->taken[strlen(point)])
		return;
	s->taken[strlen(point)] = true;
	if (is_on_itself(s, candidate, point))
		return;
	snprintf(real, sizeof(real), "%s%s", s->system->tree, point);
	if (mounts_on(s->system->root, real))
		return;
	if (best->pending && strlen(best->point) <= strlen(point))
		return;
	best->pending = true;
	best->bind = candidate->bind;
	snprintf(best->point, sizeof(best->point), "%s", point);
	snprintf(best->source, sizeof(best->source), "%s", candidate->source);
	snprintf(best->type, sizeof(best->type), "%s", candidate->type);
	snprintf(best->options, sizeof(best->options), "%s", candidate->options);
	snprintf(best->origin, sizeof(best->origin), "%s", candidate->origin);
	snprintf(best->why, sizeof(best->why), "%s", candidate->why);
}

static int find(const struct place_system *system, const char *path, const char *except,
		struct later *out, int binds);

/*
 * Sets @out->why if the source of the bind mount @out does not survive a boot, or if a mount below
 * the source is missing.  The missing mount, if it is made later, also appears in the bind mount
 * (mount propagation, mount_namespaces(7)), and systemd defines no order of the two mounts.
 */
static int look_behind(const struct place_system *system, struct later *out, struct later *behind,
		       int binds)
{
	char path[2 * PATH_MAX];
	int err;

	if (boot_empties(out->source))
		snprintf(out->why, sizeof(out->why),
			 "its source is in memory, or emptied when the system boots");
	snprintf(path, sizeof(path), "%s%s", out->source, out->path + strlen(out->point));
	err = strlen(path) < PATH_MAX ? find(system, path, out->point, behind, binds)
				      : -ENAMETOOLONG;
	if (!err && behind->pending)
		snprintf(out->why, sizeof(out->why), "%s is mounted below its source",
			 behind->point);
	return err;
}

/*
 * Finds the mount to make next, except that on @except.  If the source directory of a bind mount is
 * below another missing mount, that mount is first.  The bind mount itself is excepted, because
 * mount(8) opens the source before it covers the mount point.  Returns 0 or -errno.
 */
static int find(const struct place_system *system, const char *path, const char *except,
		struct later *out, int binds)
{
	struct search s = {.system = system, .except = except, .best = out};
	int err;

	memset(out, 0, sizeof(*out));
	err = links_follow(system->tree, path, out->path);
	if (err)
		return err;
	s.path = out->path;
	err = sources_read(system, out->path, consider, &s, &out->unread);
	if (err)
		return err;
	if (out->pending && out->bind && !out->why[0]) {
		struct later *below = malloc(sizeof(*below));

		if (!below)
			return -ENOMEM;
		err = binds ? find(system, out->source, out->point, below, binds - 1) : -EDEADLK;
		if (!err && below->pending) {
			memcpy(below->path, out->path, sizeof(below->path));
			*out = *below;
		} else if (!err) {
			memcpy(out->source, below->path, sizeof(out->source));
			err = look_behind(system, out, below, binds - 1);
		}
		if (err)
			out->unread = below->unread;
		free(below);
	}
	return err;
}

int later_find(const struct place_system *system, const char *path, struct later *out)
{
	return find(system, path, "", out, BINDS_MAX);
}

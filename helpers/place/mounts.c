// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mounts.c - find a mount that exists now
 * In: /proc/mounts, statfs(2).  Out: the mount that a path is on.
 * Does not know: later mounts.
 */
#include "mounts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "links.h"
#include "table.h"

struct search {
	const char *path;
	struct mount *found;
	bool any;
};

static void copy(char *to, size_t bytes, const char *from)
{
	snprintf(to, bytes, "%s", from);
}

static int deepest(void *arg, const struct table_entry *entry)
{
	struct search *s = arg;
	struct mount *m = s->found;

	if (!links_below(entry->target, s->path) ||
	    (s->any && strlen(entry->target) < strlen(m->point)))
		return 0;
	s->any = true;
	copy(m->source, sizeof(m->source), entry->source);
	copy(m->point, sizeof(m->point), entry->target);
	copy(m->type, sizeof(m->type), entry->type);
	copy(m->options, sizeof(m->options), entry->options);
	return 0;
}

int mounts_of(const char *root, const char *path, struct mount *found)
{
	struct search s = {.path = path, .found = found};
	char file[PATH_MAX];
	int err;

	copy(file, sizeof(file), root);
	snprintf(file + strlen(file), sizeof(file) - strlen(file), "/proc/mounts");
	err = table_read(file, TABLE_MOUNTS, deepest, &s);
	return err ? err : s.any ? 0 : -ENOENT;
}

bool mounts_on(const char *root, const char *path)
{
	static struct mount m;

	return mounts_of(root, path, &m) == 0 && strcmp(m.point, path) == 0;
}

bool mounts_memory(const char *path)
{
	/* include/uapi/linux/magic.h of Linux 6.12: tmpfs, ramfs, hugetlbfs */
	static const unsigned int memory[] = {0x01021994, 0x858458f6, 0x958458f6};
	char above[PATH_MAX], *slash;
	struct statfs s = {.f_type = 0};

	copy(above, sizeof(above), path);
	while (statfs(above, &s) != 0 && above[1] && (slash = strrchr(above, '/')))
		slash[slash == above] = '\0';
	for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++)
		if ((unsigned int)s.f_type == memory[i])
			return true;
	return false;
}

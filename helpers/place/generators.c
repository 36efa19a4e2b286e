// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * generators.c - find mounts that neither fstab nor a unit file names
 * In: the kernel command line, maps of autofs, udev's database.
 * Out: mounts, each with its source, its mount point and its origin.
 * Does not know: which mount a path needs; which mounts exist already.
 *
 * Rules: ostree-prepare-root(1) of ostree 2024; auto.master(5) of autofs 5.1;
 * systemd-gpt-auto-generator(8) of systemd 257.
 */
#include "generators.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../util/parse.h"
#include "links.h"
#include "table.h"
#include "units.h"

/* ---- ostree ---------------------------------------------------------------------------- */

/* In ostree=/ostree/boot.1/NAME/CHECKSUM/0, NAME is the stateroot; its var directory becomes /var.
 */
void generators_ostree(const struct reader *r, const struct cmdline *w)
{
	char booted[PATH_MAX], var[PATH_MAX], path[2 * PATH_MAX];
	const char *name;
	struct stat st;

	snprintf(booted, sizeof(booted), "%s/run/ostree-booted", r->system->root);
	if (!w->ostree && stat(booted, &st) != 0)
		return;
	name = w->ostree && parse_begins(w->ostree, "/ostree/boot.") ? strchr(w->ostree + 13, '/')
								     : NULL;
	if (name) {
		name++;
		snprintf(var, sizeof(var), "/sysroot/ostree/deploy/%.*s/var",
			 (int)strcspn(name, "/"), name);
		links_file(r->system->tree, var, path);
		if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
			source_report(r, "/var", var, "none", "bind", "ostree");
			return;
		}
	}
	source_unknown(r, "/var", "ostree", "the stateroot cannot be found");
}

/* ---- autofs ---------------------------------------------------------------------------- */

#define MAPS_MAX 8 /* maps inside maps; only a cycle has more */

struct maps {
	const struct reader *r;
	int depth;
};

static int master_entry(void *arg, const struct table_entry *entry);

/* Reports that a map that cannot be read may have a mount at or above the path. */
static void report_unread(const struct maps *m)
{
	source_unknown(
		m->r, m->r->path, "autofs",
		"a map cannot be read here, and may have a mount at or above this directory");
}

/* Reports the mount point @key, which may be in double quotes. */
static void report_key(const struct maps *m, const char *key)
{
	const size_t n = strlen(key), quoted = n > 1 && key[0] == '"' && key[n - 1] == '"';
	char point[PATH_MAX];

	snprintf(point, sizeof(point), "%.*s", (int)(n - 2 * quoted), key + quoted);
	if (strpbrk(point, "\"\\"))
		report_unread(m);
	else if (point[0] == '/')
		source_unknown(m->r, point, "autofs",
			       "only the running system can make this mount");
}

/* Reads the maps *.autofs in the directory @folder of the system. */
static void read_folder(struct maps *m, const char *folder)
{
	char path[2 * PATH_MAX], file[PATH_MAX];
	DIR *dir;

	links_file(m->r->system->tree, folder, path);
	dir = opendir(path);
	if (!dir)
		source_unread(m->r, folder, -errno);
	for (const struct dirent *entry; dir && (entry = readdir(dir));) {
		if (!unit_ends(entry->d_name, ".autofs"))
			continue;
		snprintf(file, sizeof(file), "%s/%s", folder, entry->d_name);
		links_file(m->r->system->tree, file, path);
		source_unread(m->r, file, table_read(path, TABLE_FSTAB, master_entry, m));
	}
	if (dir)
		closedir(dir);
}

/*
 * Calls @each for the lines of the map @map: [TYPE[,FORMAT]:]NAME.  Only a file that is not
 * executable can be read here.  A name without a type may also be a map of NIS or LDAP
 * (nsswitch.conf(5)); if /etc has a file of this name, only the file is read.
 */
static void read_map(struct maps *m, const char *map,
		     int (*each)(void *arg, const struct table_entry *entry))
{
	char file[PATH_MAX], path[2 * PATH_MAX];
	struct stat st;

	if (parse_begins(map, "file:") || parse_begins(map, "file,sun:"))
		map = strchr(map, ':') + 1;
	snprintf(file, sizeof(file), "%s%s", *map == '/' ? "" : "/etc/", map);
	links_file(m->r->system->tree, file, path);
	m->depth++;
	if (m->depth > MAPS_MAX || (stat(path, &st) == 0 && (st.st_mode & 0111)) ||
	    table_read(path, TABLE_FSTAB, each, m) != 0)
		report_unread(m);
	m->depth--;
}

static int direct_key(void *arg, const struct table_entry *entry)
{
	if (entry->source[0] == '+')
		read_map(arg, entry->source + 1, direct_key);
	else
		report_key(arg, entry->source);
	return 0;
}

/*
 * Reports /net for the line "/net -hosts"; for "/- MAP", each key of the map, which is a mount
 * point.  "+dir:FOLDER" and "+MAP" include other master maps; "+auto.master" is skipped, because
 * that file is read anyway.
 */
static int master_entry(void *arg, const struct table_entry *entry)
{
	struct maps *m = arg;

	if (parse_begins(entry->source, "+dir:/"))
		read_folder(m, entry->source + strlen("+dir:"));
	else if (entry->source[0] == '+' && strcmp(entry->source, "+auto.master") != 0)
		read_map(m, entry->source + 1, master_entry);
	else if (strcmp(entry->source, "/-") != 0)
		report_key(m, entry->source);
	else if (strcmp(entry->type, "--") == 0) /* several maps */
		report_unread(m);
	else
		read_map(m, entry->target, direct_key);
	return 0;
}

void generators_autofs(const struct reader *r)
{
	struct maps m = {.r = r};

	if (!units_wanted(r, "autofs.service"))
		return;
	read_map(&m, "auto.master", master_entry);
	read_folder(&m, "/etc/auto.master.d");
}

/* ---- partitions whose type has a mount point --------------------------------------------- */

/* Types of the UAPI Discoverable Partitions Specification; a partition is mounted only if its
 * directory is empty. */
static const struct {
	const char *type, *target;
} gpt_types[] = {
	{"4d21b016-b534-45c2-a9fb-5c16e091fd2d", "/var"},
	{"7ec6f557-3bc5-4aca-b293-16ef5df639d1", "/var/tmp"},
	{"3b8f8425-20e0-4f3b-907f-1a25a76f98e8", "/srv"},
	{"933ac7e1-2eb4-4f13-b844-0e14e2aef915", "/home"},
};

#define GPT_TYPES (sizeof(gpt_types) / sizeof(gpt_types[0]))

static bool is_empty_directory(const struct reader *r, const char *target)
{
	char path[2 * PATH_MAX];
	bool empty = true;
	DIR *dir;

	links_file(r->system->tree, target, path);
	dir = opendir(path);
	for (const struct dirent *entry; dir && empty && (entry = readdir(dir));)
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (dir)
		closedir(dir);
	return empty;
}

/* Returns the mount point for the partition with the udev record @file, or NULL. */
static const char *gpt_target(const char *file)
{
	static const char key[] = "E:ID_PART_ENTRY_TYPE=";
	const char *target = NULL;
	char line[1024];
	FILE *f = fopen(file, "re");

	while (f && !target && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		for (size_t i = 0; parse_begins(line, key) && i < GPT_TYPES && !target; i++)
			if (strcmp(line + sizeof(key) - 1, gpt_types[i].type) == 0)
				target = gpt_types[i].target;
	}
	if (f)
		fclose(f);
	return target;
}

void generators_gpt(const struct reader *r)
{
	char path[2 * PATH_MAX];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/run/udev/data", r->system->root);
	dir = opendir(path);
	if (!dir)
		source_unread(r, "/run/udev/data", -errno);
	for (const struct dirent *entry; dir && (entry = readdir(dir));) {
		const char *target;

		if (entry->d_name[0] != 'b')
			continue;
		snprintf(path, sizeof(path), "%s/run/udev/data/%s", r->system->root, entry->d_name);
		target = gpt_target(path);
		if (target && is_empty_directory(r, target))
			source_unknown(r, target, "the type of a partition",
				       "only the running system can tell whether it mounts this "
				       "partition");
	}
	if (dir)
		closedir(dir);
}

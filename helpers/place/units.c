// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * units.c - read mount units of systemd
 * In: the directories of units of a system.  Out: the units that mount at or above a path.
 * Does not know: fstab; which of several mounts is used.
 *
 * Rules: systemd.unit(5), systemd.mount(5) and systemd.automount(5) of systemd 257.
 */
#include "units.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../util/parse.h"
#include "links.h"
#include "table.h"

/* Sets @where to the mount point of the unit @name, as systemd-escape -u -p does:
 * "var-my\x2dcrash.mount" is /var/my-crash. */
static void where_of(const char *name, char where[PATH_MAX])
{
	const size_t n = (size_t)(strrchr(name, '.') - name);
	size_t used = 1;

	where[0] = '/';
	for (size_t i = 0; i < n; i++) {
		const int byte =
			strncmp(name + i, "\\x", 2) == 0 ? table_byte(name + i + 2, 2, 16) : -1;

		if (byte > 0) {
			where[used++] = (char)byte;
			i += 3;
		} else {
			where[used++] = name[i] == '-' ? '/' : name[i];
		}
	}
	where[used] = '\0';
}

/* ---- directories ----------------------------------------------------------------------- */

/* The targets are those of systemd.special(7). */
bool units_every_boot(const char *text)
{
	static const char *const targets[] = {"local-fs", "local-fs-pre", "remote-fs", "sysinit",
					      "basic",	  "multi-user",	  "default"};

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		const size_t n = strlen(targets[i]);

		if (strncmp(text, targets[i], n) == 0 && parse_begins(text + n, ".target") &&
		    strchr(",.", text[n + strlen(".target")]))
			return true;
	}
	return false;
}

static bool is_wanted(const char *tree, const char *name, bool every_boot)
{
	bool wanted = false;

	for (size_t i = 0; i < UNIT_FOLDERS && !wanted; i++) {
		char path[2 * PATH_MAX];
		DIR *dir;

		links_file(tree, unit_folders[i], path);
		dir = opendir(path);
		for (const struct dirent *entry; dir && !wanted && (entry = readdir(dir));) {
			if ((!unit_ends(entry->d_name, ".wants") &&
			     !unit_ends(entry->d_name, ".requires")) ||
			    (every_boot && !units_every_boot(entry->d_name)))
				continue;
			snprintf(path, sizeof(path), "%s/%s/%s", unit_folders[i], entry->d_name,
				 name);
			wanted = links_exist(tree, path);
		}
		if (dir)
			closedir(dir);
	}
	return wanted;
}

bool units_wanted(const char *tree, const char *name)
{
	return is_wanted(tree, name, false);
}

/* True when @file is empty or a link to /dev/null: systemd ignores this unit, and units of the same
 * name in folders of lower precedence. */
static bool is_masked(const char *tree, const char *file)
{
	char real[PATH_MAX], path[2 * PATH_MAX];
	struct stat st;

	if (links_follow(tree, file, real) != 0 || strcmp(real, "/dev/null") == 0)
		return true;
	snprintf(path, sizeof(path), "%s%s", tree, real);
	return stat(path, &st) != 0 || st.st_size == 0;
}

/* True when a folder of higher precedence than number @folder has the file @name. */
static bool is_replaced(const char *tree, size_t folder, const char *name)
{
	for (size_t i = 0; i < folder; i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/%s", unit_folders[i], name);
		if (links_exist(tree, path))
			return true;
	}
	return false;
}

/* True when the .automount unit of the same name is wanted. */
static bool is_started_on_access(const char *tree, const char *name)
{
	char automount[NAME_MAX + 8];

	snprintf(automount, sizeof(automount), "%.*s.automount", (int)(strrchr(name, '.') - name),
		 name);
	return is_wanted(tree, automount, true);
}

static bool take_name(struct unit *unit, const char *tree, size_t folder, const char *name,
		      const char *path)
{
	memset(unit, 0, sizeof(*unit));
	unit->on_access = unit_ends(name, ".automount");
	if ((!unit->on_access && !unit_ends(name, ".mount")) || name[0] == '-')
		return false;
	where_of(name, unit->where);
	if (!links_below(unit->where, path) || is_replaced(tree, folder, name))
		return false;
	snprintf(unit->file, sizeof(unit->file), "%s/%s", unit_folders[folder], name);
	if (is_masked(tree, unit->file))
		return false;
	unit->wanted = is_wanted(tree, name, !unit->on_access) ||
		       (!unit->on_access && is_started_on_access(tree, name));
	unit_read_file(unit, tree, unit->file);
	unit_read_drop_ins(unit, tree, name);
	return true;
}

void units_read(const char *tree, enum units_place place, const char *path,
		void (*each)(void *arg, const struct unit *unit), void *arg)
{
	const size_t first = place == UNITS_ETC ? 0 : 1,
		     end = place == UNITS_ETC ? 1 : UNIT_FOLDERS;
	struct unit *unit = malloc(sizeof(*unit));

	for (size_t i = first; unit && i < end; i++) {
		char folder[2 * PATH_MAX];
		DIR *dir;

		links_file(tree, unit_folders[i], folder);
		dir = opendir(folder);
		for (const struct dirent *entry; dir && (entry = readdir(dir));)
			if (take_name(unit, tree, i, entry->d_name, path))
				each(arg, unit);
		if (dir)
			closedir(dir);
	}
	free(unit);
}

/*
 * Sets @name to the .mount unit for @point, as systemd-escape --path makes it.  Returns false if it
 * is too long.
 */
static bool name_of(const char *point, char name[NAME_MAX + 1])
{
	size_t used = 0;

	for (const char *p = point + 1; *p; p++) {
		const bool plain = strchr("/:_", *p) || (*p == '.' && p != point + 1) ||
				   (*p >= '0' && *p <= '9') ||
				   ((*p | 32) >= 'a' && (*p | 32) <= 'z');

		if (used + 4 + sizeof(".mount") > NAME_MAX + 1)
			return false;
		if (plain)
			name[used++] = *p == '/' ? '-' : *p;
		else
			used += (size_t)sprintf(name + used, "\\x%02x", (unsigned char)*p);
	}
	strcpy(name + used, ".mount");
	return true;
}

enum units_override units_override(const char *tree, const char *point)
{
	enum units_override found = UNITS_NONE;
	char name[NAME_MAX + 1];
	struct unit *unit = malloc(sizeof(*unit));

	if (unit && name_of(point, name)) {
		memset(unit, 0, sizeof(*unit));
		snprintf(unit->where, sizeof(unit->where), "%s", point);
		unit_read_drop_ins(unit, tree, name);
		if (unit->set || unit->unsure)
			found = UNITS_CHANGED;
		snprintf(unit->file, sizeof(unit->file), "%s/%s", unit_folders[0], name);
		if (links_exist(tree, unit->file) && is_masked(tree, unit->file))
			found = UNITS_MASKED;
	}
	free(unit);
	return found;
}

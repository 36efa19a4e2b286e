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
#include <errno.h>
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

/* Sets @file to the unit @name in the first of @folders directories that has it.  False: none. */
static bool find_unit(const struct reader *r, size_t folders, const char *name, char file[PATH_MAX])
{
	for (size_t i = 0; i < folders; i++) {
		snprintf(file, PATH_MAX, "%s/%s", unit_folders[i], name);
		if (links_exist(r->system->tree, file))
			return true;
	}
	return false;
}

/* True when @file is empty, a link to /dev/null, a link that cannot be followed or, if @missing is
 * true, a link to a missing file. */
static bool is_null(const struct reader *r, const char *file, bool missing)
{
	char real[PATH_MAX], path[2 * PATH_MAX];
	struct stat st;

	if (links_follow(r->system->tree, file, real) != 0 || strcmp(real, "/dev/null") == 0)
		return true;
	links_file(r->system->tree, real, path);
	return stat(path, &st) == 0 ? st.st_size == 0 : missing;
}

/*
 * True when systemd ignores the unit @name: systemd.mask= names the unit (kernel-command-line(7)),
 * or the first file of this name in @folders directories is a mask.
 */
static bool is_masked(const struct reader *r, const char *name, size_t folders)
{
	char file[PATH_MAX], path_name[NAME_MAX + 1];

	for (unsigned int i = 0; i < r->w->masks; i++) {
		const char *mask = r->w->mask[i];

		if (strcmp(mask, name) == 0 ||
		    (mask[0] == '/' && name_of(mask, path_name) && strcmp(path_name, name) == 0))
			return true;
	}
	return find_unit(r, folders, name, file) && is_null(r, file, true);
}

/*
 * True when @folder, a directory in directory number @i of units, makes its target want the unit
 * @name.  A link to /dev/null does not, and hides those in later directories (process_deps() in
 * src/core/load-dropin.c of systemd 252).
 */
static bool wants(const struct reader *r, size_t i, const char *folder, const char *name)
{
	char entry[2 * PATH_MAX], file[3 * PATH_MAX], other[PATH_MAX];

	snprintf(entry, sizeof(entry), "%s/%s", folder, name);
	snprintf(file, sizeof(file), "%s/%s", unit_folders[i], entry);
	return links_exist(r->system->tree, file) && !is_null(r, file, false) &&
	       !find_unit(r, i, entry, other);
}

static bool is_wanted(const struct reader *r, const char *name, bool every_boot)
{
	bool wanted = false;

	for (size_t i = 0; i < UNIT_FOLDERS && !wanted; i++) {
		char path[2 * PATH_MAX];
		DIR *dir;

		links_file(r->system->tree, unit_folders[i], path);
		dir = opendir(path);
		if (!dir)
			source_unread(r, unit_folders[i], -errno);
		for (const struct dirent *entry; dir && !wanted && (entry = readdir(dir));)
			if ((unit_ends(entry->d_name, ".wants") ||
			     unit_ends(entry->d_name, ".requires")) &&
			    (!every_boot || units_every_boot(entry->d_name)))
				wanted = wants(r, i, entry->d_name, name);
		if (dir)
			closedir(dir);
	}
	return wanted;
}

bool units_wanted(const struct reader *r, const char *name)
{
	return is_wanted(r, name, false);
}

/* Sets @automount to the .automount unit of the .mount unit @name. */
static void automount_of(const char *name, char automount[NAME_MAX + 8])
{
	snprintf(automount, NAME_MAX + 8, "%.*s.automount", (int)(strrchr(name, '.') - name), name);
}

/* If every boot starts the .automount unit of the .mount unit @name, marks @unit as wanted and adds
 * the conditions of the .automount unit. */
static void take_automount(struct unit *unit, const struct reader *r, const char *name)
{
	char automount[NAME_MAX + 8], file[PATH_MAX];

	automount_of(name, automount);
	if (is_masked(r, automount, UNIT_FOLDERS) || !is_wanted(r, automount, true))
		return;
	unit->wanted = true;
	if (find_unit(r, UNIT_FOLDERS, automount, file))
		unit_read_file(unit, r->system->tree, file);
	unit_read_drop_ins(unit, r->system->tree, automount);
}

static bool take_name(struct unit *unit, const struct reader *r, size_t folder, const char *name)
{
	memset(unit, 0, sizeof(*unit));
	unit->on_access = unit_ends(name, ".automount");
	if ((!unit->on_access && !unit_ends(name, ".mount")) || name[0] == '-')
		return false;
	where_of(name, unit->where);
	if (!links_below(unit->where, r->path) || find_unit(r, folder, name, unit->file) ||
	    is_masked(r, name, UNIT_FOLDERS))
		return false;
	snprintf(unit->file, sizeof(unit->file), "%s/%s", unit_folders[folder], name);
	unit->wanted = is_wanted(r, name, !unit->on_access);
	if (!unit->wanted && !unit->on_access)
		take_automount(unit, r, name);
	unit_read_file(unit, r->system->tree, unit->file);
	unit_read_drop_ins(unit, r->system->tree, name);
	return true;
}

void units_read(const struct reader *r, enum units_place place,
		void (*each)(const struct reader *r, const struct unit *unit))
{
	const size_t first = place == UNITS_ETC ? 0 : 1,
		     end = place == UNITS_ETC ? 1 : UNIT_FOLDERS;
	struct unit *unit = malloc(sizeof(*unit));

	if (!unit)
		source_unread(r, unit_folders[first], -ENOMEM);
	for (size_t i = first; unit && i < end; i++) {
		char folder[2 * PATH_MAX];
		DIR *dir;

		links_file(r->system->tree, unit_folders[i], folder);
		dir = opendir(folder);
		if (!dir)
			source_unread(r, unit_folders[i], -errno);
		for (const struct dirent *entry; dir && (entry = readdir(dir));)
			if (take_name(unit, r, i, entry->d_name))
				each(r, unit);
		if (dir)
			closedir(dir);
	}
	free(unit);
}

enum units_override units_override(const struct reader *r, const char *point, bool on_access)
{
	enum units_override found = UNITS_NONE;
	char name[NAME_MAX + 1], automount[NAME_MAX + 8];
	struct unit *unit = malloc(sizeof(*unit));
	int masked;

	if (!unit)
		source_unread(r, unit_folders[0], -ENOMEM);
	if (unit && name_of(point, name)) {
		memset(unit, 0, sizeof(*unit));
		snprintf(unit->where, sizeof(unit->where), "%s", point);
		unit_read_drop_ins(unit, r->system->tree, name);
		/* units and masks in /usr do not replace the units of generators */
		masked = is_masked(r, name, 1);
		if (on_access) {
			automount_of(name, automount);
			unit_read_drop_ins(unit, r->system->tree, automount);
			masked += is_masked(r, automount, 1);
		}
		if (masked == 1 + on_access)
			found = UNITS_MASKED;
		else if (masked || unit->set || unit->unsure)
			found = UNITS_CHANGED;
	}
	free(unit);
	return found;
}

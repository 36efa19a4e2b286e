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

#include "links.h"
#include "table.h"

static const char *const folders[] = {
	"/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
	"/lib/systemd/system", /* a system without merged /usr */
};

#define FOLDERS (sizeof(folders) / sizeof(folders[0]))

static bool ends(const char *text, const char *end)
{
	const size_t n = strlen(text), m = strlen(end);

	return n > m && strcmp(text + n - m, end) == 0;
}

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

/* ---- one file -------------------------------------------------------------------------- */

static char *trimmed(char *text)
{
	size_t n;

	text += strspn(text, " \t\r\n");
	n = strlen(text);
	while (n && strchr(" \t\r\n", text[n - 1]))
		text[--n] = '\0';
	return text;
}

static void take(struct unit *unit, const char *key, const char *value)
{
	if (strcmp(key, "What") == 0)
		snprintf(unit->what, sizeof(unit->what), "%s", value);
	else if (strcmp(key, "Type") == 0)
		snprintf(unit->type, sizeof(unit->type), "%s", value);
	else if (strcmp(key, "Options") == 0)
		snprintf(unit->options, sizeof(unit->options), "%s", value);
	else if (strcmp(key, "Where") == 0 && *value && strcmp(value, unit->where) != 0)
		unit->unsure = true;
}

static bool is_condition(const char *key)
{
	return strncmp(key, "Condition", 9) == 0 || strncmp(key, "Assert", 6) == 0;
}

/* Reads the section [Mount] of @file in the system below @tree.  A later value replaces an earlier
 * one. */
static void read_file(struct unit *unit, const char *tree, const char *file)
{
	char real[PATH_MAX], path[2 * PATH_MAX], *line = NULL;
	bool mount = false;
	size_t bytes = 0;
	FILE *f;

	if (links_follow(tree, file, real) != 0)
		return;
	snprintf(path, sizeof(path), "%s%s", tree, real);
	f = fopen(path, "re");
	while (f && getline(&line, &bytes, f) >= 0) {
		char *text = trimmed(line), *value = strchr(text, '=');

		if (*text == '#' || *text == ';')
			continue;
		if (*text == '[') {
			mount = strcmp(text, "[Mount]") == 0;
		} else if (mount && value) {
			*value++ = '\0';
			take(unit, trimmed(text), trimmed(value));
		} else if (value && is_condition(text)) {
			unit->unsure = true;
		}
	}
	free(line);
	if (f)
		fclose(f);
}

/* Shortens @prefix, the name of a unit without its type, to the next prefix that may have drop-ins:
 * "a-b-c", "a-b-", "a-", "".  Returns false if there is none. */
static bool shorten(char *prefix)
{
	size_t n = strlen(prefix);

	if (!n)
		return false;
	do
		n--;
	while (n && prefix[n - 1] != '-');
	prefix[n] = '\0';
	return true;
}

/* Reads the names *.conf in @folder of the system below @tree.  A name that is after @conf and
 * before @best in alphabetical order (any name is before "") becomes @best, and @file its path. */
static void scan_drop_ins(const char *tree, const char *folder, const char *conf,
			  char best[NAME_MAX + 1], char file[PATH_MAX])
{
	char path[2 * PATH_MAX];
	DIR *dir;

	snprintf(path, sizeof(path), "%s%s", tree, folder);
	dir = opendir(path);
	for (const struct dirent *entry; dir && (entry = readdir(dir));) {
		if (!ends(entry->d_name, ".conf") || strcmp(entry->d_name, conf) <= 0 ||
		    (best[0] && strcmp(entry->d_name, best) >= 0))
			continue;
		snprintf(best, NAME_MAX + 1, "%s", entry->d_name);
		snprintf(file, PATH_MAX, "%s/%s", folder, best);
	}
	if (dir)
		closedir(dir);
}

/* Replaces @conf by the next name *.conf, in alphabetical order, of all directories of drop-ins of
 * the unit @name: for a-b.mount these are a-b.mount.d, a-.mount.d and mount.d in each folder.  Sets
 * @file to the file of that name with the highest precedence.  Returns false if there is none. */
static bool next_drop_in(const char *tree, const char *name, char conf[NAME_MAX + 1],
			 char file[PATH_MAX])
{
	const char *type = strrchr(name, '.');
	char best[NAME_MAX + 1] = "", prefix[NAME_MAX + 1], folder[2 * NAME_MAX];

	for (size_t i = 0; i < FOLDERS; i++) {
		snprintf(prefix, sizeof(prefix), "%.*s", (int)(type - name), name);
		do {
			snprintf(folder, sizeof(folder), "%s/%s%s.d", folders[i], prefix,
				 *prefix ? type : type + 1);
			scan_drop_ins(tree, folder, conf, best, file);
		} while (shorten(prefix));
	}
	strcpy(conf, best);
	return best[0] != '\0';
}

/* Reads the drop-ins of the unit @name in the order of their names. */
static void read_drop_ins(struct unit *unit, const char *tree, const char *name)
{
	char conf[NAME_MAX + 1] = "", file[PATH_MAX];

	while (next_drop_in(tree, name, conf, file))
		read_file(unit, tree, file);
}

/* ---- directories ----------------------------------------------------------------------- */

/* Targets that every boot to multi-user.target starts: systemd.special(7). */
static bool is_of_every_boot(const char *folder)
{
	static const char *const targets[] = {"local-fs", "local-fs-pre", "remote-fs", "sysinit",
					      "basic",	  "multi-user",	  "default"};

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		const size_t n = strlen(targets[i]);

		if (strncmp(folder, targets[i], n) == 0 && strncmp(folder + n, ".target.", 8) == 0)
			return true;
	}
	return false;
}

static bool is_wanted(const char *tree, const char *name, bool every_boot)
{
	bool wanted = false;

	for (size_t i = 0; i < FOLDERS && !wanted; i++) {
		char path[2 * PATH_MAX];
		DIR *dir;

		snprintf(path, sizeof(path), "%s%s", tree, folders[i]);
		dir = opendir(path);
		for (const struct dirent *entry; dir && !wanted && (entry = readdir(dir));) {
			struct stat st;

			if ((!ends(entry->d_name, ".wants") && !ends(entry->d_name, ".requires")) ||
			    (every_boot && !is_of_every_boot(entry->d_name)))
				continue;
			snprintf(path, sizeof(path), "%s%s/%s/%s", tree, folders[i], entry->d_name,
				 name);
			wanted = lstat(path, &st) == 0;
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
		char path[2 * PATH_MAX];
		struct stat st;

		snprintf(path, sizeof(path), "%s%s/%s", tree, folders[i], name);
		if (lstat(path, &st) == 0)
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
	unit->on_access = ends(name, ".automount");
	if ((!unit->on_access && !ends(name, ".mount")) || name[0] == '-')
		return false;
	where_of(name, unit->where);
	if (!links_below(unit->where, path) || is_replaced(tree, folder, name))
		return false;
	snprintf(unit->file, sizeof(unit->file), "%s/%s", folders[folder], name);
	if (is_masked(tree, unit->file))
		return false;
	unit->wanted = is_wanted(tree, name, !unit->on_access) ||
		       (!unit->on_access && is_started_on_access(tree, name));
	read_file(unit, tree, unit->file);
	read_drop_ins(unit, tree, name);
	return true;
}

void units_read(const char *tree, enum units_place place, const char *path,
		void (*each)(void *arg, const struct unit *unit), void *arg)
{
	const size_t first = place == UNITS_ETC ? 0 : 1, end = place == UNITS_ETC ? 1 : FOLDERS;
	struct unit *unit = malloc(sizeof(*unit));

	for (size_t i = first; unit && i < end; i++) {
		char folder[2 * PATH_MAX];
		DIR *dir;

		snprintf(folder, sizeof(folder), "%s%s", tree, folders[i]);
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
	char name[NAME_MAX + 1], path[2 * PATH_MAX];
	struct unit *unit = malloc(sizeof(*unit));
	struct stat st;

	if (unit && name_of(point, name)) {
		memset(unit, 0, sizeof(*unit));
		read_drop_ins(unit, tree, name);
		if (unit->what[0] || unit->type[0] || unit->options[0])
			found = UNITS_CHANGED;
		snprintf(unit->file, sizeof(unit->file), "%s/%s", folders[0], name);
		snprintf(path, sizeof(path), "%s%s", tree, unit->file);
		if (lstat(path, &st) == 0 && is_masked(tree, unit->file))
			found = UNITS_MASKED;
	}
	free(unit);
	return found;
}

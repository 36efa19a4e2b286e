// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unit.c - read the file of a mount unit and its drop-ins
 * In: the directories of units of a system, the name of a unit.  Out: what these files set.
 * Does not know: which units are started.
 *
 * Rules: systemd.unit(5), systemd.mount(5) and systemd.syntax(7) of systemd 257.
 */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "links.h"

const char *const unit_folders[UNIT_FOLDERS] = {
	"/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
	"/lib/systemd/system", /* a system without merged /usr */
};

bool unit_ends(const char *text, const char *end)
{
	const size_t n = strlen(text), m = strlen(end);

	return n > m && strcmp(text + n - m, end) == 0;
}

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
	const struct {
		const char *name;
		char *out;
		size_t bytes;
	} known[] = {
		{"What", unit->what, sizeof(unit->what)},
		{"Type", unit->type, sizeof(unit->type)},
		{"Options", unit->options, sizeof(unit->options)},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(key, known[i].name) == 0) {
			snprintf(known[i].out, known[i].bytes, "%s", value);
			unit->set = true;
		}
	if (strcmp(key, "Where") == 0 && *value && strcmp(value, unit->where) != 0)
		unit->unsure = true;
}

static bool is_condition(const char *key)
{
	return strncmp(key, "Condition", 9) == 0 || strncmp(key, "Assert", 6) == 0;
}

/*
 * Reads the next line to @whole.  A line with a backslash at its end continues in the next line
 * that is not a comment, and the backslash becomes a blank (systemd.syntax(7); config_parse() in
 * src/shared/conf-parser.c of systemd 252).  Sets @unit->unsure if the line is too long.  Returns
 * false at the end of the file.
 */
static bool next_line(struct unit *unit, FILE *f, char whole[PATH_MAX])
{
	bool any = false, more = true;
	size_t used = 0;

	while (more && fgets(whole + used, (int)(PATH_MAX - used), f)) {
		char *line = whole + used, *text = line + strspn(line, " \t\r");
		size_t n = strcspn(text, "\n");

		any = true;
		if (!text[n] && !feof(f))
			unit->unsure = true;
		more = *text == '#' || *text == ';';
		if (more)
			continue;
		memmove(line, text, n);
		used += n;
		while (n && line[--n] == '\\')
			more = !more;
		if (more)
			whole[used - 1] = ' ';
	}
	whole[used] = '\0';
	return any;
}

void unit_read_file(struct unit *unit, const char *tree, const char *file)
{
	char path[2 * PATH_MAX], line[PATH_MAX];
	bool mount = false;
	FILE *f;

	links_file(tree, file, path);
	f = fopen(path, "re");
	if (!f && errno != ENOENT)
		unit->unsure = true;
	while (f && next_line(unit, f, line)) {
		char *text = trimmed(line), *value = strchr(text, '=');

		if (*text == '[') {
			mount = strcmp(text, "[Mount]") == 0;
		} else if (mount && value) {
			*value++ = '\0';
			take(unit, trimmed(text), trimmed(value));
		} else if (value && is_condition(text)) {
			unit->unsure = true;
		}
	}
	if (f && ferror(f))
		unit->unsure = true;
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
 * before @best in alphabetical order (any name is before "") becomes @best, and @file its path.
 * Returns false if the folder cannot be read; a missing folder has no names. */
static bool scan_drop_ins(const char *tree, const char *folder, const char *conf,
			  char best[NAME_MAX + 1], char file[PATH_MAX])
{
	char path[2 * PATH_MAX];
	DIR *dir;

	links_file(tree, folder, path);
	dir = opendir(path);
	for (const struct dirent *entry; dir && (entry = readdir(dir));) {
		if (!unit_ends(entry->d_name, ".conf") || strcmp(entry->d_name, conf) <= 0 ||
		    (best[0] && strcmp(entry->d_name, best) >= 0))
			continue;
		snprintf(best, NAME_MAX + 1, "%s", entry->d_name);
		snprintf(file, PATH_MAX, "%s/%s", folder, best);
	}
	if (dir)
		closedir(dir);
	return dir || errno == ENOENT || errno == ENOTDIR;
}

/* Replaces @conf by the next name *.conf, in alphabetical order, of all directories of drop-ins of
 * the unit @name: for a-b.mount these are a-b.mount.d, a-.mount.d and mount.d in each folder.  Sets
 * @file to the file of that name with the highest precedence.  Returns false if there is none.
 * Sets @unit->unsure if a directory cannot be read. */
static bool next_drop_in(struct unit *unit, const char *tree, const char *name,
			 char conf[NAME_MAX + 1], char file[PATH_MAX])
{
	const char *type = strrchr(name, '.');
	char best[NAME_MAX + 1] = "", prefix[NAME_MAX + 1], folder[2 * NAME_MAX];

	for (size_t i = 0; i < UNIT_FOLDERS; i++) {
		snprintf(prefix, sizeof(prefix), "%.*s", (int)(type - name), name);
		do {
			snprintf(folder, sizeof(folder), "%s/%s%s.d", unit_folders[i], prefix,
				 *prefix ? type : type + 1);
			if (!scan_drop_ins(tree, folder, conf, best, file))
				unit->unsure = true;
		} while (shorten(prefix));
	}
	strcpy(conf, best);
	return best[0] != '\0';
}

void unit_read_drop_ins(struct unit *unit, const char *tree, const char *name)
{
	char conf[NAME_MAX + 1] = "", file[PATH_MAX];

	while (next_drop_in(unit, tree, name, conf, file))
		unit_read_file(unit, tree, file);
}

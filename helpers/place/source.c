// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * source.c - report one mount that the running system makes
 * In: the words of a line of fstab.  Out: the words for mount(8), or why the mount cannot be made
 * yet.
 * Does not know: the origin of the words; which mount a path needs.
 */
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/parse.h"
#include "table.h"

/* ---- arguments of mount(8) -------------------------------------------------------------- */

/*
 * True if the option @word is not for the file system but for programs of the running system.  Also
 * true for "ro", because the dump must be written, and for "rw", which options_of() adds.
 */
static bool is_for_others(const char *word, size_t bytes)
{
	static const char *const names[] = {"defaults", "auto",	 "noauto", "nofail",
					    "_netdev",	"user",	 "users",  "nouser",
					    "owner",	"group", "ro",	   "rw"};
	static const char *const starts[] = {"x-", "X-", "comment=", "helper=", "uhelper="};
	/* mount(8) itself needs this option, despite its X- prefix */
	static const char subdir[] = "X-mount.subdir=";

	if (parse_begins(word, subdir))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == bytes && strncmp(word, names[i], bytes) == 0)
			return true;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (parse_begins(word, starts[i]))
			return true;
	return false;
}

/* Copies "rw" and the options in @options that are for the file system to @out. */
static void options_of(const char *options, char out[PATH_MAX])
{
	size_t used = 2;

	strcpy(out, "rw");
	while (*options) {
		const size_t n = strcspn(options, ",");

		if (n && !is_for_others(options, n) && used + n + 2 <= PATH_MAX) {
			out[used++] = ',';
			memcpy(out + used, options, n);
			used += n;
			out[used] = '\0';
		}
		options += n + (options[n] == ',');
	}
}

/* Copies the disk @text of fstab to @out in the form of a target: without quotes; ID= becomes the
 * path of udev's link. */
static void source_of(const char *text, char out[PATH_MAX])
{
	const char *value = strchr(text, '=');
	char tag[16] = "";
	size_t n;

	if (text[0] == '/' || !value || (size_t)(value - text) >= sizeof(tag)) {
		snprintf(out, PATH_MAX, "%s", text);
		return;
	}
	memcpy(tag, text, (size_t)(value - text));
	value++;
	n = strlen(value);
	if (n > 1 && (*value == '"' || *value == '\'') && value[n - 1] == *value) {
		value++;
		n -= 2;
	}
	if (strcmp(tag, "ID") == 0)
		snprintf(out, PATH_MAX, "/dev/disk/by-id/%.*s", (int)n, value);
	else
		snprintf(out, PATH_MAX, "%s=%.*s", tag, (int)n, value);
}

static bool is_disk(const char *source)
{
	static const char *const starts[] = {"/dev/", "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL="};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (parse_begins(source, starts[i]))
			return true;
	return false;
}

/*
 * Returns "" if this mount can be made before the running system starts, else the reason why not.
 */
static const char *obstacle(const char *source, const char *type, bool bind)
{
	if (bind)
		return source[0] == '/' ? "" : "its source is not a directory";
	if (strcmp(type, "tmpfs") == 0 || strcmp(type, "ramfs") == 0)
		return "this file system is in memory";
	if (!is_disk(source))
		return "only the running system can make this mount";
	return "";
}

void source_report(const struct reader *r, const char *target, const char *source, const char *type,
		   const char *options, const char *origin)
{
	struct source s = {.target = target, .type = type[0] ? type : "auto", .origin = origin};
	char *clean_source = malloc(PATH_MAX), *clean_options = malloc(PATH_MAX);

	if (clean_source && clean_options) {
		s.bind = table_has_option(options, "bind") || table_has_option(options, "rbind");
		source_of(source, clean_source);
		options_of(options, clean_options);
		s.source = clean_source;
		s.options = clean_options;
		s.why = obstacle(clean_source, s.type, s.bind);
		r->each(r->arg, &s);
	} else {
		source_unread(r, origin, -ENOMEM);
	}
	free(clean_source);
	free(clean_options);
}

void source_unknown(const struct reader *r, const char *target, const char *origin, const char *why)
{
	const struct source s = {.target = target,
				 .source = "",
				 .type = "",
				 .options = "",
				 .origin = origin,
				 .why = why};

	r->each(r->arg, &s);
}

void source_unread(const struct reader *r, const char *name, int err)
{
	if (!err || err == -ENOENT || err == -ENOTDIR || r->unread->err)
		return;
	r->unread->err = err;
	snprintf(r->unread->name, sizeof(r->unread->name), "%s", name);
}

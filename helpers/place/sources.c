// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sources.c - report all mounts that a system makes, in the order of precedence
 * In: fstab, mount units, the kernel command line, the record of the build; generators.c reads the
 * other sources.
 * Out: mounts, each with its source, its mount point and its origin.
 * Does not know: which mount a path needs; which mounts exist already.
 *
 * Rules: fstab(5), systemd-fstab-generator(8) and systemd.unit(5) of systemd 257.
 */
#include "sources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmdline.h"
#include "generators.h"
#include "links.h"
#include "table.h"
#include "units.h"

/* ---- fstab, the record ----------------------------------------------------------------- */

static bool is_automount(const char *options)
{
	return table_has_option(options, "x-systemd.automount") ||
	       table_has_option(options, "comment=systemd.automount");
}

/*
 * True when every boot makes the mount of a line of fstab, or of systemd.mount-extra=, with
 * @options: add_mount() in src/fstab-generator/fstab-generator.c of systemd 252.  With
 * x-systemd.wanted-by= or x-systemd.required-by=, only the units named there want the mount, even
 * if it is noauto.  If the result is false, systemd still makes a unit of the line, which a service
 * or a mount below the mount point may start (RequiresMountsFor= in systemd.unit(5)).
 */
static bool is_of_every_boot(const char *options)
{
	static const char *const by[] = {"x-systemd.wanted-by", "x-systemd.required-by"};
	const char *no = table_option(options, "noauto"), *yes = table_option(options, "auto");
	bool listed = false;

	if (is_automount(options))
		return true;
	for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++)
		for (const char *o = options; (o = table_option(o, by[i]));) {
			listed |= *o == '=';
			if (*o == '=' && units_every_boot(o + 1))
				return true;
		}
	return !listed && (!no || (yes && yes > no));
}

/* Returns how masks and drop-ins change the unit that systemd generates for @target. */
static enum units_override override_of(const struct reader *r, const char *target, bool on_access)
{
	char point[PATH_MAX];

	return links_follow(r->system->tree, target, point) == 0
		       ? units_override(r, point, on_access)
		       : UNITS_NONE;
}

static void report_line(const struct reader *r, const char *target, const char *source,
			const char *type, const char *options, const char *origin)
{
	const enum units_override override = override_of(r, target, is_automount(options));

	if (override == UNITS_MASKED)
		return;
	if (!is_of_every_boot(options))
		source_unknown(r, target, origin,
			       "it is noauto, or not wanted by a target that every boot starts, "
			       "but other units may still mount it");
	else if (override == UNITS_CHANGED)
		source_unknown(r, target, origin,
			       "a drop-in or a mask of systemd changes this mount");
	else
		source_report(r, target, source, type, options, origin);
}

static int fstab_entry(void *arg, const struct table_entry *entry)
{
	const struct reader *r = arg;
	char origin[64], options[PATH_MAX];

	if (entry->target[0] != '/' || strcmp(entry->type, "swap") == 0)
		return 0;
	snprintf(options, sizeof(options), "%s", entry->options);
	table_decode(options, r->system->fstab ? TABLE_HEX : TABLE_FSTAB);
	/* line numbers in the output of findmnt differ from those in fstab */
	snprintf(origin, sizeof(origin), r->system->fstab ? "/etc/fstab" : "/etc/fstab:%u",
		 entry->line);
	report_line(r, entry->target, entry->source, entry->type, options, origin);
	return 0;
}

/*
 * libmount ignores a line with an error, such as a comment after the options; systemd, which reads
 * fstab with getmntent(3), does not.  A line that findmnt printed was reported before, and takes
 * precedence.
 */
static int fstab_unread(void *arg, const struct table_entry *entry)
{
	char origin[64];

	if (entry->target[0] != '/' || strcmp(entry->type, "swap") == 0 ||
	    override_of(arg, entry->target, false) == UNITS_MASKED)
		return 0;
	snprintf(origin, sizeof(origin), "/etc/fstab:%u", entry->line);
	source_unknown(arg, entry->target, origin,
		       "findmnt cannot parse this line, but systemd may mount it");
	return 0;
}

static void read_fstab(struct reader *r)
{
	char file[2 * PATH_MAX];

	if (r->system->fstab)
		source_unread(r, r->system->fstab,
			      table_read(r->system->fstab, TABLE_HEX, fstab_entry, r));
	links_file(r->system->tree, "/etc/fstab", file);
	source_unread(
		r, "/etc/fstab",
		table_read(file, TABLE_FSTAB, r->system->fstab ? fstab_unread : fstab_entry, r));
}

static int record_entry(void *arg, const struct table_entry *entry)
{
	const struct reader *r = arg;
	char options[PATH_MAX];

	snprintf(options, sizeof(options), "%s", entry->options);
	table_decode(options, TABLE_HEX);
	source_report(r, entry->target, entry->source, entry->type, options,
		      "the machine that the initramfs was built on");
	return 0;
}

/* ---- units ----------------------------------------------------------------------------- */

static void each_unit(const struct reader *r, const struct unit *unit)
{
	if (unit->on_access)
		return;
	if (!unit->wanted)
		source_unknown(r, unit->where, unit->file,
			       "no target that every boot starts wants this unit, but another unit "
			       "may start it");
	else if (unit->unsure)
		source_unknown(r, unit->where, unit->file,
			       "it has a condition, a line that is too long, a Where= that "
			       "differs from its name, or a file that cannot be read");
	else if (strchr(unit->what, '%') || strchr(unit->options, '%'))
		source_unknown(r, unit->where, unit->file, "it has a specifier of systemd");
	else
		source_report(r, unit->where, unit->what, unit->type, unit->options, unit->file);
}

/*
 * Reports an automount unit.  A .mount unit or a line of fstab with the same mount point was
 * reported before and takes precedence.
 */
static void each_automount(const struct reader *r, const struct unit *unit)
{
	if (unit->on_access && unit->wanted)
		source_unknown(
			r, unit->where, unit->file,
			"only the running system knows which file system it mounts on access");
}

static const char extra[] = "systemd.mount-extra= of the kernel command line";

/*
 * Reports systemd.mount-extra=WHAT:WHERE[:TYPE[:OPTIONS]].  As in mount_array_add() of
 * src/fstab-generator/fstab-generator.c (systemd 257), the text is split, then each part is
 * decoded, and a value with more parts is ignored.  Of the escapes of C only \xHH is decoded here.
 */
static void mount_extra(const struct reader *r, char *value)
{
	char none[] = "", *part[4] = {value, none, none, none};

	for (int i = 0; i < 4; i++) {
		char *next = strchr(part[i], ':');

		if (next && i == 3)
			return;
		if (next) {
			*next = '\0';
			part[i + 1] = next + 1;
		}
		table_decode(part[i], TABLE_HEX);
		if (strchr(part[i], '\\')) {
			source_unknown(r, r->path, extra, "it has an unsupported escape sequence");
			return;
		}
	}
	if (part[1][0] == '/')
		report_line(r, part[1], part[0], part[2], part[3], extra);
}

int sources_read(const struct place_system *system, const char *path,
		 void (*each)(void *arg, const struct source *source), void *arg,
		 struct unread *unread)
{
	struct reader r = {
		.system = system, .path = path, .each = each, .arg = arg, .unread = unread};
	struct cmdline *w = malloc(sizeof(*w));

	*unread = (struct unread){.err = 0};
	if (!w) {
		source_unread(&r, "/proc/cmdline", -ENOMEM);
		return unread->err;
	}
	source_unread(&r, "/proc/cmdline", cmdline_read(system, w));
	r.w = w;
	units_read(&r, UNITS_ETC, each_unit);
	if (!w->no_fstab)
		read_fstab(&r);
	for (unsigned int i = 0; i < w->extras; i++)
		mount_extra(&r, w->extra[i]);
	units_read(&r, UNITS_USR, each_unit);
	units_read(&r, UNITS_ETC, each_automount);
	units_read(&r, UNITS_USR, each_automount);
	if (w->volatile_mode && strcmp(w->volatile_mode, "state") == 0)
		source_report(&r, "/var", "tmpfs", "tmpfs", "", "systemd.volatile=state");
	generators_ostree(&r, w);
	generators_autofs(&r);
	if (system->record)
		source_unread(&r, system->record,
			      table_read(system->record, TABLE_HEX, record_entry, &r));
	if (!w->no_gpt)
		generators_gpt(&r);
	free(w);
	return unread->err;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * units.h - read mount units of systemd
 */
#ifndef FADUMP_PLACE_UNITS_H
#define FADUMP_PLACE_UNITS_H

#include <stdbool.h>

#include "source.h"
#include "unit.h"

/* Directories of units, in the order of their precedence: etc before fstab, the others after it. */
enum units_place { UNITS_ETC, UNITS_USR };

/*
 * Calls @each for the .mount and .automount units of @place that mount on r->path or above it, but
 * not on /.  Masked units are skipped; drop-ins are read.  A unit is valid during the call only.
 */
void units_read(const struct reader *r, enum units_place place,
		void (*each)(const struct reader *r, const struct unit *unit));

/*
 * How masks and drop-ins change the units that a systemd generator makes for a mount on @point: a
 * .mount unit, and an .automount unit if @on_access.
 */
enum units_override {
	UNITS_NONE,
	UNITS_MASKED, /* all of them are masked, so systemd ignores them */
	UNITS_CHANGED /* one of two is masked, or a drop-in sets What=, Type=, Options= or a
			 condition, or is unclear (unit.h: unsure) */
};
enum units_override units_override(const struct reader *r, const char *point, bool on_access);

/* True when @text begins with the name of a target, such as "local-fs.target", that every boot to
 * multi-user.target starts; a comma, a '.' or the end of @text must follow the name. */
bool units_every_boot(const char *text);

/* True when the unit @name is in a .wants or .requires directory of the system. */
bool units_wanted(const struct reader *r, const char *name);

#endif

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
	UNITS_MASKED, /* systemd ignores them */
	UNITS_CHANGED /* one is masked, or a drop-in sets What=, Type= or Options=, or a condition
		       */
};
enum units_override units_override(const struct reader *r, const char *point, bool on_access);

/* True when every boot to multi-user.target starts the target whose name, "local-fs.target", begins
 * @text; a comma, a '.' or the end follows the name. */
bool units_every_boot(const char *text);

/* True when the unit @name is in a .wants or .requires directory of the system. */
bool units_wanted(const struct reader *r, const char *name);

#endif

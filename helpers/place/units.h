/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * units.h - read mount units of systemd
 */
#ifndef FADUMP_PLACE_UNITS_H
#define FADUMP_PLACE_UNITS_H

#include <stdbool.h>

#include "unit_file.h"

/* Directories of units, in the order of their precedence: etc before fstab, the others after it. */
enum units_place { UNITS_ETC, UNITS_USR };

/*
 * Calls @each for the .mount and .automount units of @place, in the system below @tree, that mount
 * on @path or above it, but not on /.  Masked units are skipped; drop-ins are read.  @path has the
 * form of links_follow().  A unit is valid during the call only.
 */
void units_read(const char *tree, enum units_place place, const char *path,
		void (*each)(void *arg, const struct unit *unit), void *arg);

/*
 * How files in /etc or /usr change the unit that a systemd generator makes for a mount on @point.
 */
enum units_override {
	UNITS_NONE,
	UNITS_MASKED, /* systemd ignores it */
	UNITS_CHANGED /* a drop-in sets What=, Type= or Options=, or has a condition */
};
enum units_override units_override(const char *tree, const char *point);

/* True when every boot to multi-user.target starts the target whose name, "local-fs.target", begins
 * @text; a comma, a '.' or the end follows the name. */
bool units_every_boot(const char *text);

/* True when the unit @name is in a .wants or .requires directory of the system below @tree. */
bool units_wanted(const char *tree, const char *name);

#endif

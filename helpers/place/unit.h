/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit.h - read the file of a mount unit and its drop-ins
 */
#ifndef FADUMP_PLACE_UNIT_H
#define FADUMP_PLACE_UNIT_H

#include <limits.h>
#include <stdbool.h>

#define UNIT_FOLDERS 4

/* Directories of units, in the order of their precedence. */
extern const char *const unit_folders[UNIT_FOLDERS];

struct unit {
	char file[PATH_MAX];  /* a path of the system */
	char where[PATH_MAX]; /* from the unit name; Where= must be equal (systemd.mount(5)) */
	/* values of the section [Mount]; "" if missing */
	char what[PATH_MAX], type[64], options[PATH_MAX];
	/* .mount: a target of every boot wants the unit or its .automount unit; .automount: any
	 * unit wants it (.wants, .requires) */
	bool wanted;
	bool set; /* a file sets What=, Type= or Options=, perhaps to "" */
	/* it has a condition, a long line, or a Where= that differs from its name; or a file of it
	 * cannot be read */
	bool unsure;
	bool on_access; /* an .automount unit: the .mount unit, or fstab, has the source */
};

/* Reads the section [Mount] and the conditions of @file in the system below @tree.  A later value
 * replaces an earlier one.  A missing file is ignored. */
void unit_read_file(struct unit *unit, const char *tree, const char *file);

/* Reads the drop-ins of the unit @name in the order of their names. */
void unit_read_drop_ins(struct unit *unit, const char *tree, const char *name);

/* True when @text ends with @end and is longer. */
bool unit_ends(const char *text, const char *end);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * place.h - print where the running system has a directory, as lines of text for the shell
 */
#ifndef FADUMP_TOOL_PLACE_H
#define FADUMP_TOOL_PLACE_H

#include "../place/later.h"

/*
 * Print path=; for a missing mount also mount=, origin= and either why=, or source=, type=,
 * options= and, for a disk, disk=.  Any error is a line error=.  Returns an exit status (enum
 * settings_status).
 */
int place_print(const struct place_system *system, const char *path);

/*
 * Print lasting=yes, or lasting=no and why=, for @path of the system below @tree; then point= and
 * options= of the mount that @path is on, if it is found.  If @path is a block device, its layers
 * are checked, and no mount is printed.  An error is a line error=.  Returns an exit status (enum
 * settings_status).
 */
int place_print_lasting(const char *root, const char *tree, const char *path);

#endif

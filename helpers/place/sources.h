/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sources.h - report all mounts that a system makes, in the order of precedence
 */
#ifndef FADUMP_PLACE_SOURCES_H
#define FADUMP_PLACE_SOURCES_H

#include "source.h"

/*
 * Calls @each for the mounts that the running system will make, among them all at or above @path,
 * in the order of precedence: if several mounts have the same mount point, the first is used.
 * Returns 0; or -errno of a source that cannot be read, which @unread then names: a mount may be
 * missing in the calls of @each.
 */
int sources_read(const struct place_system *system, const char *path,
		 void (*each)(void *arg, const struct source *source), void *arg,
		 struct unread *unread);

#endif

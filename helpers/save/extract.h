/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * extract.h - the members of an archive become files in a directory of their own
 */
#ifndef FADUMP_SAVE_EXTRACT_H
#define FADUMP_SAVE_EXTRACT_H

#include <stdint.h>

#include "archive.h"
#include "place.h"

/*
 * Make a new directory in @to, named after @time_s (place.h); every member becomes a file in it.
 * SAVE_DONE: all of it is durable, and the directory is in @path.  Else (said) nothing of it is
 * left: SAVE_TARGET, SAVE_NO_SPACE, or as save_archive_walk().
 */
enum save_status save_extract(struct save_archive *s, const char *to, int64_t time_s,
			      char path[SAVE_PLACE_BYTES]);

#endif

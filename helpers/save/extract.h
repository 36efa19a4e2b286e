/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * extract.h - the members of an archive become files in a directory of their own
 */
#ifndef FADUMP_SAVE_EXTRACT_H
#define FADUMP_SAVE_EXTRACT_H

#include <stdint.h>

#include "archive.h"

/* Room for the name of the new directory, in bytes. */
#define SAVE_EXTRACT_PATH_BYTES 4096u

/*
 * Make @to/127.0.0.1-YYYY-MM-DD-HH:MM:SS of @time_s in UTC, 0700, which nobody had, and @to when
 * it is missing (its last part); every member becomes a file in it, 0600.  SAVE_DONE: all of it is
 * durable, and the directory is in @path.  Else (said) nothing of it is left: SAVE_TARGET,
 * SAVE_NO_SPACE, or as save_archive_walk().
 */
enum save_status save_extract(struct save_archive *s, const char *to, int64_t time_s,
			      char path[SAVE_EXTRACT_PATH_BYTES]);

#endif

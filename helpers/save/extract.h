/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * extract.h - extract the members of an archive to a new directory
 */
#ifndef FADUMP_SAVE_EXTRACT_H
#define FADUMP_SAVE_EXTRACT_H

#include <stdint.h>

#include "archive.h"
#include "crash_dir.h"

/*
 * Create a directory in @to, named after @time_s (crash_dir.h), and extract every member to a file
 * in it.  SAVE_DONE: the files are durable, and @path is the directory.  On failure (logged) the
 * directory is removed: SAVE_TARGET, SAVE_NO_SPACE, or a failure of save_archive_walk().
 */
enum save_status save_extract(struct save_archive *s, const char *to, int64_t time_s,
			      char path[SAVE_CRASH_DIR_BYTES]);

#endif

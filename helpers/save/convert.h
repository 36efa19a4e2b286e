/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * convert.h - convert an LKCD dump to kdump
 */
#ifndef FADUMP_SAVE_CONVERT_H
#define FADUMP_SAVE_CONVERT_H

#include "crash_dir.h"

/*
 * Convert the LKCD dump in the file or device @source to a kdump-compressed vmcore in a new
 * directory in @to (crash_dir.h), named after the time of the crash.  @source is not changed.
 * SAVE_DONE: the vmcore is durable, and @path is the directory.  On failure (logged) the directory
 * is removed: SAVE_NOTHING when the source is not an LKCD dump, SAVE_DAMAGED, SAVE_DEVICE,
 * SAVE_TARGET, SAVE_NO_SPACE.
 */
enum save_status save_convert(const char *source, const char *to, char path[SAVE_CRASH_DIR_BYTES]);

#endif

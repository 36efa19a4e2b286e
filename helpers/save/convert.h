/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * convert.h - a dump of LKCD becomes a kdump
 */
#ifndef FADUMP_SAVE_CONVERT_H
#define FADUMP_SAVE_CONVERT_H

#include "place.h"

/*
 * Read the dump of LKCD in the file or device @source, and make of it a vmcore, kdump-compressed,
 * in a new directory in @to (place.h), named after the time of the crash.  SAVE_DONE: it is
 * durable, and the directory is in @path; @source is as it was.  Else (said) nothing of it is left:
 * SAVE_NOTHING for what is no dump of LKCD, SAVE_DAMAGED, SAVE_DEVICE, SAVE_TARGET, SAVE_NO_SPACE.
 */
enum save_status save_convert(const char *source, const char *to, char path[SAVE_PLACE_BYTES]);

#endif

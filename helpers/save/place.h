/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * place.h - a directory of its own for a dump, and durable files in it
 */
#ifndef FADUMP_SAVE_PLACE_H
#define FADUMP_SAVE_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

#define SAVE_PLACE_BYTES      4096u /* room for the path of a new directory */
#define SAVE_PLACE_NAME_BYTES 48u

/* The name of a dump that was made @time_s after 1970: 127.0.0.1-YYYY-MM-DD-HH:MM:SS in UTC. */
void save_place_name(int64_t time_s, char name[SAVE_PLACE_NAME_BYTES]);

/*
 * Make @to/@name, 0700, which nobody had, with .1, .2 ... behind it where that is taken; and @to
 * when it is missing (its last part).  SAVE_DONE, and it is in @path; else (said) SAVE_TARGET or
 * SAVE_NO_SPACE.
 */
enum save_status save_place_make(const char *to, const char *name, char path[SAVE_PLACE_BYTES]);

/* The next piece of a file: *@data of *@bytes, 0 at its end.  Anything but SAVE_DONE (said) ends.
 */
typedef enum save_status save_place_source(void *arg, const void **data, size_t *bytes);

/*
 * @path/@name, 0600, out of all pieces of @next; it gets its name when it is durable.  Zeros become
 * holes.  SAVE_DONE, or (said) what @next returned, SAVE_TARGET, SAVE_NO_SPACE.
 */
enum save_status save_place_file(const char *path, const char *name, save_place_source *next,
				 void *arg);

/* The last step: what is above @to knows it for good.  SAVE_DONE or SAVE_TARGET (said). */
enum save_status save_place_settle(const char *to);

/* Remove @path, a directory of save_place_make(), with the files in it. */
void save_place_remove(const char *path);

/* Say what went wrong with @path; @err is -errno.  SAVE_NO_SPACE or SAVE_TARGET. */
enum save_status save_place_error(const char *path, const char *what, int err);

/* What a failure of a sink is, which was said. */
enum save_status save_place_status(int err);

#endif

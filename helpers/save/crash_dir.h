/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crash_dir.h - the directory of one dump, with durable files
 */
#ifndef FADUMP_SAVE_CRASH_DIR_H
#define FADUMP_SAVE_CRASH_DIR_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

#define SAVE_CRASH_DIR_BYTES	  4096u /* size of the longest path of a directory, with its NUL */
#define SAVE_CRASH_DIR_NAME_BYTES 48u

/*
 * Write to @name the name of a dump that was made at @time_s (seconds since 1970):
 * 127.0.0.1-YYYY-MM-DD-HH:MM:SS in UTC.  A time outside the years 1900 to 9999 becomes time 0.
 */
void save_crash_dir_name(int64_t time_s, char name[SAVE_CRASH_DIR_NAME_BYTES]);

/*
 * Create the directory @to/@name, mode 0700, or, if that exists, the first of @to/@name.1 to
 * @to/@name.99 that does not exist.  If @to is missing, its last component is also created.
 * SAVE_DONE, and the new path is in @path; else (logged) SAVE_TARGET or SAVE_NO_SPACE.
 */
enum save_status save_crash_dir_make(const char *to, const char *name,
				     char path[SAVE_CRASH_DIR_BYTES]);

/*
 * Returns the next piece of a file: *@data, with *@bytes bytes; 0 at the end.  A status other than
 * SAVE_DONE (logged) is an error.
 */
typedef enum save_status save_crash_dir_next_fn(void *arg, const void **data, size_t *bytes);

/*
 * Write all pieces of @next to the file @path/@name, mode 0600, which has this name only when it is
 * durable.  Aligned blocks of 4 KiB of zeros become holes.  SAVE_DONE; or (logged) the error of
 * @next, SAVE_TARGET, SAVE_NO_SPACE.
 */
enum save_status save_crash_dir_file(const char *path, const char *name,
				     save_crash_dir_next_fn *next, void *arg);

/*
 * Call last: flush the parent of @to, so that a new @to is durable.  SAVE_DONE or SAVE_TARGET
 * (logged).
 */
enum save_status save_crash_dir_settle(const char *to);

/* Remove the directory @path of save_crash_dir_make() and its files.  Errors are ignored. */
void save_crash_dir_remove(const char *path);

/* Log the error @err, a -errno, with @path.  Returns SAVE_NO_SPACE or SAVE_TARGET. */
enum save_status save_crash_dir_error(const char *path, const char *what, int err);

/* Returns the status for @err, a -errno of a sink, which has logged the error. */
enum save_status save_crash_dir_status(int err);

#endif

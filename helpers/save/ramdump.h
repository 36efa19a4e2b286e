/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ramdump.h - dumps that the target ram: left in memory
 */
#ifndef FADUMP_SAVE_RAMDUMP_H
#define FADUMP_SAVE_RAMDUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "crash_dir.h"

#define SAVE_RAMDUMP_PATH "/run/fadump/ram" /* modules.d/50fadump/target/ram.sh */

/* True when @path is a directory, which is taken as the directory of the dumps in memory. */
bool save_ramdump_is(const char *path);

struct save_ramdump_file {
	const char *name;
	uint64_t bytes;
	int64_t time_s; /* seconds since 1970 */
};

/* Called for each file of a dump.  A status other than SAVE_DONE ends the walk. */
typedef enum save_status save_ramdump_file_fn(void *arg, const struct save_ramdump_file *file);

/*
 * Called for each dump: @path is its directory, @name the last component of @path; @arg is passed
 * through.
 */
typedef enum save_status save_ramdump_each_fn(void *arg, const char *path, const char *name);

/*
 * Call @each for each dump in @at.  Returns SAVE_DONE; the status of the first failure;
 * SAVE_NOTHING when there is no dump; or SAVE_DEVICE (logged) when @at cannot be opened.
 */
enum save_status save_ramdump_each(const char *at, save_ramdump_each_fn *each, void *arg);

/*
 * Call @file for all files of the dump in @path.  SAVE_DONE; SAVE_DEVICE (logged); or the status of
 * @file.
 */
enum save_status save_ramdump_files(const char *path, save_ramdump_file_fn *file, void *arg);

/*
 * Check the headers of vmcore in the directory @path, and that vmcore is not shorter than they
 * state.  SAVE_DONE; SAVE_DAMAGED or SAVE_DEVICE (logged).
 */
enum save_status save_ramdump_verify(const char *path);

/*
 * Copy the dump in @from, called @name, to a new directory in @to (crash_dir.h), and compare the
 * copy with the original.  SAVE_DONE: the copy in @path is durable and equal.  On failure (logged)
 * the copy is removed: SAVE_NO_SPACE, also when the free space is too small before the first write;
 * SAVE_TARGET; SAVE_DEVICE.
 */
enum save_status save_ramdump_copy(const char *from, const char *name, const char *to,
				   char path[SAVE_CRASH_DIR_BYTES]);

/* Remove the dump in @path, which frees its memory.  SAVE_DONE or SAVE_DEVICE (logged). */
enum save_status save_ramdump_drop(const char *path);

/* Unmount @at, which contains no dump any more, if it is a mount point.  A failure is logged. */
void save_ramdump_leave(const char *at);

#endif

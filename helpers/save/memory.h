/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory.h - dumps that the target ram: left in memory
 */
#ifndef FADUMP_SAVE_MEMORY_H
#define FADUMP_SAVE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "place.h"

#define SAVE_MEMORY_PATH "/run/fadump/ram" /* modules.d/50fadump/target-ram.sh */

/* Is @path a directory, as they are in? */
bool save_memory_is(const char *path);

struct save_memory_file {
	const char *name;
	uint64_t bytes;
	int64_t time_s; /* since 1970 */
};

/* Called with each file of a dump; anything but SAVE_DONE ends the walk. */
typedef enum save_status save_memory_visit(void *arg, const struct save_memory_file *file);

/*
 * What to do with the dump in the directory @path, called @name.  It is all there is to know of
 * @arg.
 */
typedef enum save_status save_memory_deed(void *arg, const char *path, const char *name);

/* @deed for each dump in @at; the first that fails says how it ended.  SAVE_NOTHING: there is none.
 */
enum save_status save_memory_each(const char *at, save_memory_deed *deed, void *arg);

/* All files of the dump in @path.  SAVE_DONE; SAVE_DEVICE (said); what @visit returned. */
enum save_status save_memory_files(const char *path, save_memory_visit *visit, void *arg);

/* Is the dump in @path one that can be read?  SAVE_DONE, SAVE_DAMAGED or SAVE_DEVICE (said). */
enum save_status save_memory_verify(const char *path);

/*
 * Copy the dump in @from, called @name, to a new directory in @to (place.h), and compare.
 * SAVE_DONE: it is durable there, in @path, and every byte is the same.  Else (said) nothing of it
 * is left there: SAVE_NO_SPACE, also before the first byte when there is less space than it takes;
 * SAVE_TARGET; SAVE_DEVICE.
 */
enum save_status save_memory_copy(const char *from, const char *name, const char *to,
				  char path[SAVE_PLACE_BYTES]);

/* Remove the dump in @path; its memory is free then.  SAVE_DONE or SAVE_DEVICE (said). */
enum save_status save_memory_drop(const char *path);

/* Unmount @at, in which there is no dump any more, if it is a mount.  Said if it cannot be done. */
void save_memory_leave(const char *at);

#endif

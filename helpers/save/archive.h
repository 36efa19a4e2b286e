/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * archive.h - a device with a dump, read: its members, one after the other
 */
#ifndef FADUMP_SAVE_ARCHIVE_H
#define FADUMP_SAVE_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

struct archive;

struct save_archive {
	const char *path;
	int fd;
	uint64_t bytes; /* of the device */
	uint64_t at;	/* the reader's place in it */
	struct archive *reader;
	uint8_t *piece; /* what was read last */
};

struct save_member {
	const char *name; /* one of those in util/tarname.h */
	uint64_t bytes;
	int64_t time_s; /* since 1970; anything, in an archive that lies */
};

/*
 * Called for each member.  Its data may be read with save_archive_data(), or left alone.
 * Anything but SAVE_DONE ends the walk.
 */
typedef enum save_status save_archive_visit(void *arg, struct save_archive *s,
					    const struct save_member *member);

/*
 * Open the device; with @writable for this process alone.  SAVE_DONE: there is an archive of
 * ours; SAVE_NOTHING: there is not, *@is_empty says whether it is marked so (not said, and the
 * device stays open); SAVE_DEVICE (said).
 */
enum save_status save_archive_open(struct save_archive *s, const char *path, bool writable,
				   bool *is_empty);

/*
 * All members in their order.  One that is not known, comes twice, is no plain file or does not
 * fit on the device ends the walk: SAVE_DAMAGED (said).  So does an archive without status or
 * vmcore.
 */
enum save_status save_archive_walk(struct save_archive *s, save_archive_visit *visit, void *arg);

/*
 * The next piece of the member's data: *@data of *@bytes, 0 at its end.  SAVE_DONE;
 * SAVE_DEVICE or SAVE_DAMAGED (said).
 */
enum save_status save_archive_data(struct save_archive *s, const void **data, size_t *bytes);

/* Mark the device empty, durably.  SAVE_DONE or SAVE_DEVICE (said). */
enum save_status save_archive_erase(struct save_archive *s);

void save_archive_close(struct save_archive *s);

#endif

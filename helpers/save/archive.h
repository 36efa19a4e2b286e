/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * archive.h - read the members of the archive on a device, one after the other
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
	uint64_t bytes; /* size of the device */
	uint64_t at;	/* offset of the next read */
	struct archive *reader;
	uint8_t *piece; /* the bytes read last */
};

struct save_member {
	const char *name; /* one of the names in util/tarname.h */
	uint64_t bytes;
	int64_t time_s; /* seconds since 1970; any value if the archive is not valid */
};

/*
 * Called for each member.  The callback may read the data with save_archive_data(), or skip it.  A
 * status other than SAVE_DONE ends the walk.
 */
typedef enum save_status save_archive_member_fn(void *arg, struct save_archive *s,
						const struct save_member *member);

/*
 * Open the device; with @writable exclusively.  SAVE_DONE: it contains one of our archives;
 * SAVE_NOTHING: it contains none, and *@is_empty is true if it is marked empty (not logged; the
 * device remains open); SAVE_DEVICE: the device cannot be opened or read (logged).
 */
enum save_status save_archive_open(struct save_archive *s, const char *path, bool writable,
				   bool *is_empty);

/*
 * Call @each for all members in their order.  Returns SAVE_DONE; the first other status of @each;
 * SAVE_DEVICE (logged); or SAVE_DAMAGED (logged) if libarchive finds an error, if a member is
 * unknown, occurs twice, is not a regular file, does not fit on the device or is a status of more
 * than TARNAME_STATUS_MAX bytes, and if the archive has no status or no vmcore.
 */
enum save_status save_archive_walk(struct save_archive *s, save_archive_member_fn *each, void *arg);

/*
 * Read the next piece of the member's data: *@data, with *@bytes bytes; 0 at the end of the member.
 * SAVE_DONE; SAVE_DEVICE or SAVE_DAMAGED (logged).
 */
enum save_status save_archive_data(struct save_archive *s, const void **data, size_t *bytes);

/* Mark the device empty and flush it.  SAVE_DONE or SAVE_DEVICE (logged). */
enum save_status save_archive_erase(struct save_archive *s);

void save_archive_close(struct save_archive *s);

#endif

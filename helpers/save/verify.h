/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verify.h - check that the archive on a device is a complete dump
 */
#ifndef FADUMP_SAVE_VERIFY_H
#define FADUMP_SAVE_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "archive.h"

struct save_facts {
	uint64_t vmcore_bytes;
	int64_t time_s; /* time when the dump was made, seconds since 1970 */
};

/*
 * Check all members: structure, status, and the beginning of vmcore; with @whole read every byte.
 * SAVE_DONE, and *@facts is set; SAVE_DAMAGED or SAVE_DEVICE (logged).
 */
enum save_status save_verify(struct save_archive *s, bool whole, struct save_facts *facts);

#endif

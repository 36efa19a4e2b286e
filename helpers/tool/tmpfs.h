/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tmpfs.h - file systems in memory whose limits follow from the amount of memory
 */
#ifndef FADUMP_TOOL_TMPFS_H
#define FADUMP_TOOL_TMPFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TMPFS_LINE_BYTES   4096u /* a longer line of /proc/mounts is skipped */
#define TMPFS_CHANGE_BYTES 64u

/* A line of /proc/mounts. */
struct tmpfs_mount {
	char place[TMPFS_LINE_BYTES]; /* the mount point, without octal escapes */
	char options[TMPFS_LINE_BYTES];
};

/*
 * Split the first line of @text.  Returns false when the line is not the line of a tmpfs or
 * devtmpfs, or is incomplete.
 */
bool tmpfs_read(const char *text, struct tmpfs_mount *m);

/* The amount of memory, in kB, when the limits were computed, and now. */
struct tmpfs_memory {
	uint64_t before_kb, now_kb;
	uint64_t page_bytes;
};

/*
 * Store the new limits of a file system that is mounted with @options in @change, as options for a
 * remount.  False: the limits do not depend on the amount of memory and are not changed.
 *
 * A size of half of the old memory (mm/shmem.c: the default; devtmpfs) or of a fifth (/run of
 * systemd) becomes the same share of the memory now.  A limit of one inode for two pages
 * (mm/shmem.c) is adjusted in the same way.
 */
bool tmpfs_change(const struct tmpfs_memory *m, const char *options,
		  char change[TMPFS_CHANGE_BYTES]);

/*
 * Returns the MS_* flags of mount(2) for @options: a remount clears every flag that is not passed.
 * The flags for access times are left out, because the kernel keeps the old ones if none is passed.
 */
unsigned long tmpfs_flags(const char *options);

#endif

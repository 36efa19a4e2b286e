/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * device.h - a block device, or the image of one, that may be overwritten
 */
#ifndef FADUMP_SINK_DEVICE_H
#define FADUMP_SINK_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

/* Sectors are at most so large, in bytes; the buffers of direct I/O are aligned to it. */
#define SINK_DEVICE_ALIGN 4096u

struct sink_device {
	int fd;
	uint64_t bytes;	 /* its size, whole sectors */
	uint32_t sector; /* what it writes at once, in bytes */
};

/*
 * Open @path, a block device or a regular file, for this process alone.  Refused, with one line
 * that says what is there and what to do: one that is in use; with @force false one that
 * carries a file system, LVM, RAID, swap, LUKS, a partition table (libblkid knows them) or a
 * foreign tar archive; with @overwrite false one that holds a dump of ours.  Nothing on it is
 * changed.  Returns 0; -ENOSPC for a dump that is there; another -errno (said).
 */
int sink_device_open(struct sink_device *d, const char *path, bool force, bool overwrite);

#endif

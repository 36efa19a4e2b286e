/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * device.h - a block device, or the image of one, that may be overwritten
 */
#ifndef FADUMP_SINK_DEVICE_H
#define FADUMP_SINK_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

/* The largest sector size in bytes; the buffers of direct I/O are aligned to it. */
#define SINK_DEVICE_ALIGN 4096u

struct sink_device {
	int fd;
	uint64_t bytes;	 /* size of the device in bytes, a multiple of the sector size */
	uint32_t sector; /* sector size in bytes */
};

/*
 * Open @path, a block device or a regular file, exclusively.  The following are refused with
 * -errno, after one logged line that names the reason: a device in use; with @force false a device
 * with a file system, LVM, RAID, swap, LUKS, a partition table (detected by libblkid) or a foreign
 * tar archive; with @overwrite false a device with our dump.  The device is not changed.  Returns
 * 0, and the caller closes d->fd; or (logged) -ENOSPC for an existing dump, and another -errno for
 * any other error.
 */
int sink_device_open(struct sink_device *d, const char *path, bool force, bool overwrite);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * devsize.c - the size of a block device or a file
 * In: a descriptor.  Out: bytes.
 * Does not know: the content of the device.
 */
#include "devsize.h"

#include <errno.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define FILE_SECTOR 4096u

int devsize_look(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return -errno;
	return S_ISBLK(st.st_mode) || S_ISREG(st.st_mode) ? 0 : -ENOTBLK;
}

int devsize(int fd, uint64_t *bytes, uint32_t *sector)
{
	unsigned long long device_bytes;
	struct stat st;
	int unit;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (S_ISREG(st.st_mode)) {
		*bytes = (uint64_t)st.st_size;
		*sector = FILE_SECTOR;
		return 0;
	}
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	if (ioctl(fd, BLKGETSIZE64, &device_bytes) != 0 || ioctl(fd, BLKSSZGET, &unit) != 0)
		return -errno;
	*bytes = device_bytes;
	*sector = (uint32_t)unit;
	return 0;
}

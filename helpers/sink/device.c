// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * device.c - a block device, or the image of one, that may be overwritten
 * In: a path.  Out: an exclusive descriptor, for direct I/O if possible; or an error.
 * Does not know: the data that will be written.
 */
#include "device.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../util/devsize.h"
#include "../util/fdio.h"
#include "../util/log.h"
#include "../util/tarname.h"

/* Log the error; returns -errno. */
static int fail(const char *path, const char *what)
{
	int err = errno;

	log_line("%s: %s: %s", path, what, strerror(err));
	return -err;
}

static int refuse(const char *path, const char *type, const char *what)
{
	log_line("%s contains %s%s and is not overwritten; --raw-force overwrites it", path, type,
		 what);
	return -EEXIST;
}

static int open_alone(struct sink_device *d, const char *path)
{
	/* O_EXCL fails if the device has another user */
	const int flags = O_RDWR | O_EXCL | O_CLOEXEC;
	int err = devsize_look(path);

	if (err) {
		errno = -err;
		return fail(path, "cannot be used");
	}
	d->fd = open(path, flags | O_DIRECT);
	if (d->fd < 0 && errno == EINVAL) /* a file system without direct I/O */
		d->fd = open(path, flags);
	if (d->fd < 0 && errno == EBUSY) {
		log_line("%s is in use: mounted, or part of LVM, RAID, swap or another device",
			 path);
		return -EBUSY;
	}
	return d->fd < 0 ? fail(path, "cannot open") : 0;
}

static int measure(struct sink_device *d, const char *path)
{
	int err = devsize(d->fd, &d->bytes, &d->sector);

	if (!err && (d->sector < TARNAME_BYTES || d->sector > SINK_DEVICE_ALIGN ||
		     (d->sector & (d->sector - 1))))
		err = -ENOTSUP;
	if (err) {
		errno = -err;
		return fail(path, "cannot determine its size and sector size");
	}
	d->bytes -= d->bytes % d->sector;
	return 0;
}

/*
 * Refuse a device on which libblkid finds a signature.  If the device has both a partition table
 * and another signature (file system, swap, LVM, RAID), only the latter is logged.  Returns 0 when
 * there is no signature, or -errno (logged).
 */
static int probe(blkid_probe pr, const char *path)
{
	const char *type = "unknown data";
	int found, err = 0;

	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE |
						      BLKID_SUBLKS_BADCSUM);
	blkid_probe_enable_partitions(pr, 1);
	errno = 0;
	found = blkid_do_probe(pr);
	if (found < 0)
		return fail(path, "cannot examine its content");
	if (found > 0)
		return 0;
	if (blkid_probe_lookup_value(pr, "TYPE", &type, NULL) == 0)
		err = refuse(path, type, "");
	else if (blkid_probe_lookup_value(pr, "PTTYPE", &type, NULL) == 0)
		err = refuse(path, "a partition table, ", type);
	else
		err = refuse(path, type, "");
	return err;
}

static int find_signature(struct sink_device *d, const char *path)
{
	blkid_probe pr = blkid_new_probe();
	int flags = fcntl(d->fd, F_GETFL), err = -ENOMEM;

	if (!pr) {
		log_line("%s: no memory to examine its content", path);
		return err;
	}
	/* libblkid reads at unaligned offsets, which direct I/O refuses */
	if (flags < 0 || fcntl(d->fd, F_SETFL, flags & ~O_DIRECT) != 0)
		err = fail(path, "cannot read it through the cache");
	else if (blkid_probe_set_device(pr, d->fd, 0, (blkid_loff_t)d->bytes) != 0)
		err = fail(path, "cannot examine its content");
	else
		err = probe(pr, path);
	blkid_free_probe(pr);
	if (fcntl(d->fd, F_SETFL, flags) != 0 && !err)
		err = fail(path, "cannot read it directly");
	return err;
}

/*
 * Refuse a tar archive: without @overwrite a dump that was not extracted, without @force a foreign
 * archive.  Returns 0 or -errno (logged).
 */
static int find_archive(struct sink_device *d, const char *path, bool force, bool overwrite)
{
	uint8_t *first = aligned_alloc(SINK_DEVICE_ALIGN, SINK_DEVICE_ALIGN);
	ssize_t got = first ? fdio_pread(d->fd, first, SINK_DEVICE_ALIGN, 0) : -ENOMEM;
	int err = 0;

	if (got < 0) {
		errno = (int)-got;
		err = fail(path, "cannot read");
	} else if (got >= (ssize_t)TARNAME_BYTES && tarname_is_ours(first)) {
		if (!overwrite) {
			log_line("%s is full: it holds a dump that was not extracted; "
				 "\"fadump-save extract\" saves it, --raw-overwrite deletes it",
				 path);
			err = -ENOSPC;
		}
	} else if (got >= (ssize_t)TARNAME_BYTES && tarname_is_tar(first) && !force) {
		err = refuse(path, "a tar archive that is not a dump", "");
	}
	free(first);
	return err;
}

int sink_device_open(struct sink_device *d, const char *path, bool force, bool overwrite)
{
	int err;

	memset(d, 0, sizeof(*d));
	d->fd = -1;
	err = open_alone(d, path);
	if (!err)
		err = measure(d, path);
	if (!err && !force)
		err = find_signature(d, path);
	if (!err)
		err = find_archive(d, path, force, overwrite);
	if (err && d->fd >= 0) {
		close(d->fd);
		d->fd = -1;
	}
	return err;
}

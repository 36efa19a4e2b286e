// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lasting.c - does a file system survive a power failure?
 * In: a path; /proc/mounts, sysfs.  Out: yes, or the reason why not.
 * Does not know: dumps; later mounts.
 *
 * Sysfs of kernel 6.12: class/block/NAME is a link to the device; slaves/ has the devices below a
 * device-mapper or md device (Documentation/ABI/stable/sysfs-block); loop/backing_file is the file
 * of a loop device (drivers/block/loop.c); fs/btrfs/UUID/devices/ has the devices of a btrfs
 * (fs/btrfs/sysfs.c).
 */
#include "lasting.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../util/parse.h"
#include "links.h"
#include "mounts.h"
#include "table.h"

/* as in include/uapi/linux/loop.h of Linux 6.12; musl has no kernel headers */
#define LOOP_GET_STATUS64 0x4c05
struct loop_info64 {
	uint64_t lo_device, lo_inode; /* st_dev and st_ino of the file */
	uint64_t others[27];
};

/* The largest number of layers of devices and file systems; only a cycle has more. */
#define DEPTH_MAX 16

struct walk {
	const char *root;
	char *why;
	int depth;
};

static bool path_lasts(struct walk *w, const char *path);
static bool device_lasts(struct walk *w, const char *name);

/* Writes the reason to @w->why.  Always returns false. */
static bool refuse(const struct walk *w, const char *what, const char *reason)
{
	snprintf(w->why, LASTING_BYTES, "%.200s %.200s", what, reason);
	return false;
}

/* True when @name is @driver and a number: "zram0" is the device 0 of "zram". */
static bool is_numbered(const char *name, const char *driver)
{
	const size_t n = strlen(driver);

	return parse_begins(name, driver) && name[n] >= '0' && name[n] <= '9';
}

/* ---- block devices --------------------------------------------------------------------- */

/* Sets @name to the kernel name of the block device @number; false if there is no such device. */
static bool name_of_number(const struct walk *w, dev_t number, char name[PATH_MAX])
{
	char path[PATH_MAX], real[PATH_MAX];

	snprintf(path, sizeof(path), "%s/sys/dev/block/%u:%u", w->root, major(number),
		 minor(number));
	if (major(number) == 0 || access(path, F_OK) != 0 || links_follow("", path, real) != 0)
		return false;
	snprintf(name, PATH_MAX, "%s", strrchr(real, '/') + 1);
	return true;
}

/* Sets @name to the kernel name of the device file @source, which may be a link (/dev/mapper,
 * /dev/disk). */
static void name_of_source(const struct walk *w, const char *source, char name[PATH_MAX])
{
	char path[PATH_MAX], real[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", w->root, source);
	if (links_follow("", path, real) != 0)
		strcpy(real, path);
	snprintf(name, PATH_MAX, "%s", strrchr(real, '/') + 1);
}

/* Copies the first line of class/block/@name/@file in sysfs to @out; "" if there is none. */
static void attribute(const struct walk *w, const char *name, const char *file, char out[PATH_MAX])
{
	char path[PATH_MAX];
	FILE *f;

	out[0] = '\0';
	snprintf(path, sizeof(path), "%s/sys/class/block/%s/%s", w->root, name, file);
	f = fopen(path, "re");
	if (!f)
		return;
	if (!fgets(out, PATH_MAX, f))
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	fclose(f);
}

/* Sets @out to the directory of the device @name in sysfs; "" if its links cannot be followed. */
static void directory(const struct walk *w, const char *name, char out[PATH_MAX])
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/sys/class/block/%s", w->root, name);
	if (links_follow("", path, out) != 0)
		out[0] = '\0';
}

/* Calls device_lasts() for each name in the directory @path.  Returns true if no call returned
 * false. */
static bool all_last(struct walk *w, const char *path)
{
	DIR *dir = opendir(path);
	bool good = true;

	if (!dir)
		return true;
	for (const struct dirent *entry; good && (entry = readdir(dir));)
		if (entry->d_name[0] != '.')
			good = device_lasts(w, entry->d_name);
	closedir(dir);
	return good;
}

/* A search for the mount whose file system has the device number @number. */
struct by_number {
	dev_t number;
	char point[PATH_MAX];
};

static int has_number(void *arg, const struct table_entry *entry)
{
	struct by_number *b = arg;
	struct stat st;

	if (stat(entry->target, &st) != 0 || st.st_dev != b->number)
		return 0;
	snprintf(b->point, sizeof(b->point), "%s", entry->target);
	return 1;
}

static bool loop_info(const struct walk *w, const char *name, struct loop_info64 *info)
{
	char path[PATH_MAX];
	int fd;
	bool good;

	snprintf(path, sizeof(path), "%s/dev/%s", w->root, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	good = fd >= 0 && ioctl(fd, LOOP_GET_STATUS64, info) == 0;
	if (fd >= 0)
		close(fd);
	return good;
}

/*
 * sysfs has the path of the backing file in the mount namespace where the loop device was set up.
 * If that path is not found here, or is another file now, the file system is found by the device
 * number of the file.
 */
static bool loop_lasts(struct walk *w, const char *name)
{
	char file[PATH_MAX], path[PATH_MAX];
	struct by_number b = {.point = ""};
	struct loop_info64 info;
	const bool known = loop_info(w, name, &info);
	struct stat st;

	attribute(w, name, "loop/backing_file", file);
	if (file[0] && stat(file, &st) == 0 && S_ISREG(st.st_mode) &&
	    (!known || (st.st_dev == info.lo_device && st.st_ino == info.lo_inode)))
		return path_lasts(w, file) || refuse(w, name, "is a file in memory");
	if (file[0] && stat(file, &st) == 0 && S_ISBLK(st.st_mode) &&
	    name_of_number(w, st.st_rdev, file))
		return device_lasts(w, file);
	b.number = (dev_t)info.lo_device;
	snprintf(path, sizeof(path), "%s/proc/mounts", w->root);
	if (!known || table_read(path, TABLE_MOUNTS, has_number, &b) != 1)
		return refuse(w, name, "has a file that cannot be found");
	return path_lasts(w, b.point) || refuse(w, name, "is a file in memory");
}

/*
 * Returns false for a region that is emulated in ordinary memory, or that the driver marks as
 * volatile (drivers/nvdimm).
 */
static bool pmem_lasts(struct walk *w, const char *name)
{
	char dir[PATH_MAX], path[PATH_MAX + 16], line[256];

	directory(w, name, dir);
	if (strstr(dir, "/e820_pmem/"))
		return refuse(w, name, "is ordinary memory");
	for (char *slash; (slash = strrchr(dir, '/')) && slash != dir; *slash = '\0') {
		FILE *f;

		snprintf(path, sizeof(path), "%s/uevent", dir);
		f = fopen(path, "re");
		while (f && fgets(line, sizeof(line), f))
			if (strcmp(line, "DEVTYPE=nd_volatile\n") == 0) {
				fclose(f);
				return refuse(w, name, "is volatile memory");
			}
		if (f)
			fclose(f);
	}
	return true;
}

/* Calls device_lasts() for the disk of the partition @name.  A '/' in a device name is '!' in
 * sysfs. */
static bool parent_lasts(struct walk *w, const char *name)
{
	char dir[PATH_MAX], *slash;

	directory(w, name, dir);
	slash = strrchr(dir, '/');
	if (!slash)
		return true;
	*slash = '\0';
	slash = strrchr(dir, '/');
	return !slash || device_lasts(w, slash + 1);
}

static bool layers_last(struct walk *w, const char *name)
{
	char path[PATH_MAX], text[PATH_MAX];

	attribute(w, name, "partition", text);
	if (text[0])
		return parent_lasts(w, name);
	if (is_numbered(name, "zram") || is_numbered(name, "ram") || is_numbered(name, "nullb"))
		return refuse(w, name, "is memory");
	if (is_numbered(name, "loop"))
		return loop_lasts(w, name);
	if (is_numbered(name, "pmem"))
		return pmem_lasts(w, name);
	snprintf(path, sizeof(path), "%s/sys/class/block/%s/slaves", w->root, name);
	return all_last(w, path);
}

static bool device_lasts(struct walk *w, const char *name)
{
	bool good;

	if (++w->depth > DEPTH_MAX)
		return refuse(w, name, "has too many layers");
	good = layers_last(w, name);
	w->depth--;
	return good;
}

/* ---- file systems ---------------------------------------------------------------------- */

static bool in_memory(const char *type)
{
	static const char *const types[] = {"tmpfs", "ramfs", "rootfs", "devtmpfs", "hugetlbfs"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* Checks all devices of a btrfs, because /proc/mounts shows only one. */
static bool btrfs_lasts(struct walk *w, const char *name)
{
	char path[PATH_MAX], device[2 * PATH_MAX];
	bool good = true, found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/sys/fs/btrfs", w->root);
	dir = opendir(path);
	for (const struct dirent *entry; dir && !found && (entry = readdir(dir));) {
		snprintf(path, sizeof(path), "%s/sys/fs/btrfs/%s/devices", w->root, entry->d_name);
		snprintf(device, sizeof(device), "%s/%s", path, name);
		found = access(device, F_OK) == 0;
		if (found)
			good = all_last(w, path);
	}
	if (dir)
		closedir(dir);
	return found ? good : device_lasts(w, name);
}

/* Checks all devices of a bcachefs, which are in @source: /dev/a:/dev/b. */
static bool bcachefs_lasts(struct walk *w, const char *source)
{
	char all[PATH_MAX], name[PATH_MAX], *save;
	bool good = true;

	snprintf(all, sizeof(all), "%s", source);
	for (char *one = strtok_r(all, ":", &save); one && good; one = strtok_r(NULL, ":", &save)) {
		name_of_source(w, one, name);
		good = device_lasts(w, name);
	}
	return good;
}

static void remove_backslashes(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (from[0] == '\\' && from[1])
			from++;
		*to++ = *from;
	}
	*to = '\0';
}

static bool overlay_lasts(struct walk *w, const char *options)
{
	const char *at = strstr(options, "upperdir=");
	char upper[PATH_MAX], real[PATH_MAX];

	if (!at)
		return true; /* a read-only overlay */
	at += strlen("upperdir=");
	snprintf(upper, sizeof(upper), "%.*s", (int)strcspn(at, ","), at);
	table_decode(upper, TABLE_MOUNTS);
	if (access(upper, F_OK) != 0)
		remove_backslashes(upper); /* mount(8) received "\\,", which the kernel keeps */
	if (upper[0] != '/' || access(upper, F_OK) != 0 || links_follow("", upper, real) != 0)
		return refuse(w, "the overlay", "has an upper layer that cannot be found");
	return path_lasts(w, real) || refuse(w, "the overlay", "has its upper layer in memory");
}

static bool mount_lasts(struct walk *w, const char *path, const struct mount *m)
{
	char name[PATH_MAX];
	struct stat st;

	if (in_memory(m->type))
		return refuse(w, m->type, "is memory");
	/* not with a test root, which consists of plain files */
	if (!w->root[0] && mounts_memory(path))
		return refuse(w, "a file system in memory", "is mounted over the disk");
	if (strcmp(m->type, "overlay") == 0)
		return overlay_lasts(w, m->options);
	if (strcmp(m->type, "bcachefs") == 0)
		return bcachefs_lasts(w, m->source);
	if (stat(path, &st) == 0 && name_of_number(w, st.st_dev, name))
		return device_lasts(w, name);
	if (!parse_begins(m->source, "/dev/"))
		return true;
	name_of_source(w, m->source, name);
	return strcmp(m->type, "btrfs") == 0 ? btrfs_lasts(w, name) : device_lasts(w, name);
}

static bool path_lasts(struct walk *w, const char *path)
{
	struct mount *m = malloc(sizeof(*m));
	bool good;

	if (!m)
		return refuse(w, "there is", "no memory to check the file system");
	if (++w->depth > DEPTH_MAX)
		good = refuse(w, path, "has too many layers");
	else if (mounts_of(w->root, path, m) != 0)
		good = refuse(w, "/proc/mounts", "does not list the file system of this path");
	else
		good = mount_lasts(w, path, m);
	w->depth--;
	free(m);
	return good;
}

bool lasting(const char *root, const char *path, char why[LASTING_BYTES])
{
	struct walk w = {.root = root, .why = why};

	why[0] = '\0';
	return path_lasts(&w, path);
}

bool lasting_device(const char *root, const char *path, char why[LASTING_BYTES])
{
	struct walk w = {.root = root, .why = why};
	char name[PATH_MAX];
	struct stat st;

	why[0] = '\0';
	if (stat(path, &st) != 0 || !S_ISBLK(st.st_mode) || !name_of_number(&w, st.st_rdev, name))
		return true; /* not a block device in sysfs */
	return device_lasts(&w, name);
}

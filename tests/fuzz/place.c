// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * place.c - fuzz the files that name the mounts of the running system
 * In: three texts with a NUL byte between them: fstab, a mount unit for /var, the kernel command
 * line.  They are written to files below /tmp, where the root file system has the symbolic link
 * /var/crash.  For any input later_find() returns, a mount that it finds contains the path, and all
 * texts of the result end inside their arrays.
 */
#include "fuzz.h"

#include <sys/stat.h>
#include <unistd.h>

#include "place/later.h"
#include "place/links.h"

static char top[] = "/tmp/fadump-fuzz-XXXXXX", root_tree[64];
static const char *const directories[] = {
	"proc",
	"sysroot",
	"sysroot/etc",
	"sysroot/etc/systemd",
	"sysroot/etc/systemd/system",
	"sysroot/etc/systemd/system/local-fs.target.wants",
	"sysroot/var",
	"sysroot/data",
};
static const char fstab[] = "sysroot/etc/fstab", unit[] = "sysroot/etc/systemd/system/var.mount",
		  wants[] = "sysroot/etc/systemd/system/local-fs.target.wants/var.mount",
		  crash[] = "sysroot/var/crash", cmdline[] = "proc/cmdline",
		  mounts[] = "proc/mounts";

/* Writes the file @name below the temporary directory. */
static void put(const char *name, const char *text, size_t bytes)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	f = fopen(path, "we");
	promise(f && fwrite(text, 1, bytes, f) == bytes);
	promise(fclose(f) == 0);
}

static void make_link(const char *name, const char *to)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	promise(symlink(to, path) == 0);
}

static void make_tree(void)
{
	char path[256], line[256];

	promise(mkdtemp(top));
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", top, directories[i]);
		promise(mkdir(path, 0700) == 0);
	}
	make_link(crash, "/data/./crash/../dumps");
	make_link(wants, "../var.mount");
	snprintf(root_tree, sizeof(root_tree), "%s/sysroot", top);
	snprintf(line, sizeof(line), "/dev/vda %s ext4 rw 0 0\n", root_tree);
	put(mounts, line, strlen(line));
}

__attribute__((destructor)) static void remove_tree(void)
{
	const char *const files[] = {fstab, unit, wants, crash, cmdline, mounts};
	char path[256];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", top, files[i]);
		unlink(path);
	}
	for (size_t i = sizeof(directories) / sizeof(directories[0]); i-- > 0;) {
		snprintf(path, sizeof(path), "%s/%s", top, directories[i]);
		rmdir(path);
	}
	rmdir(top);
}

static void check(const struct later *l)
{
	promise(l->path[0] == '/' && !strstr(l->path, "/../"));
	if (!l->pending)
		return;
	fuzz_reached++;
	promise(l->point[0] == '/' && links_below(l->point, l->path));
	promise(strlen(l->point) < sizeof(l->point) && strlen(l->origin) < sizeof(l->origin));
	promise(strlen(l->why) < sizeof(l->why) && l->origin[0]);
	if (!l->why[0] && !l->bind)
		promise(l->source[0] && strlen(l->options) < sizeof(l->options));
	if (!l->why[0] && l->bind)
		promise(l->source[0] == '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	const char *const names[] = {fstab, unit, cmdline};
	const char *from = (const char *)data, *const end = from + bytes;
	const struct place_system system = {.root = top, .tree = root_tree};
	struct later *l = malloc(sizeof(*l));
	int err;

	if (!root_tree[0])
		make_tree();
	promise(l);
	for (size_t i = 0; i < 3; i++) {
		const char *nul = from < end ? memchr(from, '\0', (size_t)(end - from)) : NULL;
		const size_t part = nul ? (size_t)(nul - from) : (size_t)(end - from);

		put(names[i], from, part);
		from += nul ? part + 1 : part;
	}
	err = later_find(&system, "/var/crash", l);
	promise(err <= 0);
	if (!err)
		check(l);
	free(l);
	return 0;
}

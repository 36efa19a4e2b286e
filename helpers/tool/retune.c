// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * retune.c - adjust limits that were computed for the small memory of the capture kernel
 * In: /proc (meminfo, zoneinfo, loadavg, self/smaps, cmdline, sys, 1/limits, mounts), the setting
 * of transparent huge pages in /sys, the amount of memory before the release.  Out: sysctls, limits
 * of process 1, sizes of file systems in memory; a line for each failure.
 * Does not know: the formulas (sizes.c, tmpfs.c), how the memory was released, the limits that
 * cannot be adjusted (dracut.fadump(7) lists them).
 *
 * The real root applies the settings of sysctl.d later, and they override these.  For a late
 * capture they have been applied already, and lower values of them are raised.
 */
#include "retune.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "../util/parse.h"
#include "files.h"
#include "node.h"
#include "sizes.h"
#include "tmpfs.h"

#define VALUE_BYTES 256u
#define LINE_BYTES  512u

static char text[256 * 1024]; /* the text of the current file */

static void __attribute__((format(printf, 3, 4)))
line(struct retune *r, const char *key, const char *fmt, ...)
{
	char out[LINE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out, sizeof(out), fmt, ap);
	va_end(ap);
	for (char *p = out; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	r->line(r->arg, key, out);
}

int retune_machine(const char *root, struct sizes_machine *m)
{
	const ssize_t n = files_read(root, "/proc/meminfo", text, sizeof(text));
	uint64_t stacks_kb;

	memset(m, 0, sizeof(*m));
	if (n < 0)
		return (int)n;
	m->total_kb = sizes_meminfo(text, "MemTotal");
	if (!m->total_kb)
		return -ENODATA;
	stacks_kb = sizes_meminfo(text, "KernelStack");
	files_read(root, "/proc/loadavg", text, sizeof(text));
	m->threads = sizes_threads(m->total_kb, stacks_kb, text);
	files_read(root, "/proc/zoneinfo", text, sizeof(text));
	m->buffers = sizes_buffers(text);
	files_read(root, "/proc/self/smaps", text, sizeof(text));
	m->page_bytes = node_page_bytes(text);
	if (m->page_bytes > SIZES_PAGE_MAX)
		m->page_bytes = SIZES_PAGE_MAX;
	return 0;
}

/* ---- sysctls --------------------------------------------------------------------------- */

/* Writes the name of the sysctl @file, as sysctl(8) prints it, to @name.  Returns @name. */
static const char *sysctl_name(const char *file, char name[VALUE_BYTES])
{
	snprintf(name, VALUE_BYTES, "%s", file);
	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '.';
	return name;
}

/* True when @value, @bytes long, is one non-empty line. */
static bool is_line(const char *value, ssize_t bytes)
{
	const char *end = strchr(value, '\n');

	return strlen(value) == (size_t)bytes && bytes > 1 && (!end || !end[1]);
}

static void retune_sysctl(struct retune *r, const struct sizes_row *row)
{
	char path[VALUE_BYTES], old[VALUE_BYTES], new[VALUE_BYTES], name[VALUE_BYTES];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/sys/%s", row->file);
	n = files_read(r->root, path, old, sizeof(old));
	if (n == -ENOENT) /* this kernel does not have this sysctl */
		return;
	sysctl_name(row->file, name);
	if (n < 0 || !is_line(old, n)) {
		line(r, "warning", "%s cannot be read and is not changed", name);
		return;
	}
	old[strcspn(old, "\n")] = '\0';
	if (row->nr == 0) {
		if (files_write(r->root, path, old))
			line(r, "warning", "%s could not be written", name);
		return;
	}
	if (!sizes_value(row, old, new, sizeof(new)))
		return;
	if (files_write(r->root, path, new))
		line(r, "warning", "%s could not be set to %s", name, new);
	else
		r->changed++;
}

static void retune_sysctls(struct retune *r, const struct sizes_machine *m)
{
	struct sizes_row row[SIZES_MAX];
	const unsigned int nr = sizes_table(m, row);

	files_read(r->root, "/proc/cmdline", text, sizeof(text));
	for (unsigned int i = 0; i < nr; i++)
		if (!sizes_is_given(text, row[i].file))
			retune_sysctl(r, &row[i]);
}

/*
 * Transparent huge pages need a larger vm.min_free_kbytes.  The kernel computes this value again
 * when the setting of huge pages is written (mm/khugepaged.c: set_recommended_min_free_kbytes), so
 * write the current setting.
 */
static void retune_huge(struct retune *r)
{
	static const char path[] = "/sys/kernel/mm/transparent_hugepage/enabled";
	char *now, *end;

	if (files_read(r->root, path, text, sizeof(text)) <= 0)
		return;
	now = strchr(text, '[');
	end = now ? strchr(now, ']') : NULL;
	if (!end)
		return;
	*end = '\0';
	if (files_write(r->root, path, now + 1))
		line(r, "warning", "vm.min_free_kbytes could not be recomputed for huge pages");
}

/* ---- process 1, mounts ----------------------------------------------------------------- */

/* Raise a limit of process 1.  Returns 0 or -1. */
static int raise_limit(int resource, uint64_t limit)
{
	struct rlimit now;

	if (prlimit(1, resource, NULL, &now))
		return -1;
	if (now.rlim_cur >= limit)
		return 0;
	now.rlim_cur = limit;
	if (now.rlim_max < limit)
		now.rlim_max = limit;
	return prlimit(1, resource, &now, NULL);
}

/*
 * The limits of process 1 for processes and pending signals are half of threads-max (kernel/fork.c:
 * fork_init).  Its children inherit them.
 */
static void retune_limits(struct retune *r, uint64_t limit)
{
	static const char key[] = "\nMax processes";
	char word[24] = "";
	const char *p;
	uint64_t soft;

	if (files_read(r->root, "/proc/1/limits", text, sizeof(text)) <= 0)
		return;
	p = strstr(text, key);
	if (p) {
		p += sizeof(key) - 1;
		p += strspn(p, " ");
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(p, " \n"), p);
	}
	/* not a number: unlimited */
	if (!parse_u64(word, 10, UINT64_MAX, &soft) || soft >= limit)
		return;
	if (*r->root) {
		line(r, "limits", "%" PRIu64, limit);
	} else if (raise_limit(RLIMIT_NPROC, limit) || raise_limit(RLIMIT_SIGPENDING, limit)) {
		line(r, "warning",
		     "the limits of process 1 for processes and pending signals could not be "
		     "raised from %" PRIu64,
		     soft);
		return;
	}
	r->changed++;
}

static void retune_mounts(struct retune *r, const struct tmpfs_memory *m)
{
	static struct tmpfs_mount mount_of;
	char change[TMPFS_CHANGE_BYTES];
	char *next;

	if (files_read(r->root, "/proc/mounts", text, sizeof(text)) <= 0)
		return;
	for (const char *at = text; at; at = next ? next + 1 : NULL) {
		next = strchr(at, '\n');
		if (!tmpfs_read(at, &mount_of) || !tmpfs_change(m, mount_of.options, change))
			continue;
		if (*r->root) {
			line(r, "remount", "%s %s", mount_of.place, change);
		} else if (mount(NULL, mount_of.place, NULL,
				 MS_REMOUNT | tmpfs_flags(mount_of.options), change)) {
			line(r, "warning", "the size of %s could not be changed (%s)",
			     mount_of.place, mount_of.options);
			continue;
		}
		r->changed++;
	}
}

int retune_all(struct retune *r)
{
	struct sizes_machine m;
	struct tmpfs_memory memory;
	const int err = retune_machine(r->root, &m);

	r->changed = 0;
	if (err)
		return err;
	memory = (struct tmpfs_memory){r->before_kb, m.total_kb, m.page_bytes};
	retune_sysctls(r, &m);
	retune_huge(r);
	retune_limits(r, m.threads / 2);
	retune_mounts(r, &memory);
	return 0;
}

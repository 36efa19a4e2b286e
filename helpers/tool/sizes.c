// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sizes.c - the limits that the kernel would have computed from the full memory
 * In: the texts of meminfo, zoneinfo, loadavg, the kernel command line; the value of a sysctl.
 * Out: its new value.  The formulas are those of Linux 6.12; the kernel's file is named next to
 * each formula.  Sizes of structures are those of ppc64le; other versions differ by a few bytes.
 * No system call, no allocation.
 * Does not know: how a value is applied (retune.c).
 */
#include "sizes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../util/parse.h"

#define STACK_BYTES_MIN 16384u
#define THREADS_MAX	1073741823u

static uint64_t clamp(uint64_t value, uint64_t min, uint64_t max)
{
	return value < min ? min : value > max ? max : value;
}

/* Returns the square root, rounded down (int_sqrt() of lib/math). */
static uint64_t root(uint64_t n)
{
	uint64_t x = n, y = n / 2 + n % 2;

	while (y < x) {
		x = y;
		y = (x + n / x) / 2;
	}
	return x;
}

/* Returns the number in digits at @text, but at most @max; 0: there are no digits. */
static uint64_t digits(const char *text, uint64_t max)
{
	uint64_t value = 0;

	for (; *text >= '0' && *text <= '9' && value <= max; text++)
		value = value * 10 + (uint64_t)(*text - '0');
	return value > max ? max : value;
}

/* Returns the beginning of the next line; NULL: there is none. */
static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end && end[1] ? end + 1 : NULL;
}

uint64_t sizes_meminfo(const char *meminfo, const char *key)
{
	const size_t n = strlen(key);

	for (const char *line = meminfo; line; line = next_line(line)) {
		const char *value;
		size_t len;

		if (strncmp(line, key, n) != 0 || line[n] != ':')
			continue;
		value = line + n + 1;
		value += strspn(value, " \t");
		len = strspn(value, "0123456789");
		if (len && strchr(" \t\n", value[len]))
			return digits(value, SIZES_KB_MAX);
	}
	return 0;
}

/*
 * True when the line at @line is "Node N, zone NAME" of a zone that nr_free_buffer_pages() counts.
 */
static bool is_ordinary(const char *line)
{
	static const char *const zones[] = {"Normal", "DMA", "DMA32"};
	const char *zone = line + strcspn(line, ",\n");
	size_t n;

	if (strncmp(zone, ", zone", 6) != 0)
		return false;
	zone += 6 + strspn(zone + 6, " \t");
	n = strcspn(zone, " \t\n");
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (strlen(zones[i]) == n && memcmp(zones[i], zone, n) == 0)
			return true;
	return false;
}

/* Parse a line that consists of @name and a number.  False: the line has another form. */
static bool zone_number(const char *line, const char *name, uint64_t *out)
{
	const size_t n = strlen(name);

	line += strspn(line, " \t");
	if (strncmp(line, name, n) != 0 || (line[n] != ' ' && line[n] != '\t'))
		return false;
	line += n + strspn(line + n, " \t");
	if (line[strspn(line, "0123456789")] != '\n' || *line == '\n')
		return false;
	*out = digits(line, SIZES_KB_MAX);
	return true;
}

uint64_t sizes_buffers(const char *zoneinfo)
{
	uint64_t high = 0, managed, sum = 0;
	bool counts = false;

	for (const char *line = zoneinfo; line; line = next_line(line)) {
		if (strncmp(line, "Node ", 5) == 0)
			counts = is_ordinary(line);
		zone_number(line, "high", &high);
		if (counts && zone_number(line, "managed", &managed) && managed > high)
			sum += managed - high;
		if (sum > SIZES_KB_MAX)
			return SIZES_KB_MAX;
	}
	return sum;
}

uint64_t sizes_threads(uint64_t total_kb, uint64_t stacks_kb, const char *loadavg)
{
	uint64_t size = STACK_BYTES_MIN, count = 0;
	const char *slash = strchr(loadavg, '/');

	/* "0.00 0.01 0.05 1/78 345": 78 threads */
	if (slash)
		count = digits(slash + 1, THREADS_MAX);
	if (count)
		while (stacks_kb * 1024 / count > size * 3 / 2)
			size *= 2;
	return clamp(total_kb * 1024 / size / 8, 20, THREADS_MAX);
}

/* ---- the table ------------------------------------------------------------------------- */

struct table {
	struct sizes_row *row;
	unsigned int nr;
};

static void add(struct table *t, const char *file, unsigned int nr, uint64_t a, uint64_t b,
		uint64_t c)
{
	t->row[t->nr++] = (struct sizes_row){file, nr, {a, b, c}};
}

static void add_one(struct table *t, const char *file, uint64_t value)
{
	add(t, file, 1, value, 0, 0);
}

static void add_threads(struct table *t, uint64_t threads)
{
	/* the namespaces, which come first in enum ucount_type */
	static const char *const files[] = {
		"user/max_user_namespaces",   "user/max_pid_namespaces",  "user/max_uts_namespaces",
		"user/max_ipc_namespaces",    "user/max_net_namespaces",  "user/max_mnt_namespaces",
		"user/max_cgroup_namespaces", "user/max_time_namespaces",
	};

	/* kernel/fork.c: set_max_threads, fork_init */
	add_one(t, "kernel/threads-max", threads);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		add_one(t, files[i], threads / 2);
}

static void add_files(struct table *t, uint64_t total_kb)
{
	const uint64_t bytes = total_kb * 1024;

	/* fs/file_table.c: files_maxfiles_init; a tenth of the memory, 1 KiB for each file */
	add_one(t, "fs/file-max", total_kb / 10);
	/*
	 * fs/notify: inotify_user.c, fanotify_user.c; a hundredth of the memory; each watch or mark
	 * counts as two inodes of 584 bytes, a watch of inotify also as 80 bytes of its own
	 */
	add_one(t, "fs/inotify/max_user_watches", clamp(bytes / 100 / 1248, 8192, 1048576));
	add_one(t, "fs/fanotify/max_user_marks", clamp(bytes / 100 / 1168, 8192, 1048576));
	/* fs/eventpoll.c: eventpoll_init; a 25th of the memory, 184 bytes for each item */
	add_one(t, "fs/epoll/max_user_watches", bytes / 25 / 184);
}

static void add_network(struct table *t, const struct sizes_machine *m)
{
	const uint64_t quarter = m->buffers / 64;
	const uint64_t limit = m->buffers * (m->page_bytes / 128); /* bytes */

	/* net/ipv4/tcp.c: tcp_init_mem, tcp_init; udp.c: udp_init (pages) */
	add(t, "net/ipv4/tcp_mem", 3, quarter * 3, m->buffers / 16, quarter * 6);
	add(t, "net/ipv4/udp_mem", 3, quarter * 6, m->buffers / 8, quarter * 12);
	add(t, "net/ipv4/tcp_wmem", 3, SIZES_KEEP, SIZES_KEEP, clamp(limit, 65536, 4194304));
	add(t, "net/ipv4/tcp_rmem", 3, SIZES_KEEP, SIZES_KEEP, clamp(limit, 131072, 6291456));
	/*
	 * net/ipv4/inetpeer.c: inet_initpeers; a hundredth of the memory, 256 bytes for each peer
	 */
	add_one(t, "net/ipv4/inet_peer_threshold",
		clamp(m->total_kb * 1024 / 100 / 256, 4096, 65664));
}

static void add_memory(struct table *t, const struct sizes_machine *m)
{
	static const char *const again[] = {
		"vm/watermark_scale_factor",
		"vm/lowmem_reserve_ratio",
		"vm/min_unmapped_ratio",
		"vm/min_slab_ratio",
		/* mm/mm_init.c: mm_compute_batch */
		"vm/overcommit_memory",
	};

	/* mm/mmap.c: init_user_reserve, init_admin_reserve; 1/32 of the free memory, here of all
	 * memory */
	add_one(t, "vm/user_reserve_kbytes", clamp(m->total_kb / 32, 0, 131072));
	add_one(t, "vm/admin_reserve_kbytes", clamp(m->total_kb / 32, 0, 8192));
	/*
	 * mm/page_alloc.c: calculate_min_free_kbytes; then watermarks, zone reserves and node
	 * shares, which the kernel recomputes when their sysctls are written
	 */
	add_one(t, "vm/min_free_kbytes",
		clamp(root(m->buffers * (m->page_bytes / 1024) * 16), 128, 262144));
	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++)
		add(t, again[i], 0, 0, 0, 0);
}

unsigned int sizes_table(const struct sizes_machine *m, struct sizes_row row[SIZES_MAX])
{
	struct table t = {row, 0};

	add_threads(&t, m->threads);
	add_files(&t, m->total_kb);
	add_network(&t, m);
	add_memory(&t, m);
	return t.nr;
}

/* ---- one sysctl ------------------------------------------------------------------------ */

bool sizes_value(const struct sizes_row *row, const char *old, char *out, size_t bytes)
{
	uint64_t last = 0;
	size_t used = 0;

	for (unsigned int i = 0; i < row->nr; i++) {
		char word[24];
		int n;

		old += strspn(old, " \t\n");
		n = (int)strcspn(old, " \t\n");
		if (n == 0 || n >= (int)sizeof(word))
			return false;
		memcpy(word, old, (size_t)n);
		word[n] = '\0';
		old += n;
		if (!parse_u64(word, 10, UINT64_MAX, &last))
			return false;
		if (row->word[i] != SIZES_KEEP)
			n = snprintf(word, sizeof(word), "%" PRIu64, row->word[i]);
		n = snprintf(out + used, bytes - used, "%s%s", i ? " " : "", word);
		if (n < 0 || (size_t)n >= bytes - used)
			return false;
		used += (size_t)n;
	}
	return row->nr && row->word[row->nr - 1] != SIZES_KEEP && row->word[row->nr - 1] > last;
}

/* True when @word is @file followed by '='; in @word a '.' may replace a '/'. */
static bool names(const char *word, const char *file)
{
	for (; *file; word++, file++)
		if (*word != *file && !(*word == '.' && *file == '/'))
			return false;
	return *word == '=';
}

bool sizes_is_given(const char *cmdline, const char *file)
{
	static const char prefix[] = "sysctl.";
	const char *p = cmdline;

	while (*p) {
		if (strncmp(p, prefix, sizeof(prefix) - 1) == 0 &&
		    names(p + sizeof(prefix) - 1, file))
			return true;
		p += strcspn(p, " \t\n");
		p += *p != '\0';
	}
	return false;
}

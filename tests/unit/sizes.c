// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sizes.c - limits that a kernel computes from its memory, and sizes of file systems in memory
 *
 * The machine of the tables has 3500032 kB in pages of 64 KiB, 54000 of them above the watermark.
 */
#include "unit.h"

#include <inttypes.h>
#include <sys/mount.h>

#include "tool/sizes.h"
#include "tool/tmpfs.h"

static const char zoneinfo[] =
	"Node 0, zone   Normal\n  per-node stats\n      nr_high 7\n  pages free     40000\n"
	"        high     688\n        managed  54688\n    high:  70\n"
	"Node 0, zone  Movable\n        high     32\n        managed  900\n";

static void texts(void **state)
{
	static const char meminfo[] = "MemTotal:       16384 kB\nActive(anon):    7 kB\n"
				      "MemTotalHigh: 5 kB\nOdd:  12x kB\nBare:\nHuge: 8\n";

	(void)state;
	assert_int_equal(sizes_meminfo(meminfo, "MemTotal"), 16384);
	assert_int_equal(sizes_meminfo(meminfo, "Active(anon)"), 7);
	assert_int_equal(sizes_meminfo(meminfo, "Odd"), 0);
	assert_int_equal(sizes_meminfo(meminfo, "Bare"), 0);
	assert_int_equal(sizes_meminfo(meminfo, "Huge"), 8);
	assert_int_equal(sizes_meminfo(meminfo, "Mem"), 0);
	assert_int_equal(sizes_meminfo("", "Mem"), 0);
	assert_int_equal(sizes_meminfo("M: 99999999999999999999 kB\n", "M"), SIZES_KB_MAX);
	assert_int_equal(sizes_buffers(zoneinfo), 54000);
	assert_int_equal(sizes_buffers(""), 0);
	assert_int_equal(sizes_buffers("Node 0, zone Normal\n high 9\n managed 8\n"), 0);
	assert_int_equal(sizes_buffers("Node 0, zone DMA\n high 1\n managed 8\n"
				       "Node 1, zone DMA32\n high 2\n managed 8\n"
				       "Node 1, zone Device\n high 0\n managed 8\n"),
			 13);
	/* 2400 kB of stacks for 78 threads: 32 KiB each */
	assert_int_equal(sizes_threads(3500032, 2400, "0.00 0.01 0.05 1/78 345\n"), 13672);
	/* 20 KiB for each thread: stacks of ended threads are counted for a while */
	assert_int_equal(sizes_threads(3500032, 1560, "0.00 0.01 0.05 1/78 345\n"), 27344);
	assert_int_equal(sizes_threads(3500032, 2400, ""), 27344);
	assert_int_equal(sizes_threads(3500032, 2400, "0 0 0 1/0 3\n"), 27344);
	assert_int_equal(sizes_threads(1, 0, "0 0 0 1/1 3\n"), 20);
	assert_int_equal(sizes_threads(SIZES_KB_MAX, 0, "0 0 0 1/1 3\n"), 1073741823);
	assert_int_equal(sizes_threads(SIZES_KB_MAX, SIZES_KB_MAX, "0 0 0 1/1 3\n"), 20);
}

static void the_table(void **state)
{
	static const struct {
		const char *file, *old, *new; /* NULL: unchanged */
	} rows[] = {
		{"kernel/threads-max", "1867", "13672"},
		{"kernel/threads-max", "13671\n", "13672"},
		{"kernel/threads-max", "13672", NULL},
		{"kernel/threads-max", "18446744073709551615", NULL},
		{"kernel/threads-max", "99999999999999999999", NULL},
		{"kernel/threads-max", "-1", NULL},
		{"kernel/threads-max", "", NULL},
		{"user/max_pid_namespaces", "933", "6836"},
		{"user/max_time_namespaces", "933", "6836"},
		{"fs/file-max", "47552", "350003"},
		{"fs/file-max", "9223372036854775807", NULL},
		{"fs/inotify/max_user_watches", "8192", "28718"},
		{"fs/fanotify/max_user_marks", "8192", "30685"},
		{"fs/epoll/max_user_watches", "110000", "779137"},
		{"net/ipv4/tcp_mem", "345\t462\t690", "2529 3375 5058"},
		{"net/ipv4/tcp_mem", "1\t2\t99999", NULL},
		{"net/ipv4/tcp_mem", "345\t462", NULL},
		{"net/ipv4/udp_mem", "1\t2\t3", "5058 6750 10116"},
		{"net/ipv4/tcp_rmem", "4096\t131072\t3900000", "4096 131072 6291456"},
		{"net/ipv4/tcp_wmem", "4096\t16384\t65536", "4096 16384 4194304"},
		{"net/ipv4/inet_peer_threshold", "4096", "65664"},
		{"vm/user_reserve_kbytes", "15000", "109376"},
		{"vm/admin_reserve_kbytes", "8192", NULL},
		{"vm/admin_reserve_kbytes", "8191", "8192"},
		{"vm/min_free_kbytes", "2765", "7436"},
	};
	const struct sizes_machine m = {3500032, 54000, 13672, 65536};
	struct sizes_row row[SIZES_MAX];
	const unsigned int nr = sizes_table(&m, row);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char new[64] = "";
		unsigned int k = 0;
		bool written;

		while (k < nr && strcmp(row[k].file, rows[i].file) != 0)
			k++;
		expect(k < nr, "%s is not in the table", rows[i].file);
		written = sizes_value(&row[k], rows[i].old, new, sizeof(new));
		expect(written == (rows[i].new != NULL), "%s %s: new value '%s'", rows[i].file,
		       rows[i].old, new);
		expect(!written || strcmp(new, rows[i].new) == 0, "%s %s: new value '%s'",
		       rows[i].file, rows[i].old, new);
	}
	for (unsigned int k = 0, again = 0; k < nr; k++) {
		again += row[k].nr == 0;
		expect(k + 1 < nr || again == 5, "%u sysctls are written back", again);
	}
}

/* With the largest possible machine, and with no memory, no row overflows. */
static void no_overflow(void **state)
{
	const struct sizes_machine large = {SIZES_KB_MAX, SIZES_KB_MAX, 1073741823, SIZES_PAGE_MAX};
	const struct sizes_machine none = {0, 0, 20, 1024};
	struct sizes_row row[SIZES_MAX];
	unsigned int nr = sizes_table(&large, row);

	(void)state;
	assert_true(nr <= SIZES_MAX);
	for (unsigned int i = 0; i < nr; i++)
		for (unsigned int w = 0; w < row[i].nr; w++)
			expect(row[i].word[w] == SIZES_KEEP || row[i].word[w] <= INT64_MAX,
			       "%s: value %" PRIu64, row[i].file, row[i].word[w]);
	nr = sizes_table(&none, row);
	for (unsigned int i = 0; i < nr; i++)
		if (strcmp(row[i].file, "vm/min_free_kbytes") == 0)
			assert_int_equal(row[i].word[0], 128);
}

static void given(void **state)
{
	static const char line[] = "root=/dev/vda sysctl.kernel.threads-max=2000 "
				   "sysctl.user/max_pid_namespaces=7 xsysctl.fs.file-max=1 "
				   "sysctl.fs.file-maxi=1 sysctl.net/ipv4.tcp_mem=1\n";

	(void)state;
	assert_true(sizes_is_given(line, "kernel/threads-max"));
	assert_true(sizes_is_given(line, "user/max_pid_namespaces"));
	assert_true(sizes_is_given(line, "net/ipv4/tcp_mem"));
	assert_false(sizes_is_given(line, "fs/file-max"));
	assert_false(sizes_is_given(line, "vm/min_free_kbytes"));
	assert_false(sizes_is_given("", "fs/file-max"));
}

/* The memory has grown from 500000 kB to 3500032 kB. */
static void memory_file_systems(void **state)
{
	static const struct {
		const char *line, *change; /* NULL: unchanged */
		unsigned long flags;
	} rows[] = {
		{"devtmpfs /dev devtmpfs rw,nosuid,size=4096k,nr_inodes=3300,mode=755 0 0",
		 "nr_inodes=27344", MS_NOSUID},
		{"tmpfs /dev/shm tmpfs rw,nosuid,nodev,size=250000k,nr_inodes=3906 0 0",
		 "size=50%,nr_inodes=27344", MS_NOSUID | MS_NODEV},
		{"tmpfs /run tmpfs ro,noexec,relatime,size=99600k,nr_inodes=819200,mode=755 0 0",
		 "size=20%", MS_RDONLY | MS_NOEXEC},
		{"tmpfs /run/lock tmpfs rw,size=5120k 0 0", NULL, 0},
		{"tmpfs /tmp tmpfs rw,size=1750016k 0 0", NULL, 0},
		{"tmpfs /full tmpfs rw 0 0", NULL, 0},
		{"tmpfs /x tmpfs rw,xsize=250000k,size=250000m 0 0", NULL, 0},
		{"/dev/vda / ext4 rw,size=250000k 0 0", NULL, 0},
		{"tmpfs /cut tmpfs", NULL, 0},
		{"", NULL, 0},
	};
	const struct tmpfs_memory memory = {500000, 3500032, 65536};
	struct tmpfs_mount m;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char change[TMPFS_CHANGE_BYTES] = "";
		const bool changes =
			tmpfs_read(rows[i].line, &m) && tmpfs_change(&memory, m.options, change);

		expect(changes == (rows[i].change != NULL) &&
			       strcmp(change, rows[i].change ? rows[i].change : "") == 0,
		       "%s: options '%s'", rows[i].line, change);
		expect(!changes || tmpfs_flags(m.options) == rows[i].flags, "%s: flags %lx",
		       rows[i].line, tmpfs_flags(m.options));
	}
	assert_true(tmpfs_read("tmpfs /a\\040b\\134c tmpfs rw 0 0\nx", &m));
	assert_string_equal(m.place, "/a b\\c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(the_table),
		cmocka_unit_test(no_overflow),
		cmocka_unit_test(given),
		cmocka_unit_test(memory_file_systems),
	};

	return cmocka_run_group_tests_name("sizes", tests, NULL, NULL);
}

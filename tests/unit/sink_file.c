// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_file.c - names, modes and content of the file that is created
 *
 * tests/cli injects errors of a failing disk.
 */
#include "directory.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink/file.h"
#include "util/fdio.h"

static mode_t mode_of(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0 ? st.st_mode & 07777 : 0;
}

static void write_text(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static const char *text_of(const char *name)
{
	static char text[64];
	FILE *f = fopen(name, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = '\0';
	if (f)
		fclose(f);
	return f ? text : NULL;
}

static void complete(void **state)
{
	static const char *const names[] = {"new/vmcore", "./vmcore", "plain", "new/again"};

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		struct sink_file s;
		char tmp[64];

		snprintf(tmp, sizeof(tmp), "%s.incomplete", names[i]);
		assert_int_equal(sink_file_open(&s, names[i]), 0);
		expect(mode_of(tmp) == 0600 && access(names[i], F_OK) != 0, "%s: opened", names[i]);
		assert_int_equal(sink_file_write(&s, "tail", 4, 4), 0);
		assert_int_equal(sink_file_write(&s, "head", 4, 0), 0);
		assert_int_equal(sink_file_resize(&s, 10), 0);
		assert_int_equal(sink_file_flush(&s), 0);
		assert_int_equal(sink_file_commit(&s), 0);
		expect(mode_of(names[i]) == 0600 && access(tmp, F_OK) != 0, "%s: committed",
		       names[i]);
		assert_string_equal(text_of(names[i]), "headtail");
		assert_int_equal(s.dir_fd, -1);
		assert_int_equal(s.fd, -1);
	}
	assert_int_equal(mode_of("new"), 0700);
}

static void abandoned(void **state)
{
	struct sink_file s;

	(void)state;
	assert_int_equal(sink_file_open(&s, "left/vmcore"), 0);
	assert_int_equal(sink_file_write(&s, "x", 1, 0), 0);
	sink_file_abandon(&s);
	sink_file_abandon(&s);
	assert_string_equal(text_of("left/vmcore.incomplete"), "x");
	assert_int_not_equal(access("left/vmcore", F_OK), 0);
}

static void never_overwrites(void **state)
{
	static const struct {
		const char *name, *path;
		int err;
	} rows[] = {
		{"final name", "have/final", -EEXIST},
		{"incomplete", "have/half", -EEXIST},
		{"dangling link at the final name", "have/link", -EEXIST},
		{"dangling link at .incomplete", "have/trap", -EEXIST},
		{"a directory", "have/dir", -EEXIST},
		{"an empty name", "have/", -EISDIR},
		{"a directory that is a file", "have/final/vmcore", -ENOTDIR},
		{"two directories missing", "no/where/vmcore", -ENOENT},
	};

	(void)state;
	assert_int_equal(mkdir("have", 0755), 0);
	write_text("have/final", "old");
	write_text("have/half.incomplete", "old");
	assert_int_equal(symlink("nowhere", "have/link"), 0);
	assert_int_equal(symlink("victim", "have/trap.incomplete"), 0);
	assert_int_equal(mkdir("have/dir", 0755), 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct sink_file s;
		int err = sink_file_open(&s, rows[i].path);

		expect(err == rows[i].err, "%s: returned %d", rows[i].name, err);
		assert_null(s.path);
		assert_int_equal(s.fd, -1);
	}
	assert_string_equal(text_of("have/final"), "old");
	assert_string_equal(text_of("have/half.incomplete"), "old");
	assert_int_not_equal(access("have/victim", F_OK), 0);
	assert_int_equal(mode_of("have"), 0755);
}

/* Another process creates the name while the dump is written. */
static void name_taken(void **state)
{
	struct sink_file s;

	(void)state;
	assert_int_equal(sink_file_open(&s, "race/vmcore"), 0);
	assert_int_equal(sink_file_write(&s, "mine", 4, 0), 0);
	write_text("race/vmcore", "theirs");
	assert_int_equal(sink_file_commit(&s), -EEXIST);
	assert_string_equal(text_of("race/vmcore"), "theirs");
	assert_string_equal(text_of("race/vmcore.incomplete"), "mine");
}

/* The directory is open, so the dump is in it even if the directory is renamed. */
static void directory_moved(void **state)
{
	struct sink_file s;

	(void)state;
	assert_int_equal(sink_file_open(&s, "was/vmcore"), 0);
	assert_int_equal(rename("was", "is"), 0);
	assert_int_equal(sink_file_commit(&s), 0);
	assert_non_null(text_of("is/vmcore"));
}

static void unreadable_buffer(void **state)
{
	struct sink_file s;

	(void)state;
	assert_int_equal(sink_file_open(&s, "fault"), 0);
	assert_int_equal(sink_file_write(&s, (void *)8, 16, 0), -EFAULT);
	sink_file_abandon(&s);
}

static void ranges(void **state)
{
	char buf[16];
	int fd = open("ranges", O_RDWR | O_CREAT, 0600), full = open("/dev/full", O_RDWR);

	(void)state;
	assert_int_equal(fdio_pwrite(fd, "0123456789", 10, 5), 0);
	assert_int_equal(fdio_pwrite(fd, NULL, 0, 5), 0);
	assert_int_equal(fdio_pread(fd, buf, 16, 0), 15);
	assert_memory_equal(buf,
			    "\0\0\0\0\0"
			    "0123456789",
			    15);
	assert_int_equal(fdio_pread(fd, buf, 3, 10), 3);
	assert_memory_equal(buf, "567", 3);
	assert_int_equal(fdio_pread(fd, buf, 16, 100), 0);
	assert_int_equal(fdio_pread(-1, buf, 1, 0), -EBADF);
	assert_int_equal(fdio_pwrite(full, "x", 1, 0), -ENOSPC);
	assert_int_equal(fdio_pwrite(-1, "x", 1, 0), -EBADF);
	close(fd);
	close(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(complete),	    cmocka_unit_test(abandoned),
		cmocka_unit_test(never_overwrites), cmocka_unit_test(name_taken),
		cmocka_unit_test(directory_moved),  cmocka_unit_test(unreadable_buffer),
		cmocka_unit_test(ranges),
	};

	return cmocka_run_group_tests_name("sink_file", tests, make_directory, remove_directory);
}

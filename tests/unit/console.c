// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * console.c - progress and log lines as they appear on the console
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "util/log.h"
#include "util/progress.h"

/* Return the text that @print writes to stderr, which is a file here. */
static const char *stderr_of(void (*print)(void))
{
	static char text[8192];
	char name[] = "/tmp/unit-console-XXXXXX";
	int fd = mkstemp(name), saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_true(fd >= 0 && saved >= 0);
	unlink(name);
	dup2(fd, STDERR_FILENO);
	print();
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = pread(fd, text, sizeof(text) - 1, 0);
	close(fd);
	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static void interval(void **state)
{
	static const struct {
		const char *tty;
		double seconds;
	} rows[] = {
		{NULL, 10},
		{"/dev/pts/0", 1},
		{"/dev/pts/12", 1},
		{"/dev/tty1", 1},
		{"/dev/tty63", 1},
		{"/dev/tty", 10},
		{"/dev/ttyS0", 10},
		{"/dev/ttyAMA0", 10},
		{"/dev/hvc0", 10},
		{"/dev/hvsi0", 10},
		{"/dev/ttyUSB0", 10},
		{"/dev/console", 10},
		{"/dev/ttysclp0", 10},
		{"/dev/ptmx", 10},
		{"", 10},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		double got = progress_interval_s(rows[i].tty);

		expect(got == rows[i].seconds, "%s: interval %g s",
		       rows[i].tty ? rows[i].tty : "(none)", got);
	}
}

static void format(void **state)
{
	static const struct {
		uint64_t done, total;
		double seconds;
		const char *line;
	} rows[] = {
		{0, 1000000000, 0, "saving vmcore:   0 %, 0 of 1000 MB, 0 MB/s"},
		{0, 1000000000, 5, "saving vmcore:   0 %, 0 of 1000 MB, 0 MB/s"},
		{250000000, 1000000000, 2.5,
		 "saving vmcore:  25 %, 250 of 1000 MB, 100 MB/s, 8 s left"},
		{1000000000, 1000000000, 10, "saving vmcore: 100 %, 1000 of 1000 MB, 100 MB/s"},
		{0, 0, 1, "saving vmcore: 100 %, 0 of 0 MB, 0 MB/s"},
		{UINT64_C(8) << 40, UINT64_C(16) << 40, 3600,
		 "saving vmcore:  50 %, 8796093 of 17592186 MB, 2443 MB/s, 3600 s left"},
	};
	char line[160], small[20];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		int n = progress_format(line, sizeof(line), rows[i].done, rows[i].total,
					rows[i].seconds);

		expect(strcmp(line, rows[i].line) == 0 && n == (int)strlen(line), "%s", line);
	}
	/* a buffer that is too small cuts the text, as snprintf() does */
	assert_true(progress_format(small, sizeof(small), 1000000, 2000000, 1) >= 20);
	assert_string_equal(small, "saving vmcore:  50 ");
}

static void print_quietly(void)
{
	struct progress p;

	progress_start(&p, 100, true);
	p.next_s = 0;
	progress_update(&p, 50);
	progress_finish(&p, 100);
}

static void print_to_file(void)
{
	struct progress p;

	progress_start(&p, 1000000, false);
	progress_update(&p, 0); /* too soon */
	p.next_s = p.started_s;
	progress_update(&p, 500000);
	progress_update(&p, 600000); /* too soon again */
	progress_finish(&p, 1000000);
}

static void print_in_place(void)
{
	struct progress p;

	progress_start(&p, 1000000, false);
	p.in_place = true;
	p.next_s = 0;
	progress_update(&p, 500000);
	progress_finish(&p, 1000000);
}

static void lines(void **state)
{
	const char *text;

	(void)state;
	assert_string_equal(stderr_of(print_quietly), "");

	text = stderr_of(print_to_file);
	expect(strncmp(text, "saving vmcore:  50 %", 20) == 0, "first line: %s", text);
	text = strchr(text, '\n');
	expect(text && strncmp(text + 1, "saving vmcore: 100 %", 20) == 0, "last line: %s", text);
	text = strchr(text + 1, '\n');
	expect(text && text[1] == '\0', "more than two lines");

	text = stderr_of(print_in_place);
	text = strchr(text, '\r');
	expect(text && strncmp(text + 1, "saving vmcore: 100 %", 20) == 0, "no second line");
	expect(strchr(text, '\n')[1] == '\0', "text after the last line");
}

static void log_hostile(void)
{
	errno = EXDEV;
	log_line("%s: %d", "a\x1b[2Jb\nc\x7f", 5);
	assert_int_equal(errno, EXDEV);
}

static void log_long(void)
{
	char text[3000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_line("%s", text);
}

static void logged(void **state)
{
	const char *text;

	(void)state;
	assert_string_equal(stderr_of(log_hostile), "fadump-copy: a?[2Jb?c?: 5\n");
	text = stderr_of(log_long);
	assert_int_equal(strlen(text), 1023);
	assert_true(strchr(text, '\n') == text + strlen(text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interval),
		cmocka_unit_test(format),
		cmocka_unit_test(lines),
		cmocka_unit_test(logged),
	};

	return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}

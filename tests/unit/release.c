// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * release.c - the ranges that are written to the kernel: complete pages, each once, with exact sums
 *
 * Here the kernel's file is a regular file, which keeps all lines, and a page has 64 KiB.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "release/release.h"

#define PAGE 0x10000u

static char name[] = "/tmp/unit-release-XXXXXX";
static size_t told; /* bytes of the kernel's text */

static void begin(struct release *r, const char *text)
{
	char at[sizeof(name)];
	int fd;

	memcpy(at, "/tmp/unit-release-XXXXXX", sizeof(at));
	fd = mkstemp(at);
	assert_true(fd >= 0);
	memcpy(name, at, sizeof(name));
	told = strlen(text);
	assert_int_equal(write(fd, text, told), told);
	close(fd);
	assert_int_equal(release_open(r, name), 0);
	r->page_bytes = PAGE;
}

/* Returns the written text, with ',' instead of line ends; removes the file. */
static const char *end(struct release *r)
{
	static char out[4096];
	FILE *f = fopen(name, "re");
	size_t got;

	assert_non_null(f);
	assert_int_equal(fseek(f, (long)told, SEEK_SET), 0);
	got = fread(out, 1, sizeof(out) - 1, f);
	fclose(f);
	unlink(name);
	release_close(r);
	out[got] = '\0';
	for (char *c = out; *c; c++)
		if (*c == '\n')
			*c = c[1] ? ',' : '\0';
	return out;
}

struct give {
	uint64_t paddr, bytes;
};

static const struct {
	const char *name, *text;
	struct give give[6];
	const char *asked;
	uint64_t given, held;
} rows[] = {
	{"nothing", "DUMP:0x100000-0x40000", {{0}}, "", 0, 0x40000},
	{"all at once: the length is one byte less, and a second line adds this byte to the sum",
	 "DUMP:0x100000-0x40000",
	 {{0, UINT64_MAX}},
	 "0x100000 0x3ffff,0x100000 0x1",
	 0x40000,
	 0},
	{"memory that is released in two parts",
	 "DUMP:0x100000-0x40000",
	 {{0x100000, 0x10000}, {0x110000, 0x30000}},
	 "0x100000 0xffff,0x110000 0x2ffff,0x100000 0x2",
	 0x40000,
	 0},
	{"memory that is not held is not released",
	 "DUMP:0x100000-0x40000",
	 {{0, 0x100000}, {0x140000, 0x10000}},
	 "",
	 0,
	 0x40000},
	{"no page is released twice",
	 "DUMP:0x100000-0x40000",
	 {{0x100000, 0x20000}, {0x100000, 0x20000}, {0x110000, 0x20000}},
	 "0x100000 0x1ffff",
	 0x20000,
	 0x20000},
	{"an incomplete first page is not released",
	 "DUMP:0x100000-0x40000",
	 {{0x100001, 0x2ffff}},
	 "0x110000 0x1ffff",
	 0x20000,
	 0x20000},
	{"an incomplete last page is not released",
	 "DUMP:0x100000-0x40000",
	 {{0x100000, 0x1ffff}},
	 "0x100000 0xffff",
	 0x10000,
	 0x30000},
	{"a page that two calls share is released with the second call",
	 "DUMP:0x100000-0x40000",
	 {{0x100000, 0x18000}, {0x118000, 0x8000}},
	 "0x100000 0xffff,0x110000 0xffff",
	 0x20000,
	 0x20000},
	{"a page of which one byte is missing is not released",
	 "DUMP:0x100000-0x40000",
	 {{0x100000, 0x18000}, {0x118001, 0x27fff}},
	 "0x100000 0xffff,0x120000 0x1ffff",
	 0x30000,
	 0x10000},
	{"a hole remains held, and the sum is not corrected",
	 "DUMP:0x100000-0x40000",
	 {{0x100000, 0x10000}, {0x120000, 0x20000}},
	 "0x100000 0xffff,0x120000 0x1ffff",
	 0x30000,
	 0x10000},
	{"a hole smaller than the released memory remains held, and the sum is not corrected",
	 "DUMP:0x100000-0x40000",
	 {{0x100000, 0x20000}, {0x130000, 0x10000}},
	 "0x100000 0x1ffff,0x130000 0xffff",
	 0x30000,
	 0x10000},
	{"low memory is released in the firmware's copy, with sums of both areas",
	 "CPU:0x140000-0x100: HPTE:0x140100-0x100: DUMP:0x150000-0x20000, 0x100000-0x40000",
	 {{0, 0x10000}, {0x10000, 0xf0000}, {0x100000, 0x40000}},
	 "0x150000 0xffff,0x160000 0xffff,0x100000 0x3ffff,0x150000 0x202,0x100000 0x1",
	 0x60000,
	 0},
	{"a copy outside of the held memory is not released",
	 "DUMP:0x50000-0x20000, 0x100000-0x40000",
	 {{0, 0x20000}, {0x100000, 0x40000}},
	 "0x100000 0x3ffff,0x100000 0x1",
	 0x40000,
	 0},
	{"only the held part of a copy is released",
	 "DUMP:0xf0000-0x20000, 0x100000-0x40000",
	 {{0, 0x20000}, {0x110000, 0x30000}},
	 "0x100000 0xffff,0x110000 0x2ffff,0x110000 0x10001",
	 0x40000,
	 0},
	{"incomplete pages at both ends of a copy are not released",
	 "DUMP:0x150020-0x20000, 0x100000-0x40000",
	 {{0, 0x10000}, {0x10000, 0x10000}},
	 "0x160000 0xffff",
	 0x10000,
	 0x40000},
	{"an incomplete last page is not released, but its bytes are in the sum",
	 "DUMP:0x100000-0x4370a",
	 {{0, UINT64_MAX}},
	 "0x100000 0x3ffff,0x100000 0x370b",
	 0x40000,
	 0},
	{"incomplete pages at both ends of the held range are only in the sum",
	 "DUMP:0x108000-0x2fff0",
	 {{0, UINT64_MAX}},
	 "0x110000 0x1ffff,0x110000 0xfff1",
	 0x20000,
	 0},
	{"memory smaller than a page is not released",
	 "DUMP:0x100100-0x100",
	 {{0, UINT64_MAX}},
	 "",
	 0,
	 0},
};

static void asked(void **state)
{
	struct release r;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *got;

		begin(&r, rows[i].text);
		for (size_t k = 0; rows[i].give[k].bytes; k++)
			release_give(&r, rows[i].give[k].paddr, rows[i].give[k].bytes);
		release_settle(&r);
		got = end(&r);
		expect(strcmp(got, rows[i].asked) == 0, "%s: written %s", rows[i].name, got);
		expect(r.bytes == rows[i].given && release_held(&r) == rows[i].held,
		       "%s: %#llx released, %#llx held", rows[i].name, (unsigned long long)r.bytes,
		       (unsigned long long)release_held(&r));
	}
}

/*
 * Interpret the written ranges as Linux 2.6.26 to 3.3 does: every held page is freed, and the sum
 * of the lengths is the size of the held memory.
 */
static void in_that_kernel(void **state)
{
	static bool freed[0x40];
	struct release r;
	unsigned long long start, length, sum = 0;
	unsigned int pages = 0;
	char *line;
	int used;

	(void)state;
	begin(&r, "CPU:0x0-0x0: HPTE:0x0-0x0: DUMP:0x0-0x0, 0x100000-0x180000:\n");
	for (uint64_t at = 0x100000; at < 0x280000; at += 0x48000)
		release_give(&r, at, 0x48000);
	release_settle(&r);
	line = strdup(end(&r));
	assert_non_null(line);
	for (const char *at = line; sscanf(at, " %llx %llx%n", &start, &length, &used) == 2;) {
		sum += length;
		assert_true(start >= 0x100000 && start + length < 0x280000);
		for (uint64_t i = start / PAGE; i <= start / PAGE + length / PAGE; i++) {
			assert_true(i >= 0x10 && i < 0x28);
			pages += !freed[i];
			freed[i] = true;
		}
		at += used;
		at += *at == ',';
	}
	free(line);
	assert_int_equal(pages, 0x18);
	assert_int_equal(sum, 0x180000);
}

static void refused(void **state)
{
	static const char *const texts[] = {"", "DUMP:", "no text of the kernel"};
	struct release r;

	(void)state;
	assert_int_equal(release_open(&r, "/nonexistent/release_region"), -ENOENT);
	for (size_t i = 0; i < ROWS(texts); i++) {
		char at[] = "/tmp/unit-release-XXXXXX";
		int fd = mkstemp(at);

		assert_int_equal(write(fd, texts[i], strlen(texts[i])), strlen(texts[i]));
		close(fd);
		assert_int_equal(release_open(&r, at), -EINVAL);
		assert_int_equal(r.fd, -1);
		unlink(at);
	}
}

/* After an error no more memory is released. */
static void first_error(void **state)
{
	struct release r;
	int fd;

	(void)state;
	begin(&r, "DUMP:0x100000-0x40000");
	release_give(&r, 0x100000, 0x10000);
	fd = dup(r.fd);
	close(r.fd);
	r.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	release_give(&r, 0x110000, 0x10000);
	assert_true(r.stopped);
	close(r.fd);
	r.fd = fd;
	release_give(&r, 0x120000, 0x20000);
	release_settle(&r);
	assert_string_equal(end(&r), "0x100000 0xffff");
	assert_int_equal(r.bytes, 0x10000);
	assert_int_equal(release_held(&r), 0x30000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asked),
		cmocka_unit_test(in_that_kernel),
		cmocka_unit_test(refused),
		cmocka_unit_test(first_error),
	};

	return cmocka_run_group_tests_name("release", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * raw.c - the text in an archive: headers, names of members, values of the status and of a report
 */
#include "unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#include "copy/job.h"
#include "copy/report.h"
#include "format/format.h"
#include "save/validate.h"
#include "sink/tarhead.h"

/* libarchive reads back the values that were written to a header. */
static void headers(void **state)
{
	static const struct {
		const char *name;
		uint64_t bytes;
		int64_t mtime;
	} rows[] = {
		{"vmcore", 0, 0},
		{"vmcore", 1, 1700000000},
		{"status", (UINT64_C(8) << 30) - 1, 1},
		{"vmcore", UINT64_C(8) << 30, 1700000000},
		{"vmcore", (UINT64_C(8) << 30) + 1, 1700000000},
		{"opalcore", UINT64_C(100) << 40, 4102444800},
		{"vmcore-dmesg.txt", UINT64_C(1) << 62, 1700000000},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t buf[512 * 3] = {0}; /* header and end, if there is no data */
		struct archive *a = archive_read_new();
		struct archive_entry *e;

		assert_int_equal(sink_tarhead(buf, rows[i].name, rows[i].bytes, rows[i].mtime), 0);
		archive_read_support_format_tar(a);
		assert_int_equal(archive_read_open_memory(a, buf, sizeof(buf)), ARCHIVE_OK);
		expect(archive_read_next_header(a, &e) == ARCHIVE_OK, "row %zu: %s", i,
		       archive_error_string(a));
		assert_string_equal(archive_entry_pathname(e), rows[i].name);
		assert_int_equal(archive_entry_size(e), rows[i].bytes);
		assert_int_equal(archive_entry_mtime(e), rows[i].mtime);
		assert_int_equal(archive_entry_perm(e), 0600);
		assert_int_equal(archive_entry_filetype(e), AE_IFREG);
		assert_true(tarname_is_tar(buf));
		assert_int_equal(tarname_is_ours(buf), i == 2 || i == 6);
		archive_read_free(a);
	}
}

static void impossible_headers(void **state)
{
	uint8_t buf[512];
	char name[200];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[199] = '\0';
	assert_int_equal(sink_tarhead(buf, name, 1, 0), -EINVAL); /* needs more than a block */
	assert_int_equal(sink_tarhead(buf, "x", UINT64_MAX, 0), -EINVAL);
}

static void names(void **state)
{
	static const struct {
		const char *name;
		bool known, first;
	} rows[] = {
		{"vmcore", true, false},     {"vmcore-dmesg.txt", true, true},
		{"status", true, true},	     {"opalcore", true, false},
		{"", false, false},	     {"vmcore ", false, false},
		{"../status", false, false}, {"statuses", false, false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t head[TARNAME_BYTES] = {0};

		memcpy(head, rows[i].name, strlen(rows[i].name));
		expect(tarname_is_known(rows[i].name) == rows[i].known, "%s: is_known",
		       rows[i].name);
		expect(!tarname_is_tar(head) && !tarname_is_ours(head), "%s: no magic",
		       rows[i].name);
		memcpy(head + 257, "ustar", 5);
		expect(tarname_is_tar(head), "%s: is_tar", rows[i].name);
		expect(tarname_is_ours(head) == rows[i].first, "%s: is_ours", rows[i].name);
		memset(head, 's', 100); /* a name without an end */
		assert_false(tarname_is_ours(head));
	}
}

static void status_values(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"bytes=12\nformat=elf\n", "12"},
		{"format=elf\nbytes=12", "12"},
		{"stored_bytes=9\nbytes=12\n", "12"},
		{"bytes=\n", ""},
		{"bytes\n", ""},
		{"\n\n\n", ""},
		{"", ""},
		{"byte", ""},
		{"bytes=1\nbytes=2\n", "1"},
		{"bytes=123456789\n", "1234567"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char got[8] = "?";

		save_validate_value(rows[i].text, "bytes", got, sizeof(got));
		expect(strcmp(got, rows[i].want) == 0, "row %zu: value '%s'", i, got);
	}
}

/* Values of a report can be read back, even if the text of unfiltered= is too long. */
static void report(void **state)
{
	struct pipeline_job job = {.file = "x", .format = &format_elf, .dump_level = 31};
	struct pipeline_result result = {.file_bytes = UINT64_MAX, .seconds = 1.25};
	char text[REPORT_BYTES], got[32], reason[4000];

	(void)state;
	job.codec.encoder = &none_encoder;
	report_format(text, &job, &result);
	save_validate_value(text, "bytes", got, sizeof(got));
	assert_string_equal(got, "18446744073709551615");
	save_validate_value(text, "format", got, sizeof(got));
	assert_string_equal(got, "elf");
	assert_null(strstr(text, "unfiltered"));
	memset(reason, 'r', sizeof(reason));
	reason[sizeof(reason) - 1] = '\0';
	result.unfiltered = reason;
	report_format(text, &job, &result);
	save_validate_value(text, "unfiltered", got, sizeof(got));
	assert_int_equal(strlen(got), sizeof(got) - 1);
	assert_int_equal(text[strlen(text) - 1], '\n');
	job.file = NULL;
	report_format(text, &job, &result);
	save_validate_value(text, "format", got, sizeof(got));
	assert_string_equal(got, "flat");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers), cmocka_unit_test(impossible_headers),
		cmocka_unit_test(names),   cmocka_unit_test(status_values),
		cmocka_unit_test(report),
	};

	return cmocka_run_group_tests_name("raw", tests, NULL, NULL);
}

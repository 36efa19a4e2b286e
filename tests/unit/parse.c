// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * parse.c - numbers, and text that only looks like a number
 */
#include "unit.h"

#include "util/parse.h"

static void numbers(void **state)
{
	static const struct {
		const char *text;
		int base;
		uint64_t max;
		bool ok;
		uint64_t value;
	} rows[] = {
		{"0", 10, 16, true, 0},
		{"16", 10, 16, true, 16},
		{"17", 10, 16, false, 0},
		{"007", 10, 16, true, 7},
		{"", 10, 16, false, 0},
		{" 1", 10, 16, false, 0},
		{"1 ", 10, 16, false, 0},
		{"1\n", 10, 16, false, 0},
		{"+1", 10, 16, false, 0},
		{"-1", 10, UINT64_MAX, false, 0},
		{"1x", 10, 16, false, 0},
		{"0x1", 10, 16, false, 0},
		{"5", 10, 3, false, 0},
		{"/", 10, 16, false, 0},
		{":", 10, 16, false, 0},
		{"1.5", 10, 16, false, 0},
		{"a", 10, 16, false, 0},
		{"18446744073709551615", 10, UINT64_MAX, true, UINT64_MAX},
		{"18446744073709551616", 10, UINT64_MAX, false, 0},
		{"99999999999999999999999", 10, UINT64_MAX, false, 0},
		{"ff", 16, UINT64_MAX, true, 255},
		{"FF", 16, UINT64_MAX, true, 255},
		{"0", 16, UINT64_MAX, true, 0},
		{"0xff", 16, UINT64_MAX, false, 0},
		{"0Xff", 16, UINT64_MAX, false, 0},
		{"17", 8, 15, true, 15},
		{"20", 8, 15, false, 0},
		{"8", 8, 15, false, 0},
		{"fg", 16, UINT64_MAX, false, 0},
		{"", 16, UINT64_MAX, false, 0},
		{"-f", 16, UINT64_MAX, false, 0},
		{"ffffffffffffffff", 16, UINT64_MAX, true, UINT64_MAX},
		{"10000000000000000", 16, UINT64_MAX, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint64_t v = 12345;
		bool ok = parse_u64(rows[i].text, rows[i].base, rows[i].max, &v);

		expect(ok == rows[i].ok && v == (ok ? rows[i].value : 12345),
		       "'%s' base %d: returned %d, value %llu", rows[i].text, rows[i].base, ok,
		       (unsigned long long)v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}

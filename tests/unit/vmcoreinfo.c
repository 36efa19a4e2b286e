// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmcoreinfo.c - values from valid and damaged VMCOREINFO text
 */
#include "unit.h"

#include "source/vmcoreinfo.h"

#define LONG62 "12345678901234567890123456789012345678901234567890123456789012"

static void numbers(void **state)
{
	static const struct {
		const char *text, *kind, *name;
		bool ok;
		uint64_t value;
	} rows[] = {
		{"PAGESIZE=65536\n", "PAGESIZE", NULL, true, 65536},
		{"PAGESIZE=65536", "PAGESIZE", NULL, true, 65536},
		{"A=1\nPAGESIZE=4096\nB=2\n", "PAGESIZE", NULL, true, 4096},
		{"XPAGESIZE=1\nPAGESIZE=2\n", "PAGESIZE", NULL, true, 2},
		{"PAGESIZEX=1\nPAGESIZE=2\n", "PAGESIZE", NULL, true, 2},
		{"PAGESIZE\nPAGESIZE=2\n", "PAGESIZE", NULL, true, 2},
		{"PAGESIZE=1\nPAGESIZE=2\n", "PAGESIZE", NULL, true, 1},
		{"\n\n\nA=3\n", "A", NULL, true, 3},
		{"A=3\r\n", "A", NULL, false, 0},
		{"A=\n", "A", NULL, false, 0},
		{"A= 3\n", "A", NULL, false, 0},
		{"A=-3\n", "A", NULL, false, 0},
		{"A=0x3\n", "A", NULL, false, 0},
		{"A=18446744073709551615\n", "A", NULL, true, UINT64_MAX},
		{"A=18446744073709551616\n", "A", NULL, false, 0},
		{"SYMBOL(prb)=ffffffff82a51db0\n", "SYMBOL", "prb", true, 0xffffffff82a51db0},
		{"SYMBOL(prb)=10\n", "SYMBOL", "prb", true, 16},
		{"SYMBOL(prb)=0x10\n", "SYMBOL", "prb", false, 0},
		{"SYMBOL(prb)=1\n", "SYMBOL", "pr", false, 0},
		{"OFFSET(a.b)=10\n", "OFFSET", "a.b", true, 10},
		{"OFFSET(a.b)=ff\n", "OFFSET", "a.b", false, 0},
		{"", "A", NULL, false, 0},
		{"A", "A", NULL, false, 0},
		{"A=" LONG62 "345\n", "A", NULL, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const size_t bytes = strlen(rows[i].text);
		char *exact = malloc(bytes ? bytes : 1); /* no NUL at its end */
		const struct vmcoreinfo info = {exact, bytes};
		uint64_t v = 0;
		bool ok;

		memcpy(exact, rows[i].text, bytes);
		ok = vmcoreinfo_number(&info, rows[i].kind, rows[i].name, &v);
		free(exact);
		expect(ok == rows[i].ok && v == rows[i].value,
		       "row %zu, %s: returned %d, value %llu", i, rows[i].text, ok,
		       (unsigned long long)v);
	}
}

static void signed_numbers(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t value;
	} rows[] = {
		{"NUMBER(a)=-129\n", true, -129},
		{"NUMBER(a)=129\n", true, 129},
		{"NUMBER(a)=0\n", true, 0},
		{"NUMBER(a)=-0\n", true, 0},
		{"NUMBER(a)=9223372036854775807\n", true, INT64_MAX},
		{"NUMBER(a)=-9223372036854775807\n", true, -INT64_MAX},
		{"NUMBER(a)=9223372036854775808\n", false, 0},
		{"NUMBER(a)=--1\n", false, 0},
		{"NUMBER(a)=-+1\n", false, 0},
		{"NUMBER(a)=- 1\n", false, 0},
		{"NUMBER(a)=-\n", false, 0},
		{"NUMBER(a)=-0x1\n", false, 0},
		{"NUMBER(b)=1\n", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct vmcoreinfo info = {rows[i].text, strlen(rows[i].text)};
		int64_t v = 0;
		bool ok = vmcoreinfo_signed(&info, "NUMBER", "a", &v);

		expect(ok == rows[i].ok && v == rows[i].value,
		       "row %zu, %s: returned %d, value %lld", i, rows[i].text, ok, (long long)v);
	}
}

static void text(void **state)
{
	const char with_nul[] = "A=1\0y\nB=tail";
	const struct vmcoreinfo info = {with_nul, sizeof(with_nul) - 1}, none = {NULL, 0};
	uint64_t v;
	char out[5];

	(void)state;
	assert_false(vmcoreinfo_text(&none, "A", out, sizeof(out)));
	assert_true(vmcoreinfo_text(&info, "B", out, sizeof(out)));
	assert_string_equal(out, "tail");
	assert_false(vmcoreinfo_text(&info, "B", out, sizeof(out) - 1));
	assert_false(vmcoreinfo_text(&info, "A", out, sizeof(out)));
	assert_false(vmcoreinfo_number(&info, "A", NULL, &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(signed_numbers),
		cmocka_unit_test(text),
	};

	return cmocka_run_group_tests_name("vmcoreinfo", tests, NULL, NULL);
}

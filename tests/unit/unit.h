/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit.h - macros and functions for every unit test
 *
 * Tests are tables of rows; a row that fails prints its name and the wrong value.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define expect(condition, ...)                                                                     \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fail_msg(__VA_ARGS__);                                                     \
	} while (0)

/* Returns true if both are NULL, or if @got contains @want. */
static inline bool says(const char *got, const char *want)
{
	return got && want ? strstr(got, want) != NULL : got == want;
}

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * constpage.c - constant pages, and pages with one different byte at any place
 */
#include "unit.h"

#include "filter/constpage.h"

static const uint64_t values[] = {0, 0x6b6b6b6b6b6b6b6b, UINT64_MAX, 0x0123456789abcdef, 1};

/* Fill @bytes with copies of @value, in the byte order of this machine. */
static void fill(uint8_t *at, size_t bytes, uint64_t value)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = ((const uint8_t *)&value)[i % 8];
}

static void every_position(void **state)
{
	static const size_t sizes[] = {16, 23, 63, 64, 65, 127, 128, 129, 1000, 4096};

	(void)state;
	for (size_t s = 0; s < ROWS(sizes); s++) {
		uint8_t *page = malloc(sizes[s]); /* exact, for the sanitizer */

		for (size_t v = 0; v < ROWS(values); v++) {
			uint64_t word = 7;

			fill(page, sizes[s], values[v]);
			expect(constpage_test(page, sizes[s], &word) && word == values[v],
			       "%zu bytes of %#llx: word %#llx", sizes[s],
			       (unsigned long long)values[v], (unsigned long long)word);
			for (size_t i = 0; i < sizes[s]; i++) {
				page[i] ^= (uint8_t)(1u << i % 8);
				expect(!constpage_test(page, sizes[s], &word),
				       "the different byte %zu of %zu is not found", i, sizes[s]);
				page[i] ^= (uint8_t)(1u << i % 8);
			}
		}
		free(page);
	}
}

/* For memory of fewer than 8 bytes, the word is these bytes followed by zeros. */
static void short_ones(void **state)
{
	uint64_t word = 7;

	(void)state;
	assert_true(constpage_test("", 0, &word));
	assert_int_equal(word, 0);
	assert_true(constpage_test("\0\0\0", 3, &word));
	assert_int_equal(word, 0);
	assert_true(constpage_test("\1\2\3", 3, &word));
	assert_memory_equal(&word, "\1\2\3\0\0\0\0\0", 8);
}

/* Neither the alignment of the memory nor the bytes around it matter. */
static void neighbours(void **state)
{
	uint8_t around[4096 + 16];
	uint64_t word;

	(void)state;
	for (size_t shift = 1; shift <= 8; shift++) {
		memset(around, 0xff, sizeof(around));
		memset(around + shift, 0, 4096);
		expect(constpage_test(around + shift, 4096, &word) && word == 0,
		       "shift %zu: not constant", shift);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_position),
		cmocka_unit_test(short_ones),
		cmocka_unit_test(neighbours),
	};

	return cmocka_run_group_tests_name("constpage", tests, NULL, NULL);
}

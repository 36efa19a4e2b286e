// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zeropage.c - one byte that is not zero, wherever it is
 */
#include "unit.h"

#include "chunk.h"
#include "filter/zeropage.h"

static void every_position(void **state)
{
	static const size_t sizes[] = {1, 7, 8, 63, 64, 65, 127, 128, 129, 1000, 4096};

	(void)state;
	for (size_t s = 0; s < ROWS(sizes); s++) {
		uint8_t *page = calloc(1, sizes[s]);

		expect(zeropage_test(page, sizes[s]), "%zu zeros", sizes[s]);
		for (size_t i = 0; i < sizes[s]; i++) {
			page[i] = (uint8_t)(1u << i % 8);
			expect(!zeropage_test(page, sizes[s]), "byte %zu of %zu", i, sizes[s]);
			page[i] = 0;
		}
		free(page);
	}
	assert_true(zeropage_test("", 0));
}

/* Alignment of the memory does not matter; what lies around it neither. */
static void neighbours(void **state)
{
	uint8_t around[4096 + 16];

	(void)state;
	for (size_t shift = 1; shift <= 8; shift++) {
		memset(around, 0xff, sizeof(around));
		memset(around + shift, 0, 4096);
		expect(zeropage_test(around + shift, 4096), "shift %zu", shift);
	}
}

static void mark(void **state)
{
	static uint8_t data[3 * 4096];
	struct chunk c = {.paddr = 0x1800, .bytes = 2048 + 4096 + 100, .page_bytes = 4096};

	(void)state;
	c.data = data;
	data[2048 + 4096 - 1] = 1;   /* last byte of page 1 */
	data[2048 + 4096 + 100] = 1; /* behind the chunk */
	for (unsigned int i = 0; i < chunk_pages(&c); i++)
		zeropage_mark(&c, i);
	assert_int_equal(c.keep[0], 1u << 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_position),
		cmocka_unit_test(neighbours),
		cmocka_unit_test(mark),
	};

	return cmocka_run_group_tests_name("zeropage", tests, NULL, NULL);
}

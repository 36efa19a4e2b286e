// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * chunk.c - the first and the last byte of each page of a chunk, and the bits for its pages
 */
#include "unit.h"

#include "source/chunk.h"

static void pages(void **state)
{
	static const struct {
		const char *name;
		uint64_t paddr;
		uint32_t bytes, page_bytes;
		unsigned int pages;
		uint32_t offsets[4]; /* of pages 0, 1, 2, 3 */
	} rows[] = {
		{"a page", 0x1000, 4096, 4096, 1, {0, 4096, 4096, 4096}},
		{"two", 0x1000, 8192, 4096, 2, {0, 4096, 8192, 8192}},
		{"full", 0, CHUNK_BYTES, 4096, 128, {0, 4096, 8192, 12288}},
		{"one byte", 0x1fff, 1, 4096, 1, {0, 1, 1, 1}},
		{"two bytes, two pages", 0x1fff, 2, 4096, 2, {0, 1, 2, 2}},
		{"partial first", 0x1800, 4096 + 2048, 4096, 2, {0, 2048, 6144, 6144}},
		{"partial last", 0x1000, 4097, 4096, 2, {0, 4096, 4097, 4097}},
		{"both partial", 0x1ff0, 4096 + 32, 4096, 3, {0, 16, 4112, 4128}},
		{"inside one page", 0x1100, 256, 4096, 1, {0, 256, 256, 256}},
		{"64 KiB pages", 0x10000, 0x20000, 65536, 2, {0, 65536, 131072, 131072}},
		{"64 KiB, both partial", 0x1f000, 0x12000, 65536, 3, {0, 4096, 69632, 73728}},
		{"256 KiB", 0x40000, 0x50000, 262144, 2, {0, 262144, 0x50000, 0x50000}},
		{"top", UINT64_MAX - 4095, 4095, 4096, 1, {0, 4095, 4095, 4095}},
		{"top, partial first", UINT64_MAX - 4096, 4096, 4096, 2, {0, 1, 4096, 4096}},
		{"top, 64 KiB", UINT64_MAX - 65535, 65535, 65536, 1, {0, 65535, 65535, 65535}},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct chunk c = {.paddr = rows[i].paddr,
					.bytes = rows[i].bytes,
					.page_bytes = rows[i].page_bytes};
		const unsigned int nr = chunk_pages(&c);

		expect(nr == rows[i].pages, "%s: %u pages counted", rows[i].name, nr);
		for (unsigned int k = 0; k < 4; k++) {
			uint32_t at = chunk_page_offset(&c, k);

			expect(at == rows[i].offsets[k], "%s: page %u at offset %u", rows[i].name,
			       k, at);
		}
		expect(chunk_page_offset(&c, nr) == c.bytes,
		       "%s: the last page does not end at the end of the chunk", rows[i].name);
	}
}

static void bits(void **state)
{
	uint64_t map[CHUNK_MAP_LEN] = {0};

	(void)state;
	assert_true(CHUNK_PAGES == 64 * CHUNK_MAP_LEN);
	for (unsigned int i = 0; i < CHUNK_PAGES; i++) {
		assert_false(chunk_bit(map, i));
		chunk_bit_set(map, i);
		assert_true(chunk_bit(map, i));
		assert_true(i == 0 || chunk_bit(map, i - 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages),
		cmocka_unit_test(bits),
	};

	return cmocka_run_group_tests_name("chunk", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmcore.c - chunks that are read instead of mapped; memory read across several loads
 *
 * The bytes of the source file depend on their offset; a part that "cannot be read" is past the end
 * of the file.
 */
#include "unit.h"

#include <unistd.h>

#include "source/chunk.h"
#include "source/vmcore.h"

#define PAGE 4096u

static uint8_t byte_at(uint64_t at)
{
	return (uint8_t)(at / PAGE * 3 + at % PAGE * 5 + 1);
}

static void open_source(struct vmcore *src, struct memmap_extent *extents, size_t nr,
			uint64_t bytes)
{
	char name[] = "/tmp/unit-vmcore-XXXXXX";
	uint8_t *all = malloc(bytes);

	memset(src, 0, sizeof(*src));
	src->fd = mkstemp(name);
	assert_true(src->fd >= 0);
	unlink(name);
	for (uint64_t i = 0; i < bytes; i++)
		all[i] = byte_at(i);
	assert_int_equal(write(src->fd, all, bytes), bytes);
	free(all);
	src->page_bytes = PAGE;
	src->map.extents = extents;
	src->map.nr_extents = nr;
}

static void read_phys(void **state)
{
	/* adjacent, after a gap of a byte, after a gap of pages, truncated */
	static struct memmap_extent extents[] = {
		{0x1000, 0x800, 0x3000}, {0x1800, 0x100, 0x100},    {0x1901, 0x6ff, 0x5000},
		{0x8000, 0x1000, 0},	 {0xa000, 0x1000, 0x20000},
	};
	static const struct {
		const char *name;
		uint64_t paddr;
		size_t bytes;
		bool readable;
	} rows[] = {
		{"inside one", 0x1200, 0x100, true},
		{"a complete load", 0x8000, 0x1000, true},
		{"three loads and a hole of a byte", 0x1000, 0x1000, true},
		{"over the border of two loads", 0x17ff, 2, true},
		{"the hole", 0x1900, 1, true},
		{"before everything", 0, 0x1000, true},
		{"up to the first byte", 1, 0x1000, true},
		{"after everything", 0x10000, 0x1000, true},
		{"from a hole to the end of a load", 0x7800, 0x1000, true},
		{"past the end of the file", 0xa000, 0x1000, false},
		{"one byte past the end", 0x9fff, 2, false},
		{"top of the address space", UINT64_MAX - 0xfff, 0x1000, true},
	};
	struct vmcore src;

	(void)state;
	open_source(&src, extents, ROWS(extents), 0x8000);
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t *buf = malloc(rows[i].bytes); /* exact, for the sanitizer */
		bool ok;

		memset(buf, 0xee, rows[i].bytes);
		ok = vmcore_read_phys(&src, rows[i].paddr, buf, rows[i].bytes);
		expect(ok == rows[i].readable, "%s: returned %d", rows[i].name, ok);
		for (size_t k = 0; ok && k < rows[i].bytes; k++) {
			uint8_t want = 0;

			for (size_t e = 0; e < ROWS(extents); e++)
				if (rows[i].paddr + k - extents[e].paddr < extents[e].bytes)
					want = byte_at(extents[e].src_at + rows[i].paddr + k -
						       extents[e].paddr);
			expect(buf[k] == want, "%s: byte %zu is %#x", rows[i].name, k, buf[k]);
		}
		free(buf);
	}
	close(src.fd);
}

/* A dropped page is not read; if a page of a chunk is unreadable, only that page is lost. */
static void fill(void **state)
{
	static struct memmap_extent extents[] = {{0x1800, 0x6000, 0x800}};
	static const struct {
		const char *name;
		uint64_t drop, lost;
		uint64_t file_bytes;
	} rows[] = {
		{"no page dropped", 0, 0, 0x8000},
		{"all pages dropped", 0x7f, 0, 0x8000},
		{"first and last dropped", 0x41, 0, 0x8000},
		{"every other dropped", 0x2a, 0, 0x8000},
		{"the last two unreadable", 0, 0x60, 0x5000},
		{"half of a page unreadable", 0, 0x40, 0x6400},
		{"unreadable and dropped", 0x60, 0, 0x5000},
		{"two unreadable, one of them dropped", 0x40, 0x20, 0x5000},
		{"all pages unreadable", 0, 0x7f, 0x100},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct vmcore src;
		struct chunk c = {0};
		uint8_t *buf = malloc(CHUNK_BYTES);

		open_source(&src, extents, 1, rows[i].file_bytes);
		assert_true(vmcore_next(&src, &c));
		assert_int_equal(c.bytes, 0x6000);
		c.buf = buf;
		c.drop[0] = rows[i].drop;
		memset(buf, 0xee, CHUNK_BYTES);
		vmcore_map(&src, &c); /* use_mmap is not set */
		assert_ptr_equal(c.data, buf);
		vmcore_fill(&src, &c);
		expect(c.lost[0] == rows[i].lost, "%s: lost %#llx", rows[i].name,
		       (unsigned long long)c.lost[0]);
		for (unsigned int p = 0; p < chunk_pages(&c); p++)
			for (uint32_t k = chunk_page_offset(&c, p);
			     k < chunk_page_offset(&c, p + 1); k++) {
				if (chunk_bit(c.lost, p))
					continue;
				expect(buf[k] == (chunk_bit(c.drop, p) ? 0xee : byte_at(0x800 + k)),
				       "%s: page %u has wrong bytes", rows[i].name, p);
			}
		vmcore_put(&c);
		free(buf);
		close(src.fd);
	}
}

/* Chunks end at multiples of CHUNK_BYTES, start with clear maps, and cover all memory. */
static void chunks(void **state)
{
	static struct memmap_extent extents[] = {
		{CHUNK_BYTES - 0x1000, CHUNK_BYTES + 0x1800, 0},
		{8 * (uint64_t)CHUNK_BYTES, 1, 0x100000},
	};
	static const struct {
		uint64_t paddr;
		uint32_t bytes, extent;
	} want[] = {
		{CHUNK_BYTES - 0x1000, 0x1000, 0},
		{CHUNK_BYTES, CHUNK_BYTES, 0},
		{2 * CHUNK_BYTES, 0x800, 0},
		{8 * CHUNK_BYTES, 1, 1},
	};
	struct vmcore src;
	struct chunk c;

	(void)state;
	open_source(&src, extents, 2, 1);
	for (size_t i = 0; i < ROWS(want); i++) {
		memset(&c, 0xff, sizeof(c));
		assert_true(vmcore_next(&src, &c));
		expect(c.paddr == want[i].paddr && c.bytes == want[i].bytes &&
			       c.extent == want[i].extent && c.page_bytes == PAGE,
		       "chunk %zu: paddr %#llx, %u bytes", i, (unsigned long long)c.paddr, c.bytes);
		assert_int_equal(chunk_count(c.drop) + chunk_count(c.keep) + chunk_count(c.lost),
				 0);
	}
	assert_false(vmcore_next(&src, &c));
	assert_false(vmcore_next(&src, &c));
	close(src.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_phys),
		cmocka_unit_test(fill),
		cmocka_unit_test(chunks),
	};

	return cmocka_run_group_tests_name("vmcore", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * physmem_windows.c - windows over a vmcore: holes, borders, more extents than windows, a truncated
 * file
 *
 * Each 8 bytes of the dump have their own physical address as value.
 */
#include "unit.h"

#include <sys/mman.h>
#include <unistd.h>

#include "source/physmem_windows.h"
#include "source/vmcore.h"

#define MIB (UINT64_C(1) << 20)

/* One extent ends inside a page; the next is adjacent in memory, but elsewhere in the file. */
static const struct memmap_extent extents[] = {
	{1 * MIB, 9 * MIB + 0x1238, 0x1000},	 {10 * MIB + 0x1238, 0x4000, 0x1000 + 20 * MIB},
	{32 * MIB, 1 * MIB, 0x1200 + 12 * MIB}, /* file offset is not page aligned */
	{64 * MIB, 1 * MIB, 0x1000 + 14 * MIB},	 {128 * MIB, 1 * MIB, 0x1000 + 16 * MIB},
	{256 * MIB, 1 * MIB, 0x1000 + 18 * MIB},
};

static struct vmcore src;

static void make(bool use_mmap)
{
	memset(&src, 0, sizeof(src));
	src.fd = memfd_create("vmcore", 0);
	src.map = (struct memmap){(struct memmap_extent *)extents, ROWS(extents), 0};
	src.page_bytes = 4096;
	src.use_mmap = use_mmap;
	assert_int_equal(ftruncate(src.fd, 0x2000 + 21 * MIB), 0);
	for (size_t i = 0; i < ROWS(extents); i++) {
		uint64_t *all = malloc(extents[i].bytes);

		for (uint64_t k = 0; k < extents[i].bytes / 8; k++)
			all[k] = extents[i].paddr + k * 8;
		assert_int_equal(pwrite(src.fd, all, extents[i].bytes, (off_t)extents[i].src_at),
				 extents[i].bytes);
		free(all);
	}
}

static void expect_at(struct physmem_windows *p, uint64_t paddr)
{
	uint64_t word = 0;
	size_t bytes = 0;
	const uint8_t *at = p->physmem.lookup(p->physmem.arg, paddr, &bytes);

	expect(at, "%#llx: not found", (unsigned long long)paddr);
	assert_true(bytes >= 8);
	memcpy(&word, at, 8);
	expect(word == paddr, "%#llx: word %#llx", (unsigned long long)paddr,
	       (unsigned long long)word);
	memcpy(&word, at + bytes - 8, 8); /* the last 8 bytes */
	expect(word == paddr + bytes - 8, "%#llx, %zu bytes: last word %#llx",
	       (unsigned long long)paddr, bytes, (unsigned long long)word);
}

static void windows(void **state)
{
	(void)state;
	for (unsigned int use_mmap = 0; use_mmap < 2; use_mmap++) {
		struct physmem_windows p;
		size_t bytes;

		make(use_mmap);
		assert_int_equal(physmem_windows_open(&p, &src), 0);
		for (unsigned int round = 0; round < 3; round++)
			for (size_t i = 0; i < ROWS(extents); i++) {
				expect_at(&p, extents[i].paddr);
				expect_at(&p, extents[i].paddr + 0x1468 * round);
				expect_at(&p, extents[i].paddr + extents[i].bytes - 8);
			}
		for (uint64_t at = 1 * MIB; at < 10 * MIB; at += 4096)
			expect_at(&p, at);
		for (size_t i = 0; i < ROWS(extents); i++) {
			assert_null(
				p.physmem.lookup(&p, i == 1 ? 0 : extents[i].paddr - 1, &bytes));
			if (i > 0)
				assert_null(p.physmem.lookup(
					&p, extents[i].paddr + extents[i].bytes, &bytes));
		}
		assert_null(p.physmem.lookup(&p, UINT64_MAX, &bytes));
		physmem_windows_close(&p);
		close(src.fd);
	}
}

static void copies(void **state)
{
	static uint64_t buf[MIB / 8];

	(void)state;
	for (unsigned int use_mmap = 0; use_mmap < 2; use_mmap++) {
		struct physmem_windows p;

		make(use_mmap);
		assert_int_equal(physmem_windows_open(&p, &src), 0);
		/* across the border of two extents, up to the end of the second */
		assert_int_equal(physmem_windows_copy(&p, 10 * MIB + 0x1000, buf, sizeof(buf)),
				 0x4238);
		for (uint64_t i = 0; i < 0x4238 / 8; i++)
			assert_int_equal(buf[i], 10 * MIB + 0x1000 + i * 8);
		assert_int_equal(physmem_windows_copy(&p, 5 * MIB - 8, buf, 24), 24);
		assert_int_equal(buf[2], 5 * MIB + 8);
		assert_int_equal(physmem_windows_copy(&p, 0, buf, 8), 0);
		physmem_windows_close(&p);
		close(src.fd);
	}
}

/* Memory next to an unreadable page is still read. */
static void cut_short(void **state)
{
	struct physmem_windows p;
	size_t bytes;

	(void)state;
	make(false);
	assert_int_equal(physmem_windows_open(&p, &src), 0);
	assert_int_equal(ftruncate(src.fd, 0x1000 + 8 * MIB + 0x3000), 0);
	expect_at(&p, 9 * MIB + 0x2000);
	assert_null(p.physmem.lookup(&p, 9 * MIB + 0x3000, &bytes));
	expect_at(&p, 9 * MIB + 0x1000);
	assert_null(p.physmem.lookup(&p, 9 * MIB + 0x8000, &bytes));
	physmem_windows_close(&p);
	close(src.fd);
}

/* After a lookup in each extent, the windows contain the last four extents, each completely. */
static void limits(void **state)
{
	struct physmem_windows p;
	size_t bytes, sum = 0;

	(void)state;
	make(true);
	assert_int_equal(physmem_windows_open(&p, &src), 0);
	for (size_t i = 0; i < ROWS(extents); i++)
		p.physmem.lookup(&p, extents[i].paddr, &bytes);
	for (unsigned int i = 0; i < PHYSMEM_WINDOWS_NR; i++) {
		assert_true(p.windows[i].map &&
			    p.windows[i].map_bytes <= PHYSMEM_WINDOW_BYTES + 4096);
		sum += p.windows[i].bytes;
	}
	assert_int_equal(sum, 4 * MIB); /* four extents of 1 MiB */
	physmem_windows_close(&p);
	close(src.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows),
		cmocka_unit_test(copies),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests_name("physmem_windows", tests, NULL, NULL);
}

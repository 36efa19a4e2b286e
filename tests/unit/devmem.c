// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * devmem.c - a device as source: memory is read at the offsets in a list of ranges
 *
 * /dev/mem is a file here; the value of each 32-bit word is the offset of the word.
 */
#include "unit.h"

#include <errno.h>
#include <unistd.h>

#include "source/chunk.h"
#include "source/devmem.h"
#include "source/vmcore.h"

#define MEMORY 0x10000u

static char name[] = "/tmp/unit-devmem-XXXXXX";

static int make(void **state)
{
	uint32_t words[MEMORY / 4];
	const int fd = mkstemp(name);

	(void)state;
	for (uint32_t i = 0; i < MEMORY / 4; i++)
		words[i] = i * 4;
	return fd < 0 || write(fd, words, sizeof(words)) != sizeof(words) || close(fd);
}

static int drop(void **state)
{
	(void)state;
	return unlink(name);
}

static uint32_t word_at(const struct vmcore *src, uint64_t paddr)
{
	uint32_t word;

	assert_true(vmcore_read_phys(src, paddr, (uint8_t *)&word, sizeof(word)));
	return word;
}

/* Low memory is in the firmware's copy; all other memory is in place. */
static void pieces(void **state)
{
	static const struct memmap_extent held[] = {{0, 0x2000, 0x8000}, {0x3000, 0x4000, 0x3000}};
	struct chunk c = {.bytes = 0};
	struct vmcore src;
	uint32_t word;

	(void)state;
	assert_int_equal(devmem_open(&src, name, true, held, ROWS(held)), 0);
	assert_int_equal(src.map.bytes, 0x6000);
	assert_int_equal(src.page_bytes, sysconf(_SC_PAGESIZE));
	assert_int_equal(src.core.machine, EM_PPC64);
	assert_int_equal(word_at(&src, 0), 0x8000);
	assert_int_equal(word_at(&src, 0x1ffc), 0x9ffc);
	assert_int_equal(word_at(&src, 0x2000), 0); /* in no range */
	assert_int_equal(word_at(&src, 0x3000), 0x3000);
	assert_int_equal(word_at(&src, 0x6ffc), 0x6ffc);
	assert_true(vmcore_read_virt(&src, UINT64_C(0xc000000000001000), &word, sizeof(word)));
	assert_int_equal(word, 0x9000);
	assert_true(vmcore_next(&src, &c));
	assert_true(c.paddr == 0 && c.bytes == 0x2000 && c.src_at == 0x8000);
	vmcore_map(&src, &c);
	memcpy(&word, c.data + 0x10, sizeof(word));
	assert_int_equal(word, 0x8010);
	vmcore_put(&c);
	assert_true(vmcore_next(&src, &c));
	assert_true(c.paddr == 0x3000 && c.bytes == 0x4000 && c.src_at == 0x3000);
	assert_false(vmcore_next(&src, &c));
	vmcore_close(&src);
}

static void refused(void **state)
{
	static const struct memmap_extent past = {0, 0x1000, UINT64_MAX - 0x1000};
	struct vmcore src;

	(void)state;
	assert_int_equal(devmem_open(&src, "/nonexistent", true, &past, 1), -ENOENT);
	assert_int_equal(devmem_open(&src, name, true, &past, 1), -EINVAL);
	assert_int_equal(src.fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests_name("devmem", tests, make, drop);
}

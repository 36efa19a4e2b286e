// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_cache.c - after writes of any size, at any offset and by any thread, the device is equal to
 * a model
 *
 * This test also runs with the thread sanitizer.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sink/cache.h"
#include "util/fdio.h"
#include "util/sigbus.h"

enum { DEVICE_BYTES = 20 * SINK_CACHE_BLOCK_BYTES + 12288, THREADS = 5 };

static int fd;
static uint8_t *model, *back; /* DEVICE_BYTES each */

/* Make a device full of old data (0xee). */
static int make_device(void **state)
{
	(void)state;
	fd = memfd_create("device", 0);
	model = malloc(DEVICE_BYTES);
	back = malloc(DEVICE_BYTES);
	memset(back, 0xee, DEVICE_BYTES);
	memset(model, 0, DEVICE_BYTES);
	return fdio_pwrite(fd, back, DEVICE_BYTES, 0);
}

static int remove_device(void **state)
{
	(void)state;
	free(model);
	free(back);
	return close(fd);
}

/* Check that the device is equal to model up to @end, and unchanged from @rest on. */
static void compare(size_t end, size_t rest)
{
	assert_int_equal(fdio_pread(fd, back, DEVICE_BYTES, 0), DEVICE_BYTES);
	for (size_t i = 0; i < end; i++)
		expect(back[i] == model[i], "byte %zu is %#x, not %#x", i, back[i], model[i]);
	for (size_t i = rest; i < DEVICE_BYTES; i++)
		expect(back[i] == 0xee, "byte %zu after the end was changed", i);
}

static void put(struct sink_cache *c, const void *from, size_t bytes, uint64_t at)
{
	assert_int_equal(sink_cache_write(c, from, bytes, at), 0);
	memcpy(model + at, from, bytes);
}

/* Small writes at random offsets, with one block of memory and with several blocks. */
static void anywhere(void **state)
{
	static uint8_t noise[70300];
	struct sink_cache c;
	size_t end = 0;

	(void)state;
	srandom(1);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)random();
	for (unsigned int blocks = 1; blocks <= 4; blocks += 3) {
		assert_int_equal(sink_cache_open(&c, fd, DEVICE_BYTES, blocks), 0);
		memset(model, 0, DEVICE_BYTES);
		end = 0;
		for (int i = 0; i < 300; i++) {
			const size_t bytes = (size_t)random() % 70000 + 1;
			const size_t at = (size_t)random() % (DEVICE_BYTES - bytes + 1);

			put(&c, noise + i, bytes - 1, at);
			end = at + bytes - 1 > end ? at + bytes - 1 : end;
		}
		assert_int_equal(sink_cache_finish(&c, end), 0);
		compare(end, DEVICE_BYTES);
		sink_cache_free(&c);
	}
}

/* A byte is written at a high offset: zeros precede it, old data follows the block of the byte. */
static void far(void **state)
{
	const uint64_t at = 9 * SINK_CACHE_BLOCK_BYTES + 5;
	struct sink_cache c;

	(void)state;
	assert_int_equal(sink_cache_open(&c, fd, DEVICE_BYTES, 2), 0);
	put(&c, "x", 1, at);
	put(&c, "y", 1, 3 * SINK_CACHE_BLOCK_BYTES); /* in an earlier block */
	assert_int_equal(sink_cache_finish(&c, at + 1), 0);
	compare(10 * SINK_CACHE_BLOCK_BYTES, 10 * SINK_CACHE_BLOCK_BYTES);
	/* only the end of the data changes, without a write */
	assert_int_equal(sink_cache_finish(&c, 12 * SINK_CACHE_BLOCK_BYTES), 0);
	compare(12 * SINK_CACHE_BLOCK_BYTES, 12 * SINK_CACHE_BLOCK_BYTES);
	assert_int_equal(sink_cache_finish(&c, DEVICE_BYTES), 0);
	compare(DEVICE_BYTES, DEVICE_BYTES);
	sink_cache_free(&c);
}

static void beyond(void **state)
{
	static const uint64_t at[] = {DEVICE_BYTES, DEVICE_BYTES - 3, UINT64_MAX, UINT64_MAX - 3};
	struct sink_cache c;

	(void)state;
	assert_int_equal(sink_cache_open(&c, fd, DEVICE_BYTES, 1), 0);
	for (size_t i = 0; i < ROWS(at); i++)
		assert_int_equal(sink_cache_write(&c, "four", 4, at[i]), -ENOSPC);
	put(&c, "four", 4, DEVICE_BYTES - 4);
	assert_int_equal(sink_cache_finish(&c, DEVICE_BYTES), 0);
	compare(DEVICE_BYTES, DEVICE_BYTES);
	sink_cache_free(&c);
}

/* Unreadable memory becomes zeros on the device; no old data of the device is left there. */
static void unreadable(void **state)
{
	const size_t page = 4096;
	uint8_t *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED,
			    memfd_create("short", 0), 0);
	struct sink_cache c;

	(void)state;
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(sigbus_init(), 0); /* cmocka sets another handler before each test */
	assert_int_equal(sink_cache_open(&c, fd, DEVICE_BYTES, 1), 0);
	put(&c, "before", 6, 0);
	/* the file behind the mapping is empty */
	assert_int_equal(sink_cache_write(&c, map, page, 2), -EFAULT);
	memset(model + 2, 0, page);
	assert_int_equal(sink_cache_finish(&c, page + 2), 0);
	compare(page + 2, SINK_CACHE_BLOCK_BYTES);
	sink_cache_free(&c);
	munmap(map, 2 * page);
}

/* After an error every call returns this error. */
static void broken(void **state)
{
	struct sink_cache c;
	static uint8_t block[SINK_CACHE_BLOCK_BYTES];
	int full = open("/dev/full", O_RDWR);

	(void)state;
	assert_int_equal(sink_cache_open(&c, full, DEVICE_BYTES, 2), 0);
	assert_int_equal(sink_cache_write(&c, block, 100, 0), 0);
	assert_int_equal(sink_cache_write(&c, block, sizeof(block), SINK_CACHE_BLOCK_BYTES), 0);
	assert_int_equal(sink_cache_write(&c, "x", 1, 5), -ENOSPC);
	assert_int_equal(sink_cache_finish(&c, 4096), -ENOSPC);
	sink_cache_free(&c);
	close(full);
}

struct writer {
	struct sink_cache *cache;
	unsigned int nr;
};

/* Each piece has one writer; neighbouring pieces have different writers. */
static void *write_pieces(void *arg)
{
	const struct writer *w = arg;
	const size_t piece = 5000;
	uint8_t buf[5000];

	memset(buf, (int)w->nr + 1, sizeof(buf));
	for (size_t i = w->nr; (i + 1) * piece <= DEVICE_BYTES; i += THREADS)
		if (sink_cache_write(w->cache, buf, piece, i * piece))
			return NULL;
	return arg;
}

static void threads(void **state)
{
	struct writer writer[THREADS];
	pthread_t id[THREADS];
	struct sink_cache c;
	const size_t end = DEVICE_BYTES / 5000 * 5000;

	(void)state;
	for (unsigned int blocks = 1; blocks <= 7; blocks += 3) {
		assert_int_equal(sink_cache_open(&c, fd, DEVICE_BYTES, blocks), 0);
		for (unsigned int i = 0; i < THREADS; i++) {
			writer[i] = (struct writer){&c, i};
			assert_int_equal(pthread_create(&id[i], NULL, write_pieces, &writer[i]), 0);
		}
		for (unsigned int i = 0; i < THREADS; i++) {
			void *ok = NULL;

			pthread_join(id[i], &ok);
			assert_non_null(ok);
		}
		for (size_t i = 0; i < end; i++)
			model[i] = (uint8_t)(i / 5000 % THREADS + 1);
		assert_int_equal(sink_cache_finish(&c, end), 0);
		compare(end, DEVICE_BYTES);
		sink_cache_free(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define DEVICE_TEST(f) cmocka_unit_test_setup_teardown(f, make_device, remove_device)
		DEVICE_TEST(anywhere), DEVICE_TEST(far),     DEVICE_TEST(beyond),
		DEVICE_TEST(broken),   DEVICE_TEST(threads), DEVICE_TEST(unreadable),
	};

	return cmocka_run_group_tests_name("sink_cache", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flat.c - the bytes of the flattened format, and writes in any order
 *
 * Standard output is a file in memory while a test runs.
 */
#include "unit.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "format/flat.h"
#include "format/flat_layout.h"

#define FILE_BYTES (16u << 20)
#define ENTRY	   3072u

static int saved = -1, taken = -1;

/* Make @fd the standard output. */
static void redirect(int fd)
{
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	taken = fd;
	assert_true(saved >= 0 && fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
}

static void undo(void)
{
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(taken);
}

/*
 * Returns the file that the stream in @fd describes.  Checks that the pieces do not overlap, and
 * that the end mark is last.
 */
static uint8_t *rearrange(int fd, unsigned int *pieces, size_t *largest)
{
	static uint8_t written[FILE_BYTES], file[FILE_BYTES];
	uint8_t head[FLAT_HEAD_BYTES];
	off_t at = FLAT_HEAD_BYTES;
	uint64_t record[2];

	memset(written, 0, sizeof(written));
	memset(file, 0, sizeof(file));
	*pieces = 0;
	*largest = 0;
	expect(pread(fd, head, sizeof(head), 0) == sizeof(head), "no header");
	assert_string_equal((char *)head, "makedumpfile");
	while (pread(fd, record, sizeof(record), at) == sizeof(record)) {
		const uint64_t to = be64toh(record[0]), bytes = be64toh(record[1]);

		at += (off_t)sizeof(record);
		if (to == UINT64_MAX && bytes == UINT64_MAX) {
			expect(pread(fd, head, 1, at) == 0, "data after the end mark");
			return file;
		}
		expect(bytes && to + bytes <= FILE_BYTES, "a piece of %llu bytes at offset %llu",
		       (unsigned long long)bytes, (unsigned long long)to);
		assert_int_equal(pread(fd, file + to, bytes, at), bytes);
		for (uint64_t i = to; i < to + bytes; i++)
			expect(!written[i]++, "byte %llu is in two pieces", (unsigned long long)i);
		at += (off_t)bytes;
		++*pieces;
		*largest = bytes > *largest ? bytes : *largest;
	}
	fail_msg("no end mark");
	return NULL;
}

static void format(void **state)
{
	static const uint8_t start[32] = {'m', 'a', 'k', 'e', 'd', 'u', 'm', 'p', 'f', 'i', 'l',
					  'e', 0,   0,	 0,   0,   0,	0,   0,	  0,   0,   0,
					  0,   1,   0,	 0,   0,   0,	0,   0,	  0,   1};
	static const uint8_t record[16] = {0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0x10, 0, 0};
	uint8_t head[FLAT_HEAD_BYTES], out[FLAT_RECORD_BYTES];

	(void)state;
	memset(head, 0xff, sizeof(head));
	flat_layout_head(head);
	assert_memory_equal(head, start, sizeof(start));
	for (size_t i = sizeof(start); i < sizeof(head); i++)
		assert_int_equal(head[i], 0);
	flat_layout_record(out, 0x0001020304050607, 0x100000);
	assert_memory_equal(out, record, sizeof(out));
	flat_layout_end(out);
	for (size_t i = 0; i < sizeof(out); i++)
		assert_int_equal(out[i], 0xff);
}

/* The expected byte at @at of the file. */
static uint8_t byte_at(uint64_t at)
{
	return (uint8_t)(at * 31 + at / 256 * 7 + 1);
}

static const uint8_t *bytes_at(uint64_t at, size_t bytes)
{
	static _Thread_local uint8_t buf[3u << 20];

	for (size_t i = 0; i < bytes; i++)
		buf[i] = byte_at(at + i);
	return buf;
}

#define TABLE_AT 8192u
#define DATA_AT	 (8u << 20)

/* Data of odd sizes, a table whose entries are written out of order, headers. */
static void pieces(void **state)
{
	static const size_t sizes[] = {1, 4096, 1000000, 524288, 3u << 20, 7, 1u << 20};
	const unsigned int entries = 800; /* 2.4 MB: more than the window */
	struct flat f;
	unsigned int nr;
	uint64_t at, end = DATA_AT;
	size_t largest;
	uint8_t *file;

	(void)state;
	redirect(memfd_create("stream", 0));
	assert_int_equal(flat_open(&f), 0);
	flat_set_layout(&f, TABLE_AT, DATA_AT);
	for (size_t i = 0; i < ROWS(sizes); i++) {
		assert_int_equal(flat_append(&f, bytes_at(end, sizes[i]), sizes[i], &at), 0);
		expect(at == end, "append %zu returned offset %llu, not %llu", i,
		       (unsigned long long)at, (unsigned long long)end);
		end += sizes[i];
	}
	/* groups of 16, each in reverse order: within the window the order does not matter */
	for (unsigned int i = 0; i < entries; i++) {
		const uint64_t entry = TABLE_AT + (i / 16 * 16 + 15 - i % 16) * (uint64_t)ENTRY;

		assert_int_equal(flat_table(&f, bytes_at(entry, ENTRY), ENTRY, entry), 0);
	}
	assert_int_equal(flat_flush(&f), 0);
	assert_int_equal(flat_write(&f, bytes_at(0, 4200), 4200, 0), 0);
	assert_int_equal(flat_end(&f), 0);
	file = rearrange(taken, &nr, &largest);
	undo();
	flat_free(&f);
	for (uint64_t i = 0; i < end; i++) {
		const bool there = i < 4200 || (i >= TABLE_AT && i < TABLE_AT + entries * ENTRY) ||
				   i >= DATA_AT;

		expect(file[i] == (there ? byte_at(i) : 0), "byte %llu differs",
		       (unsigned long long)i);
	}
	expect(largest == FLAT_PIECE_BYTES, "the largest piece has %zu bytes", largest);
	/* data: full pieces and a remainder; table: halves of the window and a remainder; headers
	 */
	assert_int_equal(nr, (end - DATA_AT + FLAT_PIECE_BYTES - 1) / FLAT_PIECE_BYTES +
				     (entries * ENTRY + FLAT_HALF_BYTES - 1) / FLAT_HALF_BYTES + 1);
}

static void nothing(void **state)
{
	struct flat f;
	unsigned int nr;
	size_t largest;

	(void)state;
	redirect(memfd_create("stream", 0));
	assert_int_equal(flat_open(&f), 0);
	flat_set_layout(&f, TABLE_AT, DATA_AT);
	assert_int_equal(flat_end(&f), 0);
	rearrange(taken, &nr, &largest);
	undo();
	flat_free(&f);
	assert_int_equal(nr, 0);
}

struct late {
	struct flat *f;
	uint64_t at;
	atomic_int done;
	int err;
};

static void *bring(void *arg)
{
	struct late *l = arg;

	l->err = flat_table(l->f, bytes_at(l->at, ENTRY), ENTRY, l->at);
	atomic_store(&l->done, 1);
	return NULL;
}

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
}

/* While one entry is missing, a writer waits only if it is one window ahead of that entry. */
static void lagging(void **state)
{
	struct flat f;
	struct late early = {.f = &f};
	unsigned int nr, i;
	size_t largest;
	pthread_t t;
	uint8_t *file;

	(void)state;
	alarm(20);
	redirect(memfd_create("stream", 0));
	assert_int_equal(flat_open(&f), 0);
	flat_set_layout(&f, TABLE_AT, DATA_AT);
	/* all entries of the window except the first */
	for (i = 1; (i + 1) * ENTRY <= FLAT_PIECE_BYTES; i++)
		assert_int_equal(flat_table(&f, bytes_at(TABLE_AT + i * ENTRY, ENTRY), ENTRY,
					    TABLE_AT + i * ENTRY),
				 0);
	early.at = TABLE_AT + i * ENTRY;
	pthread_create(&t, NULL, bring, &early);
	nap();
	assert_int_equal(atomic_load(&early.done), 0);
	assert_int_equal(flat_table(&f, bytes_at(TABLE_AT, ENTRY), ENTRY, TABLE_AT), 0);
	pthread_join(t, NULL);
	assert_int_equal(early.err, 0);
	assert_int_equal(flat_end(&f), 0);
	alarm(0);
	file = rearrange(taken, &nr, &largest);
	undo();
	flat_free(&f);
	for (uint64_t k = TABLE_AT; k < TABLE_AT + (i + 1) * ENTRY; k++)
		expect(file[k] == byte_at(k), "byte %llu differs", (unsigned long long)k);
}

/* An error ends the wait, and every later call returns this error. */
static void broken(void **state)
{
	struct flat f;
	struct late early = {.f = &f, .at = TABLE_AT + 2 * FLAT_PIECE_BYTES};
	int ends[2];
	pthread_t t;
	uint64_t at;

	(void)state;
	alarm(20);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	redirect(ends[1]);
	assert_int_equal(flat_open(&f), 0);
	flat_set_layout(&f, TABLE_AT, DATA_AT);
	pthread_create(&t, NULL, bring, &early);
	nap();
	assert_int_equal(atomic_load(&early.done), 0);
	close(ends[0]);
	assert_int_equal(flat_write(&f, "x", 1, 0), -EPIPE);
	pthread_join(t, NULL);
	alarm(0);
	assert_int_equal(early.err, -EPIPE);
	assert_int_equal(flat_table(&f, "x", 1, TABLE_AT), -EPIPE);
	assert_int_equal(flat_append(&f, bytes_at(0, 2u << 20), 2u << 20, &at), -EPIPE);
	assert_int_equal(flat_flush(&f), -EPIPE);
	assert_int_equal(flat_end(&f), -EPIPE);
	undo();
	flat_free(&f);
}

static void refused(void **state)
{
	const int full = open("/dev/full", O_WRONLY);
	struct flat f;
	int err;

	(void)state;
	redirect(full);
	err = flat_open(&f);
	undo();
	assert_int_equal(err, -ENOSPC);
	assert_null(f.data); /* nothing to free */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(format),  cmocka_unit_test(pieces), cmocka_unit_test(nothing),
		cmocka_unit_test(lagging), cmocka_unit_test(broken), cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests_name("flat", tests, NULL, NULL);
}

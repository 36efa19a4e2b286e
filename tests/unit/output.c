// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * output.c - a file and a stream with the same interface; the available memory
 */
#include "directory.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy/job.h"
#include "copy/target.h"
#include "sink/output.h"
#include "sink/stream.h"
#include "util/log.h"
#include "util/meminfo.h"

static struct target target;

/* Open the file @path, or standard output if @path is NULL. */
static int open_target(struct output *o, const char *path)
{
	const struct pipeline_job job = {.file = path};

	return target_open(&target, o, &job, 0, 0, NULL);
}

static int saved;

static void redirect(int fd)
{
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	assert_true(saved >= 0 && fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
	close(fd);
}

static void undo(void)
{
	dup2(saved, STDOUT_FILENO);
	close(saved);
}

/*
 * Appended pieces follow each other without gaps; the table and other writes are at their offsets.
 */
static void file(void **state)
{
	struct output o;
	uint64_t at;
	char back[64] = "";
	int fd;

	(void)state;
	assert_int_equal(open_target(&o, "dump"), 0);
	assert_string_equal(o.name, "dump.incomplete");
	assert_int_equal(output_set_layout(&o, 8, 16), 0);
	assert_int_equal(output_append(&o, "first", 5, &at), 0);
	assert_int_equal(at, 16);
	assert_int_equal(output_append(&o, "second", 6, &at), 0);
	assert_int_equal(at, 21);
	assert_int_equal(output_write(&o, "head", 4, 0), 0);
	assert_int_equal(output_table(&o, "tb", 2, 10), 0);
	assert_int_equal(output_end(&o), 27);
	assert_int_equal(output_flush(&o), 0);
	assert_int_equal(o.stored_bytes, 17);
	assert_int_equal(output_commit(&o), 0);
	fd = open("dump", O_RDONLY);
	assert_int_equal(read(fd, back, sizeof(back)), 27);
	close(fd);
	assert_memory_equal(back, "head\0\0\0\0\0\0tb\0\0\0\0firstsecond", 27);
}

/* Unreadable memory is reported to the caller (-EFAULT), and is not an error of the disk. */
static void unreadable(void **state)
{
	struct output o;

	(void)state;
	assert_int_equal(open_target(&o, "fault"), 0);
	assert_int_equal(output_write(&o, (void *)8, 16, 0), -EFAULT);
	assert_int_equal(output_write(&o, "x", 1, 0), 0);
	assert_int_equal(o.stored_bytes, 1);
	output_abandon(&o);
	assert_int_equal(access("fault.incomplete", F_OK), 0);
	assert_int_not_equal(access("fault", F_OK), 0);
}

/* The first error is logged once, and every later call except output_table() returns it. */
static void first_error(void **state)
{
	struct output o;
	uint64_t at;

	(void)state;
	assert_int_equal(open_target(&o, "broken"), 0);
	assert_int_equal(output_set_layout(&o, 0, 16), 0);
	close(target.file.fd);
	target.file.fd = open("/dev/full", O_WRONLY);
	assert_int_equal(output_append(&o, "x", 1, &at), -ENOSPC);
	assert_true(says(log_last(), "broken.incomplete: cannot write: No space left"));
	log_line("another");
	close(target.file.fd);
	target.file.fd = open("elsewhere", O_RDWR | O_CREAT, 0600);
	assert_int_equal(output_append(&o, "x", 1, &at), -ENOSPC);
	assert_int_equal(output_write(&o, "x", 1, 0), -ENOSPC);
	assert_int_equal(output_reserve(&o, 1, 0), -ENOSPC);
	assert_string_equal(log_last(), "another");
	assert_int_equal(lseek(target.file.fd, 0, SEEK_END), 0);
	assert_int_equal(o.stored_bytes, 0);
	/* the table, which has reserved space, is still written; its error is not logged again */
	assert_int_equal(output_table(&o, "tb", 2, 0), 0);
	assert_int_equal(lseek(target.file.fd, 0, SEEK_END), 2);
	close(target.file.fd);
	target.file.fd = open("/dev/full", O_WRONLY);
	assert_int_equal(output_table(&o, "tb", 2, 0), -ENOSPC);
	assert_string_equal(log_last(), "another");
	output_abandon(&o);
}

/* Reserved space is zeros, of any size, and does not count as stored. */
static void reserve(void **state)
{
	enum { BYTES = 200000 };
	uint8_t *back = malloc(BYTES + 2);
	struct output o;

	(void)state;
	assert_int_equal(open_target(&o, "room"), 0);
	assert_int_equal(output_reserve(&o, BYTES, 1), 0);
	assert_int_equal(o.stored_bytes, 0);
	assert_int_equal(lseek(target.file.fd, 0, SEEK_END), BYTES + 1);
	assert_int_equal(output_write(&o, "e", 1, BYTES + 1), 0);
	assert_int_equal(output_commit(&o), 0);
	target.file.fd = open("room", O_RDONLY);
	assert_int_equal(read(target.file.fd, back, BYTES + 2), BYTES + 2);
	close(target.file.fd);
	for (size_t i = 0; i <= BYTES; i++)
		expect(back[i] == 0, "byte %zu is not zero", i);
	assert_int_equal(back[BYTES + 1], 'e');
	free(back);
}

static void stream(void **state)
{
	const int kept = memfd_create("stream", 0);
	struct output o;
	uint64_t at;
	int err = 0;

	(void)state;
	redirect(dup(kept));
	err |= open_target(&o, NULL) | output_set_layout(&o, 8192, 65536);
	err |= output_append(&o, "data", 4, &at);
	err |= at != 65536 || output_end(&o) != 65540;
	err |= output_table(&o, "table", 5, 8192);
	err |= output_flush(&o);
	err |= output_write(&o, "head", 4, 0) | output_commit(&o);
	undo();
	assert_int_equal(err, 0);
	/* the header of the stream and the four record headers are not counted */
	assert_int_equal(o.stored_bytes, 13);
	assert_int_equal(lseek(kept, 0, SEEK_END), 4096 + 4 * 16 + 13);
	assert_true(output_is_sequential(&o) && !target.flat.data);
	close(kept);
}

/* Buffered data counts as written; output_commit() returns the error of its later write. */
static void stream_fails_late(void **state)
{
	struct output o;
	uint64_t at;
	int ends[2], err;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	redirect(ends[1]);
	err = open_target(&o, NULL) | output_set_layout(&o, 8192, 65536);
	err |= output_append(&o, "data", 4, &at);
	close(ends[0]);
	if (!err)
		err = output_commit(&o);
	undo();
	assert_int_equal(err, -EPIPE);
	assert_true(says(log_last(), "standard output: cannot write: Broken pipe"));
	assert_null(target.flat.data);
}

static void available(void **state)
{
	FILE *f = popen("sed -n 's/^MemAvailable: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo", "r");
	unsigned long long kib = 0;
	uint64_t got = meminfo_available();

	(void)state;
	assert_int_equal(fscanf(f, "%llu", &kib), 1);
	pclose(f);
	/* other processes use memory meanwhile */
	expect(got > kib * 1024 / 2 && got < kib * 1024 * 2, "%llu KiB available, not %llu",
	       (unsigned long long)got >> 10, kib);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file),	       cmocka_unit_test(unreadable),
		cmocka_unit_test(first_error), cmocka_unit_test(reserve),
		cmocka_unit_test(stream),      cmocka_unit_test(stream_fails_late),
		cmocka_unit_test(available),
	};

	return cmocka_run_group_tests_name("output", tests, make_directory, remove_directory);
}

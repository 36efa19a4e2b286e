// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sigbus.c - real SIGBUS: a mapped file is truncated
 */
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/sigbus.h"

#define PAGES 4u

struct look {
	const volatile uint8_t *at;
	size_t page_bytes;
	volatile unsigned int page, sum;
};

static void touch_pages(void *arg)
{
	struct look *l = arg;

	for (; l->page < PAGES; l->page++)
		l->sum += l->at[l->page * l->page_bytes];
}

/* Returns a mapping of PAGES pages of a file that has only @left pages. */
static struct look cut_off(unsigned int left)
{
	struct look l = {.page_bytes = (size_t)sysconf(_SC_PAGESIZE)};
	char name[] = "/tmp/unit-sigbus-XXXXXX";
	int fd = mkstemp(name);
	uint8_t *map;

	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(ftruncate(fd, (off_t)(PAGES * l.page_bytes)), 0);
	map = mmap(NULL, PAGES * l.page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(map != MAP_FAILED);
	for (unsigned int i = 0; i < PAGES; i++)
		map[i * l.page_bytes] = 1;
	assert_int_equal(ftruncate(fd, (off_t)(left * l.page_bytes)), 0);
	close(fd);
	l.at = map;
	return l;
}

static void forget(struct look *l)
{
	munmap((void *)l->at, PAGES * l->page_bytes);
}

static void cut_short(void **state)
{
	(void)state;
	assert_int_equal(sigbus_init(), 0);
	for (unsigned int left = 0; left <= PAGES; left++) {
		struct look l = cut_off(left);
		unsigned int lost = 0;

		while (!sigbus_run(touch_pages, &l)) {
			expect(l.page >= left, "%u pages left: page %u was lost", left, l.page);
			l.page++;
			lost++;
		}
		expect(l.page == PAGES && lost == PAGES - left && l.sum == left,
		       "%u pages left: %u lost, %u read", left, lost, l.sum);
		forget(&l);
	}
}

static void *one_thread(void *arg)
{
	struct look *l = arg, mine;
	unsigned long lost = 0;

	for (int round = 0; round < 200; round++) {
		mine = *l;
		while (!sigbus_run(touch_pages, &mine)) {
			mine.page++;
			lost++;
		}
	}
	return (void *)lost;
}

/* Each thread continues at its own sigbus_run(). */
static void threads(void **state)
{
	struct look l = cut_off(1);
	pthread_t t[4];
	void *lost;

	(void)state;
	assert_int_equal(sigbus_init(), 0);
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, one_thread, &l);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], &lost);
		assert_int_equal((unsigned long)lost, 200 * (PAGES - 1));
	}
	forget(&l);
}

static void nothing(void *arg)
{
	(void)arg;
}

/* After sigbus_run() has returned, SIGBUS ends the process. */
static void unexpected(void **state)
{
	struct look l = cut_off(0);
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
		alarm(10); /* a handler that just returns would loop */
		sigbus_init();
		sigbus_run(touch_pages, &l);
		sigbus_run(nothing, NULL);
		l.page = 0;
		touch_pages(&l);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGBUS);
	forget(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_short),
		cmocka_unit_test(threads),
		cmocka_unit_test(unexpected),
	};

	return cmocka_run_group_tests_name("sigbus", tests, NULL, NULL);
}

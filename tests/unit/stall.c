// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stall.c - which calls are reported as stalled
 */
#include "unit.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "util/stall.h"

static _Thread_local bool is_test; /* the thread of the tests, not the watcher */
/* if set: each time the watcher of this watch has read the clock, stall_moved() is called for it */
static struct stall *_Atomic moves;

/*
 * Replaces the function of the C library.  The watcher reads the clock, then decides whether the
 * operation has stalled; if @moves is set, this function reports progress between these two steps.
 */
int clock_gettime(clockid_t clock, struct timespec *t)
{
	static _Thread_local time_t last_s;
	static const struct timespec pause = {0, 2000000};
	const long err = syscall(SYS_clock_gettime, clock, t);
	struct stall *s = atomic_load(&moves);

	if (s && !is_test && t->tv_sec != last_s) {
		last_s = t->tv_sec;
		nanosleep(&pause, NULL);
		is_test = true;
		stall_moved(s);
		is_test = false;
	}
	return (int)err;
}

static void wait_ms(unsigned int ms)
{
	const struct timespec t = {ms / 1000, (ms % 1000) * 1000000L};

	nanosleep(&t, NULL);
}

static void count(void *arg)
{
	atomic_fetch_add((atomic_uint *)arg, 1);
}

/* A call hangs for 2.5 s, with and without other calls that end meanwhile. */
static void rows(void **state)
{
	static const struct {
		const char *name;
		unsigned int limit_s;
		bool begins;
		unsigned int others_ms; /* period of other calls, 0: none */
		unsigned int calls;
	} table[] = {
		{"a call that hangs", 1, true, 0, 1},
		{"a call that hangs, without a watch", 0, true, 0, 0},
		{"a call that hangs less than the limit", 4, true, 0, 0},
		{"no call", 1, false, 0, 0},
		{"a call that hangs while other calls end", 1, true, 200, 0},
		{"only other calls, which end", 1, false, 200, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		atomic_uint calls = 0;
		struct stall s;

		assert_int_equal(stall_start(&s, table[i].limit_s, count, &calls), 0);
		if (table[i].begins)
			stall_begin(&s);
		for (unsigned int ms = 0; ms < 2500; ms += 100) {
			if (table[i].others_ms && ms % table[i].others_ms == 0)
				stall_begin(&s);
			wait_ms(100);
			if (table[i].others_ms && ms % table[i].others_ms == 0)
				stall_end(&s);
		}
		stall_stop(&s);
		expect(atomic_load(&calls) == table[i].calls, "%s: %u reports", table[i].name,
		       atomic_load(&calls));
	}
}

/* A long time since the last progress does not count against a new call. */
static void idle_first(void **state)
{
	atomic_uint calls = 0;
	struct stall s;

	(void)state;
	assert_int_equal(stall_start(&s, 2, count, &calls), 0);
	wait_ms(2500);
	stall_begin(&s);
	wait_ms(1200);
	stall_end(&s);
	stall_stop(&s);
	assert_int_equal(atomic_load(&calls), 0);
}

/*
 * Progress after the watcher has read the clock, and before it decides, counts: the operation is
 * not reported.
 */
static void moves_between(void **state)
{
	atomic_uint calls = 0;
	struct stall s;

	(void)state;
	assert_int_equal(stall_start(&s, 1, count, &calls), 0);
	stall_begin(&s);
	atomic_store(&moves, &s);
	wait_ms(3500);
	atomic_store(&moves, NULL);
	stall_end(&s);
	stall_stop(&s);
	assert_int_equal(atomic_load(&calls), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(idle_first),
		cmocka_unit_test(moves_between),
	};

	is_test = true;

	return cmocka_run_group_tests_name("stall", tests, NULL, NULL);
}

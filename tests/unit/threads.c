// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * threads.c - chunks between threads: no chunk is lost or used twice, and no thread waits endlessly
 *
 * This test is also built with the thread sanitizer.
 */
#include "unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "encode/queue.h"
#include "encode/workers.h"
#include "source/chunk.h"

#define CHUNKS 5u
#define ROUNDS 20000u

static void order(void **state)
{
	struct chunk c[4];
	struct queue *q = queue_new(3); /* it never has more than three chunks */

	(void)state;
	for (unsigned int round = 0; round < 10; round++) {
		queue_put(q, &c[0]);
		queue_put(q, &c[1]);
		assert_ptr_equal(queue_get(q), &c[0]);
		queue_put(q, &c[2]);
		queue_put(q, &c[3]);
		assert_ptr_equal(queue_get(q), &c[1]);
		assert_ptr_equal(queue_get(q), &c[2]);
		assert_ptr_equal(queue_get(q), &c[3]);
	}
	queue_free(q);
	queue_free(NULL);
}

static void closed_gives_what_it_has(void **state)
{
	struct chunk c;
	struct queue *q = queue_new(2);

	(void)state;
	queue_put(q, &c);
	queue_close(q);
	queue_close(q);
	assert_ptr_equal(queue_get(q), &c);
	assert_null(queue_get(q));
	assert_null(queue_get(q));
	queue_free(q);
}

struct waiter {
	struct queue *q;
	atomic_int done;
};

static void *wait_on_queue(void *arg)
{
	struct waiter *w = arg;

	expect(!queue_get(w->q), "a chunk from a closed queue");
	atomic_store(&w->done, 1);
	return NULL;
}

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
}

/* A queue with one slot for each chunk accepts all chunks, ten times. */
static void full_is_no_wait(void **state)
{
	struct chunk c[3];
	struct queue *q = queue_new(3);

	(void)state;
	alarm(20); /* a thread that waits here waits endlessly */
	for (unsigned int round = 0; round < 10; round++) {
		for (int i = 0; i < 3; i++)
			queue_put(q, &c[i]);
		for (int i = 0; i < 3; i++)
			assert_ptr_equal(queue_get(q), &c[i]);
	}
	alarm(0);
	queue_free(q);
}

static void close_wakes_all(void **state)
{
	struct waiter w[3] = {{0}};
	struct queue *q = queue_new(1);
	pthread_t t[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		w[i].q = q;
		pthread_create(&t[i], NULL, wait_on_queue, &w[i]);
	}
	nap();
	for (int i = 0; i < 3; i++)
		assert_int_equal(atomic_load(&w[i].done), 0);
	queue_close(q);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	queue_free(q);
}

struct counts {
	atomic_uint worked;
	unsigned int by[16]; /* one for each worker, so not atomic */
};

/* Only worked is atomic: a chunk and by[@worker] have one owner at a time. */
static void count(void *arg, unsigned int worker, struct chunk *c)
{
	struct counts *n = arg;

	c->paddr++;
	c->bytes += c->extent;
	n->by[worker]++;
	atomic_fetch_add(&n->worked, 1);
}

static void hand_offs(void **state)
{
	static const unsigned int threads[] = {1, 2, 4, 16};

	(void)state;
	for (size_t i = 0; i < ROWS(threads); i++) {
		struct chunk chunks[CHUNKS] = {{0}}, *c;
		struct queue *todo = queue_new(CHUNKS), *done = queue_new(CHUNKS);
		struct counts n = {.worked = 0};
		struct workers *w = workers_start(threads[i], count, &n, todo, done);
		uint64_t sum = 0, bytes = 0, by = 0;

		assert_non_null(w);
		for (unsigned int k = 0; k < ROUNDS; k++) {
			c = k < CHUNKS ? &chunks[k] : queue_get(done);
			c->extent = 3; /* this thread owns the chunk again */
			queue_put(todo, c);
		}
		queue_close(todo);
		/* the last worker closes the output queue, after all chunks are in it */
		for (unsigned int k = 0; k < CHUNKS; k++)
			assert_non_null(queue_get(done));
		assert_null(queue_get(done));
		workers_join(w);
		for (unsigned int k = 0; k < CHUNKS; k++) {
			sum += chunks[k].paddr;
			bytes += chunks[k].bytes;
		}
		for (unsigned int k = 0; k < threads[i]; k++)
			by += n.by[k];
		expect(sum == ROUNDS && bytes == 3 * ROUNDS && n.worked == ROUNDS && by == ROUNDS,
		       "%u threads: sum of addresses %llu, worked %u, worked per thread %llu",
		       threads[i], (unsigned long long)sum, n.worked, (unsigned long long)by);
		queue_free(todo);
		queue_free(done);
	}
	workers_join(NULL);
}

/* Workers run at the same time: each waits until all workers have a chunk. */
static void together(void *arg, unsigned int worker, struct chunk *c)
{
	pthread_barrier_wait(arg);
	c->paddr = worker;
}

static void parallel(void **state)
{
	struct queue *todo = queue_new(4), *done = queue_new(4);
	struct chunk chunks[4] = {{0}};
	pthread_barrier_t all;
	struct workers *w;
	unsigned int seen = 0;

	(void)state;
	pthread_barrier_init(&all, NULL, 4);
	alarm(20); /* a single worker would wait endlessly */
	w = workers_start(4, together, &all, todo, done);
	for (int i = 0; i < 4; i++)
		queue_put(todo, &chunks[i]);
	queue_close(todo);
	workers_join(w);
	alarm(0);
	for (int i = 0; i < 4; i++)
		seen |= 1u << queue_get(done)->paddr;
	assert_int_equal(seen, 0xf); /* 0, 1, 2, 3 */
	pthread_barrier_destroy(&all);
	queue_free(todo);
	queue_free(done);
}

static void cpus(void **state)
{
	cpu_set_t all, one;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	assert_int_equal(workers_cpus(), CPU_COUNT(&all));
	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE && !CPU_COUNT(&one); i++)
		if (CPU_ISSET(i, &all))
			CPU_SET(i, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(workers_cpus(), 1);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order),
		cmocka_unit_test(closed_gives_what_it_has),
		cmocka_unit_test(full_is_no_wait),
		cmocka_unit_test(close_wakes_all),
		cmocka_unit_test(hand_offs),
		cmocka_unit_test(parallel),
		cmocka_unit_test(cpus),
	};

	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}

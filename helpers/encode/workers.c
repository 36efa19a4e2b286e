// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * workers.c - threads that process chunks
 * In: chunks from a queue.  Out: the same chunks on the next queue, in any order.
 * Does not know: the work.
 */
#include "workers.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "queue.h"

#define CPUS_MAX 16384 /* twice the largest NR_CPUS that Kconfig accepts */

struct worker {
	struct workers *all;
	unsigned int nr;
	pthread_t thread;
};

struct workers {
	workers_fn *work;
	void *arg;
	struct queue *in, *out;
	atomic_uint running; /* number of running threads; the last one closes the queue out */
	unsigned int nr;
	struct worker worker[];
};

static void *run(void *arg)
{
	const struct worker *me = arg;
	struct workers *w = me->all;
	struct chunk *c;

	while ((c = queue_get(w->in))) {
		w->work(w->arg, me->nr, c);
		queue_put(w->out, c);
	}
	if (atomic_fetch_sub(&w->running, 1) == 1)
		queue_close(w->out);
	return NULL;
}

struct workers *workers_start(unsigned int nr, workers_fn *work, void *arg, struct queue *in,
			      struct queue *out)
{
	struct workers *w = calloc(1, sizeof(*w) + nr * sizeof(w->worker[0]));
	pthread_attr_t attr;
	int err = 0;

	if (!w) {
		queue_close(in);
		return NULL;
	}
	w->work = work;
	w->arg = arg;
	w->in = in;
	w->out = out;
	atomic_init(&w->running, nr);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, WORKERS_STACK_BYTES);
	for (; w->nr < nr && !err; w->nr += !err) {
		struct worker *me = &w->worker[w->nr];

		me->all = w;
		me->nr = w->nr;
		err = pthread_create(&me->thread, &attr, run, me);
	}
	pthread_attr_destroy(&attr);
	if (!err)
		return w;
	queue_close(in);
	workers_join(w);
	errno = err;
	return NULL;
}

void workers_join(struct workers *w)
{
	if (!w)
		return;
	for (unsigned int i = 0; i < w->nr; i++)
		pthread_join(w->worker[i].thread, NULL);
	free(w);
}

unsigned int workers_cpus(void)
{
	cpu_set_t set[CPUS_MAX /
		      CPU_SETSIZE]; /* large, as the kernel refuses a set that is too small */

	if (sched_getaffinity(0, sizeof(set), set) != 0 || CPU_COUNT_S(sizeof(set), set) < 1)
		return 1;
	return (unsigned int)CPU_COUNT_S(sizeof(set), set);
}

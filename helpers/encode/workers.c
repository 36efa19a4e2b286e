// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * workers.c - threads that do one thing to every chunk
 * In: chunks from a queue.  Out: the same chunks on the next queue, any order.
 * Does not know: what the work is.
 */
#include "workers.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "queue.h"

#define STACK_BYTES (256u << 10) /* musl's default is 128 KiB */

struct workers {
	void (*work)(void *arg, struct chunk *c);
	void *arg;
	struct queue *in, *out;
	atomic_uint running; /* each thread counts itself out; the last closes out */
	unsigned int nr;
	pthread_t thread[];
};

static void *run(void *arg)
{
	struct workers *w = arg;
	struct chunk *c;

	while ((c = queue_get(w->in))) {
		w->work(w->arg, c);
		queue_put(w->out, c);
	}
	if (atomic_fetch_sub(&w->running, 1) == 1)
		queue_close(w->out);
	return NULL;
}

struct workers *workers_start(unsigned int nr, void (*work)(void *arg, struct chunk *c), void *arg,
			      struct queue *in, struct queue *out)
{
	struct workers *w = calloc(1, sizeof(*w) + nr * sizeof(w->thread[0]));
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
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (; w->nr < nr && !err; w->nr += !err)
		err = pthread_create(&w->thread[w->nr], &attr, run, w);
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
		pthread_join(w->thread[i], NULL);
	free(w);
}

unsigned int workers_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return CPU_COUNT(&set) > 0 ? (unsigned int)CPU_COUNT(&set) : 1;
}

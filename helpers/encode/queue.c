// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * queue.c - queues that pass chunks between threads
 * In: chunks.  Out: the same chunks, in the order of arrival; no thread busy-waits.
 * Does not know: the content of a chunk.
 */
#include "queue.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct queue {
	pthread_mutex_t lock; /* guards the members below */
	pthread_cond_t filled;
	unsigned int slots, first, used;
	bool closed;
	struct chunk *slot[];
};

struct queue *queue_new(unsigned int slots)
{
	struct queue *q = calloc(1, sizeof(*q) + slots * sizeof(q->slot[0]));

	if (!q)
		return NULL;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->filled, NULL);
	q->slots = slots;
	return q;
}

void queue_put(struct queue *q, struct chunk *c)
{
	pthread_mutex_lock(&q->lock);
	q->slot[(q->first + q->used++) % q->slots] = c;
	pthread_cond_signal(&q->filled);
	pthread_mutex_unlock(&q->lock);
}

struct chunk *queue_get(struct queue *q)
{
	struct chunk *c = NULL;

	pthread_mutex_lock(&q->lock);
	while (!q->used && !q->closed)
		pthread_cond_wait(&q->filled, &q->lock);
	if (q->used) {
		c = q->slot[q->first];
		q->first = (q->first + 1) % q->slots;
		q->used--;
	}
	pthread_mutex_unlock(&q->lock);
	return c;
}

void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->filled);
	pthread_mutex_unlock(&q->lock);
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	pthread_cond_destroy(&q->filled);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

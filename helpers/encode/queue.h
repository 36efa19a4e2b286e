/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * queue.h - queues that pass chunks between threads
 */
#ifndef FADUMP_QUEUE_H
#define FADUMP_QUEUE_H

struct chunk;
struct queue;

/* Create a queue for @slots chunks.  NULL: no memory. */
struct queue *queue_new(unsigned int slots);

/* Append @c.  The queue has a slot for every existing chunk, so it is never full.  Any thread. */
void queue_put(struct queue *q, struct chunk *c);

/*
 * Remove and return the oldest chunk; wait if there is none.  NULL: the queue is closed and empty.
 * Any thread.
 */
struct chunk *queue_get(struct queue *q);

/* Close the queue: no chunk will be added.  Wakes all waiting threads.  May be called twice. */
void queue_close(struct queue *q);

/* Free the queue, which no thread may use any more.  NULL is ignored. */
void queue_free(struct queue *q);

#endif

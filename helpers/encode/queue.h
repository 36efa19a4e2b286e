/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * queue.h - how chunks pass from one thread to the next
 */
#ifndef FADUMP_QUEUE_H
#define FADUMP_QUEUE_H

struct chunk;
struct queue;

/* A queue for @slots chunks, or NULL without memory. */
struct queue *queue_new(unsigned int slots);

/* Hand @c on.  The queue has a slot for every chunk there is, so it is never full.  Any thread. */
void queue_put(struct queue *q, struct chunk *c);

/* The oldest chunk; waits for one.  NULL: the queue is closed and empty.  Any thread. */
struct chunk *queue_get(struct queue *q);

/* Nothing more will be put.  Wakes everybody who waits; may be called twice. */
void queue_close(struct queue *q);

/* When no thread uses it any more. */
void queue_free(struct queue *q);

#endif

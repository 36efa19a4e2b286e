/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stall.h - has whoever we wait for stopped moving?
 */
#ifndef FADUMP_STALL_H
#define FADUMP_STALL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lock.h"

#define STALL_STACK_BYTES (128u << 10) /* of the thread that watches */

struct stall {
	unsigned int limit_s; /* 0: nobody watches */
	void (*stalled)(void *arg);
	void *arg;
	pthread_t thread;
	struct lock lock;	   /* guards stop */
	bool stop;		   /* the thread is to end */
	atomic_uint busy;	   /* what has begun and not ended */
	_Atomic uint64_t moved_ms; /* when something last moved */
};

/*
 * From now on, when something has begun and for @limit_s seconds nothing has moved, @stalled(@arg)
 * is called, from a thread of its own and at most once.  0 never stalls.  Returns 0, or -errno when
 * there is no thread (not said).
 */
int stall_start(struct stall *s, unsigned int limit_s, void (*stalled)(void *arg), void *arg);

/* Around every call that may wait.  The first beginning and every end move. */
void stall_begin(struct stall *s);
void stall_end(struct stall *s);

/* A part of such a call has ended.  These three from any thread; with NULL they do nothing. */
void stall_moved(struct stall *s);

/* Nobody watches any more; @stalled is not running and will not.  Also when start failed. */
void stall_stop(struct stall *s);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stall.h - detect operations that make no progress
 */
#ifndef FADUMP_STALL_H
#define FADUMP_STALL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lock.h"

#define STALL_STACK_BYTES (128u << 10) /* of the watching thread */

struct stall {
	unsigned int limit_s; /* 0: not watched */
	void (*stalled)(void *arg);
	void *arg;
	pthread_t thread;
	struct lock lock;	   /* guards stop */
	bool stop;		   /* tells the thread to end */
	atomic_uint busy;	   /* number of operations that are running */
	_Atomic uint64_t moved_ms; /* time of the last progress of any operation, CLOCK_MONOTONIC */
};

/*
 * Start watching.  When operations are running and none of them has made progress for @limit_s
 * seconds, @stalled(@arg) is called, once, from a separate thread.  @limit_s 0: nothing is watched.
 * Returns 0, or -errno when no thread can be started (not logged).
 */
int stall_start(struct stall *s, unsigned int limit_s, void (*stalled)(void *arg), void *arg);

/*
 * Call these before and after every call that may block.  The start of an operation while no other
 * is running, and the end of each operation, count as progress.  Any thread; NULL is ignored.
 */
void stall_begin(struct stall *s);
void stall_end(struct stall *s);

/*
 * Report that a part of an operation has ended, which counts as progress.  Any thread; NULL is
 * ignored.
 */
void stall_moved(struct stall *s);

/*
 * Stop watching.  After the return the callback is not running and will not be called.  May be
 * called after stall_start() failed.
 */
void stall_stop(struct stall *s);

#endif

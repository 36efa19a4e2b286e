/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock.h - a mutex with a condition variable
 */
#ifndef FADUMP_LOCK_H
#define FADUMP_LOCK_H

#include <pthread.h>

struct lock {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
};

void lock_init(struct lock *l);
void lock_take(struct lock *l);
void lock_drop(struct lock *l);

/*
 * Release @l, wait for lock_wake() in another thread, take @l again.  May return early.  The caller
 * holds @l.
 */
void lock_wait(struct lock *l);
void lock_wait_1s(struct lock *l); /* like lock_wait(), for at most one second */
void lock_wake(struct lock *l);

#endif

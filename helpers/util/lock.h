/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock.h - one thread at a time
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

/* Whoever has @l waits, without it, for another's lock_wake(); it may also come back early. */
void lock_wait(struct lock *l);
void lock_wait_1s(struct lock *l); /* or for a second */
void lock_wake(struct lock *l);

#endif

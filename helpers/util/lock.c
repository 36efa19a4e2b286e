// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lock.c - a mutex with a condition variable
 * In: a lock.  Out: nothing.
 * Does not know: the data that the lock guards.
 */
#include "lock.h"

#include <time.h>

void lock_init(struct lock *l)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&l->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->changed, &attr);
	pthread_condattr_destroy(&attr);
}

void lock_take(struct lock *l)
{
	pthread_mutex_lock(&l->mutex);
}

void lock_drop(struct lock *l)
{
	pthread_mutex_unlock(&l->mutex);
}

void lock_wait(struct lock *l)
{
	pthread_cond_wait(&l->changed, &l->mutex);
}

void lock_wait_1s(struct lock *l)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_cond_timedwait(&l->changed, &l->mutex, &until);
}

void lock_wake(struct lock *l)
{
	pthread_cond_broadcast(&l->changed);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lock.c - one thread at a time
 * In, out: nothing.
 * Does not know: what it guards.
 */
#include "lock.h"

void lock_init(struct lock *l)
{
	pthread_mutex_init(&l->mutex, NULL);
	pthread_cond_init(&l->changed, NULL);
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

void lock_wake(struct lock *l)
{
	pthread_cond_broadcast(&l->changed);
}

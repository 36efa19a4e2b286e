// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stall.c - detect operations that make no progress
 * In: the start and the end of each operation.  Out: one callback when there was no progress for
 * too long.
 * Does not know: the operations, the effect of the callback.
 *
 * A thread that hangs in the kernel cannot check the time, so a separate thread checks it once a
 * second.
 */
#include "stall.h"

#include <string.h>
#include <time.h>

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/*
 * True when operations are running and there was no progress for limit_s seconds.  The time of the
 * last progress is read before the clock.  If the clock were read first, another thread could make
 * progress between the two reads; the time of the progress would then be later than the clock, and
 * the difference would wrap.
 */
static bool is_stalled(struct stall *s)
{
	const uint64_t moved_ms = atomic_load(&s->moved_ms);

	return atomic_load(&s->busy) && now_ms() - moved_ms >= (uint64_t)s->limit_s * 1000 &&
	       atomic_load(&s->moved_ms) == moved_ms;
}

static void *watch(void *arg)
{
	struct stall *s = arg;
	bool stalled = false;

	lock_take(&s->lock);
	while (!s->stop && !stalled) {
		lock_wait_1s(&s->lock);
		stalled = !s->stop && is_stalled(s);
	}
	lock_drop(&s->lock);
	if (stalled)
		s->stalled(s->arg);
	return NULL;
}

int stall_start(struct stall *s, unsigned int limit_s, void (*stalled)(void *arg), void *arg)
{
	pthread_attr_t attr;
	int err = 0;

	memset(s, 0, sizeof(*s));
	lock_init(&s->lock);
	s->stalled = stalled;
	s->arg = arg;
	s->limit_s = limit_s;
	if (!limit_s)
		return 0;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STALL_STACK_BYTES);
	err = pthread_create(&s->thread, &attr, watch, s);
	pthread_attr_destroy(&attr);
	if (err)
		s->limit_s = 0;
	return -err;
}

void stall_moved(struct stall *s)
{
	if (s)
		atomic_store(&s->moved_ms, now_ms());
}

void stall_begin(struct stall *s)
{
	if (!s)
		return;
	/*
	 * Set the time before the operation counts as running, so that an old time is not mistaken
	 * for a stall.
	 */
	if (atomic_load(&s->busy) == 0)
		stall_moved(s);
	atomic_fetch_add(&s->busy, 1);
}

void stall_end(struct stall *s)
{
	if (!s)
		return;
	stall_moved(s);
	atomic_fetch_sub(&s->busy, 1);
}

void stall_stop(struct stall *s)
{
	if (!s->limit_s)
		return;
	lock_take(&s->lock);
	s->stop = true;
	lock_wake(&s->lock);
	lock_drop(&s->lock);
	pthread_join(s->thread, NULL);
	s->limit_s = 0;
}

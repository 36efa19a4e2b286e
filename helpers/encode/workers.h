/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * workers.h - threads that do one thing to every chunk
 */
#ifndef FADUMP_WORKERS_H
#define FADUMP_WORKERS_H

struct chunk;
struct queue;
struct workers;

#define WORKERS_STACK_BYTES (256u << 10) /* of each thread; musl's default is 128 KiB */

/* What is done to a chunk; @worker counts from 0 and is that thread's alone. */
typedef void workers_fn(void *arg, unsigned int worker, struct chunk *c);

/*
 * Start @nr threads that take chunks from @in, do @work to them and put them on @out,
 * until @in is closed and empty; the last one to stop closes @out.  Returns NULL, with errno
 * set, when not all of them could be started; then none runs and @in is closed.
 */
struct workers *workers_start(unsigned int nr, workers_fn *work, void *arg, struct queue *in,
			      struct queue *out);

/* Wait until all have stopped and free @w.  NULL is no workers. */
void workers_join(struct workers *w);

/* How many CPUs this process may use, at least 1. */
unsigned int workers_cpus(void);

#endif

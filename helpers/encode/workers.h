/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * workers.h - threads that process chunks
 */
#ifndef FADUMP_WORKERS_H
#define FADUMP_WORKERS_H

struct chunk;
struct queue;
struct workers;

/* Stack size of each thread; the default of musl is 128 KiB. */
#define WORKERS_STACK_BYTES (256u << 10)

/* Process a chunk.  @worker is the number of the thread, from 0. */
typedef void workers_fn(void *arg, unsigned int worker, struct chunk *c);

/*
 * Start @nr threads.  Each takes chunks from @in, calls @work for them and puts them on @out, until
 * @in is closed and empty; the last thread to stop closes @out.  Returns NULL, with errno set, when
 * there is no memory or not all threads could be started; then no thread runs and @in is closed.
 */
struct workers *workers_start(unsigned int nr, workers_fn *work, void *arg, struct queue *in,
			      struct queue *out);

/* Wait until all threads have stopped, and free @w.  NULL is ignored. */
void workers_join(struct workers *w);

/* Returns the number of CPUs that this process may use, at least 1. */
unsigned int workers_cpus(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * budget.h - the number of threads that fit in memory
 */
#ifndef FADUMP_BUDGET_H
#define FADUMP_BUDGET_H

struct format_job;
struct pipeline_job;

/* Chunks that are mapped in advance, so that no worker has to wait for one. */
#define BUDGET_CHUNKS_AHEAD 2u

/*
 * Returns the number of workers: one for each CPU, or the number in @job, but no more than fit in
 * memory, which is that of --memory or half of the available memory.  @fjob is complete except for
 * its number of threads.  Returns 1 to PIPELINE_THREADS_MAX; 0: --memory is too small for one
 * worker (logged).
 */
unsigned int budget_threads(const struct pipeline_job *job, const struct format_job *fjob);

/*
 * Returns the number of threads, out of @threads, that write to different offsets of a device at
 * the same time.
 */
unsigned int budget_writers(const struct pipeline_job *job, unsigned int threads);

#endif

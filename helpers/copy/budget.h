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
 * Returns the number of workers, 1 to PIPELINE_THREADS_MAX: the number in @job or one for each CPU,
 * reduced, but not below 1, until all workers fit in the memory limit, which is --memory or half of
 * the available memory (no limit if that is unknown).  0: --memory is too small for one worker
 * (logged).  @fjob is complete except for its number of threads.
 */
unsigned int budget_threads(const struct pipeline_job *job, const struct format_job *fjob);

/*
 * Returns the number of threads, out of @threads, that write to different offsets of a device at
 * the same time.
 */
unsigned int budget_writers(const struct pipeline_job *job, unsigned int threads);

#endif

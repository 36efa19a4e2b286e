/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * budget.h - how many threads there is memory for
 */
#ifndef FADUMP_BUDGET_H
#define FADUMP_BUDGET_H

struct format_job;
struct pipeline_job;

#define BUDGET_CHUNKS_AHEAD 2u /* chunks that are mapped and waiting, so that no worker does */

/*
 * One worker for each CPU, or as many as @job asks for, but no more than there is memory for: that
 * of --memory, or half of what is available.  @fjob has all but its threads.  Returns 1 to
 * PIPELINE_THREADS_MAX; 0: --memory is too little for one (said).
 */
unsigned int budget_threads(const struct pipeline_job *job, const struct format_job *fjob);

/* How many of @threads write to a device at a place of their own. */
unsigned int budget_writers(const struct pipeline_job *job, unsigned int threads);

#endif

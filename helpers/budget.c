// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * budget.c - how many threads there is memory for
 * In: what is to be done, and the memory that it may take.  Out: a number of threads.
 * Does not know: who claims the memory, and when.
 */
#include "budget.h"

#include <stdint.h>

#include "chunk.h"
#include "encode/workers.h"
#include "format.h"
#include "giveback.h"
#include "output.h"
#include "pipeline.h"
#include "source/vmcore.h"
#include "util/log.h"
#include "util/meminfo.h"
#include "util/stall.h"

/* Without --memory: of the memory that is there, leave the boot that goes on this share. */
#define MEMORY_SHARE 2

/*
 * What is claimed whatever the number of threads, in bytes: libc, the window on page structs,
 * the format's state.  And for each program header, in all its forms.
 */
#define MEMORY_BASE    (512u << 10)
#define MEMORY_OF_PHDR 192u

/* Who writes pages as they are does so where they belong. */
unsigned int budget_writers(const struct pipeline_job *job, unsigned int threads)
{
	return job->format->encodes ? 0 : threads;
}

static uint64_t sink_memory(const struct pipeline_job *job, unsigned int threads)
{
	if (job->block)
		return sink_block_memory(budget_writers(job, threads));
	return job->file ? 0 : FLATTEN_BYTES;
}

static uint64_t memory_needed(const struct pipeline_job *job, const struct format_job *fjob,
			      unsigned int threads)
{
	return MEMORY_BASE + (uint64_t)fjob->src->core.nr_phdrs * MEMORY_OF_PHDR +
	       (job->release ? giveback_memory(fjob->src) : 0) + sink_memory(job, threads) +
	       (job->stall_timeout_s ? STALL_STACK_BYTES : 0) + BUDGET_CHUNKS_AHEAD * CHUNK_BYTES +
	       threads * (CHUNK_BYTES + WORKERS_STACK_BYTES + job->format->worker_memory(fjob));
}

unsigned int budget_threads(const struct pipeline_job *job, const struct format_job *fjob)
{
	uint64_t budget =
		job->memory_bytes ? job->memory_bytes : meminfo_available() / MEMORY_SHARE;
	unsigned int n = job->threads ? job->threads : workers_cpus();

	n = n < PIPELINE_THREADS_MAX ? n : PIPELINE_THREADS_MAX;
	while (n > 1 && budget && memory_needed(job, fjob, n) > budget)
		n--;
	if (job->memory_bytes && memory_needed(job, fjob, n) > budget) {
		log_line("--memory is too little: %llu KiB are needed for one thread",
			 (unsigned long long)memory_needed(job, fjob, n) >> 10);
		return 0;
	}
	if (n < job->threads)
		log_line("threads: %u instead of %u, for want of memory", n, job->threads);
	return n;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * budget.c - the number of threads that fit in memory
 * In: the job, the memory that it may use.  Out: a number of threads.
 * Does not know: which code allocates the memory, and when.
 */
#include "budget.h"

#include <stdint.h>

#include "../encode/workers.h"
#include "../format/flat.h"
#include "../format/format.h"
#include "../release/incremental.h"
#include "../sink/block.h"
#include "../source/chunk.h"
#include "../source/vmcore.h"
#include "../util/log.h"
#include "../util/meminfo.h"
#include "../util/stall.h"
#include "job.h"

/*
 * Without --memory, 1/MEMORY_SHARE of the available memory is used; the rest is for the continuing
 * boot.
 */
#define MEMORY_SHARE 2

/*
 * Memory in bytes that does not depend on the number of threads: MEMORY_BASE for libc, the windows
 * on page structs and the state of the format; MEMORY_OF_PHDR for all data about one program
 * header.
 */
#define MEMORY_BASE    (512u << 10)
#define MEMORY_OF_PHDR 192u

/*
 * A format without encoding writes each page at its own offset, so each thread needs a write
 * buffer.
 */
unsigned int budget_writers(const struct pipeline_job *job, unsigned int threads)
{
	return job->format->encodes ? 0 : threads;
}

static uint64_t sink_memory(const struct pipeline_job *job, unsigned int threads)
{
	if (job->block)
		return sink_block_memory(budget_writers(job, threads));
	return job->file ? 0 : FLAT_BYTES;
}

static uint64_t memory_needed(const struct pipeline_job *job, const struct format_job *fjob,
			      unsigned int threads)
{
	return MEMORY_BASE + (uint64_t)fjob->src->core.nr_phdrs * MEMORY_OF_PHDR +
	       (job->release ? incremental_memory(fjob->src) : 0) + sink_memory(job, threads) +
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
		log_line("--memory is too small: %llu KiB are needed for one thread",
			 (unsigned long long)memory_needed(job, fjob, n) >> 10);
		return 0;
	}
	if (n < job->threads)
		log_line("threads: %u instead of %u, for lack of memory", n, job->threads);
	return n;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pipeline.c - START HERE: copy one dump from its source to stable storage
 * In: a job.  Out: a durable dump, or an error.
 * Does not know: command lines, ELF, page structs, mounts; the program that releases the memory.
 *
 * Two kinds of threads process a chunk of memory:
 *
 * - The main thread takes the next chunk of the memory map, lets the filter select the pages to
 *   drop, assigns the offsets of the chunk in the dump, maps it, and puts it into the queue todo.
 * - N workers take a chunk from todo, look at its pages, encode and write them, and put the chunk
 *   into the queue idle.
 *
 * From idle the chunk returns to the main thread, which counts its pages.  A chunk without pages to
 * keep is not mapped.  There are N + BUDGET_CHUNKS_AHEAD chunks; all memory is allocated before the
 * first page is saved.  After the first error no chunk is prepared or saved.
 *
 * With job.release, all pages are selected before the copy.  For a file, the main thread makes the
 * dump durable after each batch, then releases the memory of the batch.
 */
#include "pipeline.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../encode/queue.h"
#include "../encode/workers.h"
#include "../filter/page_filter.h"
#include "../format/format.h"
#include "../release/incremental.h"
#include "../sink/output.h"
#include "../source/chunk.h"
#include "../source/vmcore.h"
#include "../util/log.h"
#include "../util/progress.h"
#include "../util/sigbus.h"
#include "../util/stall.h"
#include "budget.h"
#include "dmesg.h"
#include "report.h"
#include "target.h"

_Static_assert(PIPELINE_LEVEL_MAX == FILTER_LEVEL_MAX, "both limits must be equal");
_Static_assert(PIPELINE_THREADS_MAX + BUDGET_CHUNKS_AHEAD < VMCORE_WINDOWS,
	       "there must be more windows than chunks");

/* If more than 1 page in LOST_PAGES_SHARE is unreadable, a bug here is more likely than bad RAM. */
#define LOST_PAGES_SHARE 8

struct pipeline {
	const struct pipeline_job *job;
	struct pipeline_result *result;
	struct vmcore src;
	struct target target;
	struct output out;
	struct page_filter page_filter;
	struct incremental incremental;
	struct format_job format_job;
	void *format; /* state of job->format; NULL: not open */
	struct progress progress;
	struct stall stall; /* watches the target */

	unsigned int threads, nr_chunks;
	struct chunk *chunks;
	uint8_t *buffers; /* nr_chunks of CHUNK_BYTES, one mapping */
	struct queue *idle, *todo;

	atomic_int status;	    /* PIPELINE_COMPLETE, or the first error */
	uint64_t done_bytes, pages; /* sums of the processed chunks */
};

static void set_status(struct pipeline *p, enum pipeline_status status)
{
	int none = PIPELINE_COMPLETE;

	atomic_compare_exchange_strong(&p->status, &none, (int)status);
}

static bool failed(struct pipeline *p)
{
	return atomic_load(&p->status) != PIPELINE_COMPLETE;
}

/* Set the status for an error of the sink, a -errno; 0 is no error. */
static void set_sink_status(struct pipeline *p, int err)
{
	if (err)
		set_status(p, err == -ENOSPC || err == -EDQUOT ? PIPELINE_NO_SPACE : PIPELINE_SINK);
}

static void no_memory(struct pipeline *p, const char *what)
{
	log_line("no memory for %s", what);
	set_status(p, PIPELINE_MACHINE);
}

static void no_thread(struct pipeline *p, int err)
{
	log_line("cannot start a thread: %s", strerror(err));
	set_status(p, PIPELINE_MACHINE);
}

/* ---- memory ---------------------------------------------------------------------------- */

/* Allocate the chunks and queues before the copy.  False: there is no memory (logged). */
static bool claim(struct pipeline *p)
{
	const size_t bytes = (size_t)p->nr_chunks * CHUNK_BYTES;

	p->chunks = calloc(p->nr_chunks, sizeof(*p->chunks));
	p->buffers = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	p->idle = queue_new(p->nr_chunks);
	p->todo = queue_new(p->nr_chunks);
	if (!p->chunks || p->buffers == MAP_FAILED || !p->idle || !p->todo) {
		no_memory(p, "copying");
		return false;
	}
	for (unsigned int i = 0; i < p->nr_chunks; i++) {
		p->chunks[i].buf = p->buffers + (size_t)i * CHUNK_BYTES;
		queue_put(p->idle, &p->chunks[i]);
	}
	return true;
}

static void unclaim(struct pipeline *p)
{
	incremental_close(&p->incremental);
	queue_free(p->idle);
	queue_free(p->todo);
	if (p->buffers && p->buffers != MAP_FAILED)
		munmap(p->buffers, (size_t)p->nr_chunks * CHUNK_BYTES);
	free(p->chunks);
	if (p->format)
		p->job->format->close(p->format);
}

/* ---- workers --------------------------------------------------------------------------- */

static void save(void *arg, unsigned int worker, struct chunk *c)
{
	struct pipeline *p = arg;

	if (failed(p))
		return;
	if (!c->window)
		vmcore_fill(&p->src, c);
	set_sink_status(p, p->job->format->save(p->format, worker, c));
}

/* ---- main thread ----------------------------------------------------------------------- */

/* Count the pages of @c, which was processed or has no page to keep, and unmap it. */
static void account(struct pipeline *p, struct chunk *c)
{
	const unsigned int pages = c->bytes ? chunk_pages(c) : 0;
	const unsigned int dropped = chunk_count(c->drop), lost = chunk_count(c->lost);

	if (!pages)
		return;
	vmcore_put(c);
	p->pages += pages;
	p->result->excluded_pages += dropped;
	p->result->lost_pages += lost;
	p->result->constant_pages += pages - dropped - lost - chunk_count(c->keep);
	p->result->zero_pages += c->zero_pages;
	p->done_bytes += c->bytes;
	c->bytes = 0;
	progress_update(&p->progress, p->done_bytes);
}

static bool too_many_lost(const struct pipeline *p)
{
	return p->result->lost_pages > p->pages / LOST_PAGES_SHARE;
}

/*
 * At the end of a batch: wait for all other chunks, make the partial dump readable and durable,
 * then release the memory of the batch.  @mine is the chunk that the main thread will prepare next.
 * False: there was an error.
 */
static bool end_batch(struct pipeline *p, const struct chunk *mine)
{
	if (!incremental_due(&p->incremental, &p->src))
		return true;
	for (unsigned int i = 1; i < p->nr_chunks; i++)
		account(p, queue_get(p->idle));
	for (unsigned int i = 0; i < p->nr_chunks; i++)
		if (&p->chunks[i] != mine)
			queue_put(p->idle, &p->chunks[i]);
	vmcore_leave(&p->src);
	if (too_many_lost(p)) /* do not release yet: the share may fall when more pages are read */
		return !failed(p);
	set_sink_status(p, p->job->format->finish(p->format, false));
	set_sink_status(p, output_settle(&p->out));
	if (!failed(p))
		incremental_release(&p->incremental, &p->src);
	return !failed(p);
}

/* Make @c the next chunk that has pages to keep.  False: there is none, or there was an error. */
static bool next_chunk(struct pipeline *p, struct chunk *c)
{
	while (!failed(p) && end_batch(p, c) && vmcore_next(&p->src, c)) {
		if (!incremental_mark(&p->incremental, c))
			page_filter_mark(&p->page_filter, c);
		set_sink_status(p, p->job->format->assign_offsets(p->format, c));
		if (chunk_count(c->drop) < chunk_pages(c)) {
			vmcore_map(&p->src, c);
			return true;
		}
		account(p, c);
	}
	return false;
}

static void copy(struct pipeline *p)
{
	struct workers *saving = workers_start(p->threads, save, p, p->todo, p->idle);
	struct chunk *c;
	bool more = true;

	if (!saving) {
		no_thread(p, errno);
		return;
	}
	while ((c = queue_get(p->idle))) { /* NULL: the workers have stopped */
		account(p, c);
		if (more && next_chunk(p, c)) {
			queue_put(p->todo, c);
		} else if (more) {
			more = false;
			queue_close(p->todo);
		}
	}
	workers_join(saving);
}

/* Before the commit, check that every page was processed and that few pages are lost. */
static void check_totals(struct pipeline *p)
{
	const struct pipeline_result *r = p->result;
	const bool too_many = too_many_lost(p);
	const char *partial = output_partial(&p->out);

	if (failed(p))
		return;
	if (r->lost_pages)
		log_line("%s: %llu of %llu pages could not be read%s%s%s", p->src.name,
			 (unsigned long long)r->lost_pages, (unsigned long long)p->pages,
			 too_many ? ", too many for a dump" : "",
			 too_many && partial ? "; the others are in " : "",
			 too_many && partial ? partial : "");
	if (too_many)
		set_status(p, PIPELINE_SOURCE);
	if (p->done_bytes != p->src.map.bytes) {
		log_line("bug: %llu of %llu bytes were processed; the dump is incomplete",
			 (unsigned long long)p->done_bytes, (unsigned long long)p->src.map.bytes);
		set_status(p, PIPELINE_MACHINE);
	}
}

/* After the copy: complete and commit the dump or, after an error, abandon it. */
static void end_sink(struct pipeline *p)
{
	const struct format *format = p->job->format;
	char report[REPORT_BYTES];

	set_sink_status(p, format->finish(p->format, !failed(p)));
	p->result->file_bytes = format->dump_bytes(p->format);
	p->result->stored_bytes = atomic_load(&p->out.stored_bytes);
	p->result->seconds = progress_seconds(&p->progress);
	if (failed(p)) {
		output_abandon(&p->out);
		return;
	}
	report_format(report, p->job, p->result);
	output_status(&p->out, report);
	set_sink_status(p, output_commit(&p->out));
}

/* Write the dump to the open sink and commit it. */
static void fill_sink(struct pipeline *p)
{
	progress_start(&p->progress, p->src.map.bytes, p->job->quiet);
	set_sink_status(p, p->job->format->begin(p->format));
	if (!failed(p)) {
		incremental_select_ahead(&p->incremental, &p->src, &p->page_filter,
					 p->out.in_memory);
		copy(p);
	}
	/* after an error the filter has not seen all chunks: its last check would be wrong */
	if (!failed(p))
		page_filter_finish(&p->page_filter);
	p->result->unfiltered = p->page_filter.why;
	memcpy(p->result->dropped_pages, p->page_filter.filter.dropped,
	       sizeof(p->result->dropped_pages));
	check_totals(p);
	end_sink(p);
	if (failed(p))
		return;
	vmcore_leave(&p->src);
	incremental_release(&p->incremental, &p->src);
	if (p->result->lost_pages)
		set_status(p, PIPELINE_PAGES_LOST);
	else if (p->result->unfiltered)
		set_status(p, PIPELINE_UNFILTERED);
	p->result->seconds = progress_finish(&p->progress, p->done_bytes);
}

/* The target has accepted no data for too long.  Called from the watching thread. */
static void stalled(void *arg)
{
	struct pipeline *p = arg;
	const struct pipeline_job *job = p->job;

	log_line("%s: stalled: it accepted no data for %u s", job->file ? job->file : p->out.name,
		 job->stall_timeout_s);
	job->stalled(job->stalled_arg, atomic_load(&p->out.stored_bytes));
}

/* Open the sink, and save the log: before the file of the dump is opened, or after the device is.
 * Only a failed write of the log to a device also stops the dump. */
static int open_sink(struct pipeline *p)
{
	const struct pipeline_job *job = p->job;
	int err;

	if (job->save_log && job->file) {
		stall_begin(&p->stall);
		dmesg_save(&p->src, job->file);
		stall_end(&p->stall);
	}
	err = target_open(&p->target, &p->out, job, job->format->least_bytes(p->format),
			  budget_writers(job, p->threads), &p->stall);
	if (!err && job->block && job->save_log)
		dmesg_archive(&p->src, &p->out);
	return err;
}

static void plan_and_copy(struct pipeline *p)
{
	const struct pipeline_job *job = p->job;
	int err;

	p->format_job = (struct format_job){
		.src = &p->src,
		.out = &p->out,
		.codec = job->codec,
		.dump_level = job->dump_level,
		.lost_pages = &p->result->lost_pages,
		.uts = &p->page_filter.uts,
	};
	if (!page_filter_open(&p->page_filter, &p->src, job->dump_level))
		p->threads = p->format_job.threads = budget_threads(job, &p->format_job);
	if (!p->threads) {
		set_status(p, PIPELINE_MACHINE);
		return;
	}
	p->nr_chunks = p->threads + BUDGET_CHUNKS_AHEAD;
	err = job->format->open(&p->format_job, &p->format);
	if (!err)
		err = incremental_open(&p->incremental, job->release, !job->file, &p->src);
	if (err == -ENOMEM)
		no_memory(p, "the dump's headers and codec");
	else if (err)
		set_status(p, PIPELINE_SOURCE);
	if (err || !claim(p))
		return;
	err = stall_start(&p->stall, job->stall_timeout_s, stalled, p);
	if (err) {
		no_thread(p, -err);
		return;
	}
	err = open_sink(p);
	set_sink_status(p, err);
	if (!err)
		fill_sink(p);
	stall_stop(&p->stall);
}

enum pipeline_status pipeline_run(const struct pipeline_job *job, struct pipeline_result *result)
{
	struct pipeline p = {.job = job, .result = result};
	int err = sigbus_init();

	memset(result, 0, sizeof(*result));
	if (!err)
		err = incremental_open_source(job->release, &p.src, job->source, job->use_mmap);
	if (err)
		return err == -ENOMEM ? PIPELINE_MACHINE : PIPELINE_SOURCE;
	plan_and_copy(&p);
	unclaim(&p);
	page_filter_close(&p.page_filter);
	vmcore_close(&p.src); /* before the caller releases the memory */
	return (enum pipeline_status)atomic_load(&p.status);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pipeline.c - START HERE: one dump from its source to stable storage
 * In: a job.  Out: a durable dump, or the reason why not.
 * Does not know: command lines, ELF, page structs, mounts; who gives the memory back.
 *
 * A chunk of memory walks through two hands:
 *
 *	this thread  cuts the next chunk off the memory map, asks the filter which of its pages
 *		     to leave out, gives it its place in the dump, maps it         -> todo
 *	N workers    look at its pages, encode and write them                      -> idle
 *
 * and from idle back to this thread, which counts what became of it.  A chunk of which nothing
 * is kept is not even mapped.  There are N + BUDGET_CHUNKS_AHEAD chunks; they and all else are
 * claimed before the first page is read, and nothing is allocated while copying.  The first error
 * is noted; from then on chunks come back as they are, and no new ones are made.
 *
 * Memory that goes back range by range (job.release): all pages are selected ahead, and after each
 * batch this thread waits for the workers, makes the dump durable, unmaps, and only then lets go.
 */
#include "pipeline.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "budget.h"
#include "chunk.h"
#include "dmesg.h"
#include "encode/queue.h"
#include "encode/workers.h"
#include "format.h"
#include "giveback.h"
#include "output.h"
#include "report.h"
#include "selection.h"
#include "source/vmcore.h"
#include "util/log.h"
#include "util/progress.h"
#include "util/sigbus.h"
#include "util/stall.h"

_Static_assert(PIPELINE_LEVEL_MAX == FILTER_LEVEL_MAX, "one level, for both");
_Static_assert(PIPELINE_THREADS_MAX + BUDGET_CHUNKS_AHEAD < VMCORE_WINDOWS,
	       "a window for each chunk");

/* A dump with more than this share of its pages unreadable is a fault of ours, not of RAM. */
#define LOST_PAGES_SHARE 8

struct pipeline {
	const struct pipeline_job *job;
	struct pipeline_result *result;
	struct vmcore src;
	struct output out;
	struct selection selection;
	struct giveback giveback;
	struct format_job format_job;
	void *format; /* state of job->format, NULL: not open */
	struct progress progress;
	struct stall stall; /* watches the target */

	unsigned int threads, nr_chunks;
	struct chunk *chunks;
	uint8_t *buffers; /* nr_chunks of CHUNK_BYTES, one mapping */
	struct queue *idle, *todo;

	atomic_int status;	    /* first one that is not PIPELINE_COMPLETE stays */
	uint64_t done_bytes, pages; /* of chunks that came back */
};

static void note(struct pipeline *p, enum pipeline_status status)
{
	int none = PIPELINE_COMPLETE;

	atomic_compare_exchange_strong(&p->status, &none, (int)status);
}

static bool failed(struct pipeline *p)
{
	return atomic_load(&p->status) != PIPELINE_COMPLETE;
}

/* An error of the sink, if it is one. */
static void note_sink(struct pipeline *p, int err)
{
	if (err)
		note(p, err == -ENOSPC || err == -EDQUOT ? PIPELINE_NO_SPACE : PIPELINE_SINK);
}

static void no_memory(struct pipeline *p, const char *what)
{
	log_line("no memory for %s", what);
	note(p, PIPELINE_MACHINE);
}

static void no_thread(struct pipeline *p, int err)
{
	log_line("cannot start a thread: %s", strerror(err));
	note(p, PIPELINE_MACHINE);
}

/* ---- memory ---------------------------------------------------------------------------- */

/* Claim all memory that copying needs, touched, so that it is not missing half way. */
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
	giveback_close(&p->giveback);
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
	note_sink(p, p->job->format->save(p->format, worker, c));
}

/* ---- this thread ----------------------------------------------------------------------- */

/* @c came back, or went nowhere: count what became of it. */
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
	p->done_bytes += c->bytes;
	c->bytes = 0;
	progress_update(&p->progress, p->done_bytes);
}

static bool too_many_lost(const struct pipeline *p)
{
	return p->result->lost_pages > p->pages / LOST_PAGES_SHARE;
}

/*
 * If a batch ends before the next chunk, of which @mine is to be made: when no other chunk is under
 * way, and what there is of the dump is durable and can be read, the memory of it goes.  False:
 * there was an error.
 */
static bool end_batch(struct pipeline *p, const struct chunk *mine)
{
	if (!giveback_due(&p->giveback, &p->src))
		return true;
	for (unsigned int i = 1; i < p->nr_chunks; i++)
		account(p, queue_get(p->idle));
	for (unsigned int i = 0; i < p->nr_chunks; i++)
		if (&p->chunks[i] != mine)
			queue_put(p->idle, &p->chunks[i]);
	vmcore_leave(&p->src);
	if (too_many_lost(p)) /* they may turn out to be few */
		return !failed(p);
	note_sink(p, p->job->format->finish(p->format, false));
	note_sink(p, output_settle(&p->out));
	if (!failed(p))
		giveback_batch(&p->giveback, &p->src);
	return !failed(p);
}

/* Make @c the next chunk of which something is kept.  False: there is none, or an error. */
static bool next_chunk(struct pipeline *p, struct chunk *c)
{
	while (!failed(p) && end_batch(p, c) && vmcore_next(&p->src, c)) {
		if (!giveback_mark(&p->giveback, c))
			selection_mark(&p->selection, c);
		note_sink(p, p->job->format->place(p->format, c));
		if (chunk_count(c->drop) < chunk_pages(c)) {
			vmcore_map(&p->src, c);
			return true;
		}
		account(p, c);
	}
	return false;
}

/* All memory, once round. */
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

/* The second thought before a dump gets its name: is everything accounted for? */
static void judge(struct pipeline *p)
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
		note(p, PIPELINE_SOURCE);
	if (p->done_bytes != p->src.map.bytes) {
		log_line("%llu bytes of %llu went through the copy: a bug, nothing is released",
			 (unsigned long long)p->done_bytes, (unsigned long long)p->src.map.bytes);
		note(p, PIPELINE_MACHINE);
	}
}

/* The copy has ended, well or not: close the dump, and give it its name if it may have one. */
static void end_sink(struct pipeline *p)
{
	const struct format *format = p->job->format;
	char report[REPORT_BYTES];

	note_sink(p, format->finish(p->format, !failed(p)));
	p->result->file_bytes = format->dump_bytes(p->format);
	p->result->stored_bytes = atomic_load(&p->out.stored_bytes);
	p->result->seconds = progress_seconds(&p->progress);
	if (failed(p)) {
		output_abandon(&p->out);
		return;
	}
	report_format(report, p->job, p->result);
	output_status(&p->out, report);
	note_sink(p, output_commit(&p->out));
}

/* Everything between an open sink and a dump with its name. */
static void fill_sink(struct pipeline *p)
{
	progress_start(&p->progress, p->src.map.bytes, p->job->quiet);
	note_sink(p, p->job->format->begin(p->format));
	if (!failed(p)) {
		giveback_look_ahead(&p->giveback, &p->src, &p->selection,
				    output_in_memory(&p->out));
		copy(p);
	}
	if (!failed(p)) /* else it has not seen all, and would wonder why */
		selection_finish(&p->selection);
	p->result->unfiltered = p->selection.why;
	judge(p);
	end_sink(p);
	if (failed(p))
		return;
	vmcore_leave(&p->src);
	giveback_batch(&p->giveback, &p->src);
	if (p->result->lost_pages)
		note(p, PIPELINE_PAGES_LOST);
	else if (p->result->unfiltered)
		note(p, PIPELINE_UNFILTERED);
	p->result->seconds = progress_finish(&p->progress, p->done_bytes);
}

/* The target has taken nothing for too long.  From a thread of its own, while the others hang. */
static void stalled(void *arg)
{
	struct pipeline *p = arg;
	const struct pipeline_job *job = p->job;
	const char *name = job->file ? job->file : output_name(&p->out);

	log_line("%s: stalled: it took nothing for %u s", name, job->stall_timeout_s);
	job->stalled(job->stalled_arg, atomic_load(&p->out.stored_bytes));
}

/* The kernel log comes first.  It never stops the dump, and what is wrong with it was said. */
static int open_sink(struct pipeline *p)
{
	const struct pipeline_job *job = p->job;
	int err;

	if (job->save_log && job->file) {
		stall_begin(&p->stall);
		dmesg_save(&p->src, job->file);
		stall_end(&p->stall);
	}
	if (!job->block)
		return output_open(&p->out, job->file, &p->stall);
	err = output_open_block(&p->out, job->block, job->format->least_bytes(p->format),
				budget_writers(job, p->threads), &p->stall);
	if (!err && job->save_log)
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
		.uts = &p->selection.uts,
	};
	if (selection_open(&p->selection, &p->src, job->dump_level)) {
		note(p, PIPELINE_MACHINE);
		return;
	}
	p->threads = p->format_job.threads = budget_threads(job, &p->format_job);
	if (!p->threads) {
		note(p, PIPELINE_MACHINE);
		return;
	}
	p->nr_chunks = p->threads + BUDGET_CHUNKS_AHEAD;
	err = job->format->open(&p->format_job, &p->format);
	if (!err)
		err = giveback_open(&p->giveback, job->release, !job->file, &p->src);
	if (err == -ENOMEM)
		no_memory(p, "the dump's headers and codec");
	else if (err)
		note(p, PIPELINE_SOURCE);
	if (err || !claim(p))
		return;
	err = stall_start(&p->stall, job->stall_timeout_s, stalled, p);
	if (err) {
		no_thread(p, -err);
		return;
	}
	err = open_sink(p);
	note_sink(p, err);
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
		err = giveback_source(job->release, &p.src, job->source, job->use_mmap);
	if (err)
		return err == -ENOMEM ? PIPELINE_MACHINE : PIPELINE_SOURCE;
	plan_and_copy(&p);
	unclaim(&p);
	selection_close(&p.selection);
	vmcore_close(&p.src); /* before whoever called us gives the memory back */
	return (enum pipeline_status)atomic_load(&p.status);
}

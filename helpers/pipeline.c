// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pipeline.c - START HERE: one dump from its source to stable storage
 * In: a job.  Out: a durable file, or the reason why not.
 * Does not know: command lines, ELF, mounts; who gives the memory back.
 *
 * A chunk of memory walks through three hands, each its own thread or threads:
 *
 *	source (this thread)  maps the file, cuts it into chunks        -> todo
 *	workers (N threads)   look at every page: data, zero, unreadable -> done
 *	writer (1 thread)     asks the layout where, writes what is kept -> idle
 *
 * and from idle back to the source.  There are N + 2 chunks, claimed before the first page
 * is read; nothing is allocated while copying.  The first error is noted; from then on the
 * chunks still go round, but nobody works on them, and the source stops.
 */
#include "pipeline.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "chunk.h"
#include "dmesg.h"
#include "encode/queue.h"
#include "encode/workers.h"
#include "filter/zeropage.h"
#include "layout/elf.h"
#include "sink/file.h"
#include "source/vmcore.h"
#include "util/log.h"
#include "util/progress.h"
#include "util/sigbus.h"

#define NOTES_COPY_BYTES 4096u /* what one read that fails may cost */

/* A dump with more than this share of its pages unreadable is a fault of ours, not of RAM. */
#define LOST_PAGES_SHARE 8

struct pipeline {
	const struct pipeline_job *job;
	struct vmcore src;
	struct layout_elf layout;
	struct sink_file sink;
	struct progress progress;

	struct chunk *chunks;
	unsigned int nr_chunks;
	uint8_t *buffers; /* nr_chunks of CHUNK_BYTES, one mapping */
	struct queue *idle, *todo, *done;

	atomic_int status;	    /* first one that is not PIPELINE_COMPLETE stays */
	uint64_t done_bytes;	    /* writer's */
	uint64_t pages, lost_pages; /* writer's */
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

static enum pipeline_status sink_status(int err)
{
	return err == -ENOSPC || err == -EDQUOT ? PIPELINE_NO_SPACE : PIPELINE_SINK;
}

/* ---- workers: which pages to keep ------------------------------------------------------ */

struct look {
	struct chunk *chunk;
	volatile unsigned int page; /* survives the jump out of a SIGBUS */
};

static void look_at_pages(void *arg)
{
	struct look *look = arg;
	const unsigned int pages = chunk_pages(look->chunk);

	for (; look->page < pages; look->page++)
		if (!chunk_bit(look->chunk->lost, look->page))
			zeropage_mark(look->chunk, look->page);
}

static void work(void *arg, struct chunk *c)
{
	struct pipeline *p = arg;
	struct look look = {.chunk = c};

	if (failed(p))
		return;
	while (!sigbus_run(look_at_pages, &look))
		chunk_bit_set(c->lost, look.page++);
}

/* ---- writer: kept pages to their place ------------------------------------------------- */

/* Write pages [first, end).  A page that turns out to be unreadable is lost, not the rest. */
static int write_pages(struct pipeline *p, struct chunk *c, unsigned int first, unsigned int end)
{
	const uint32_t from = chunk_page_offset(c, first);
	const uint32_t bytes = chunk_page_offset(c, end) - from;
	int err = sink_file_write(&p->sink, c->data + from, bytes,
				  layout_elf_at(&p->layout, c) + from);

	if (err != -EFAULT)
		return err;
	if (end - first == 1) {
		chunk_bit_set(c->lost, first);
		return 0;
	}
	for (err = 0; first < end && !err; first++)
		err = write_pages(p, c, first, first + 1);
	return err;
}

static int write_kept(struct pipeline *p, struct chunk *c)
{
	const unsigned int pages = chunk_pages(c);
	int err = 0;

	for (unsigned int i = 0, end; i < pages && !err; i = end) {
		end = i + 1;
		if (!chunk_bit(c->keep, i))
			continue;
		while (end < pages && chunk_bit(c->keep, end))
			end++;
		err = write_pages(p, c, i, end);
	}
	return err;
}

static void write_chunk(void *arg, struct chunk *c)
{
	struct pipeline *p = arg;
	int err = failed(p) ? 0 : write_kept(p, c);

	if (err)
		note(p, sink_status(err));
	p->pages += chunk_pages(c);
	for (unsigned int i = 0; i < CHUNK_MAP_LEN; i++)
		p->lost_pages += (uint64_t)__builtin_popcountll(c->lost[i]);
	p->done_bytes += c->bytes;
	vmcore_put(c);
	progress_update(&p->progress, p->done_bytes);
}

/* ---- the main thread ------------------------------------------------------------------- */

/* Claim all memory that copying needs, touched, so that it is not missing half way. */
static bool claim(struct pipeline *p)
{
	const size_t bytes = (size_t)p->nr_chunks * CHUNK_BYTES;

	p->chunks = calloc(p->nr_chunks, sizeof(*p->chunks));
	p->buffers = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	p->idle = queue_new(p->nr_chunks);
	p->todo = queue_new(p->nr_chunks);
	p->done = queue_new(p->nr_chunks);
	if (!p->chunks || p->buffers == MAP_FAILED || !p->idle || !p->todo || !p->done) {
		log_line("no memory: %zu KiB are needed for copying", bytes >> 10);
		note(p, PIPELINE_MACHINE);
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
	queue_free(p->idle);
	queue_free(p->todo);
	queue_free(p->done);
	if (p->buffers && p->buffers != MAP_FAILED)
		munmap(p->buffers, (size_t)p->nr_chunks * CHUNK_BYTES);
	free(p->chunks);
}

/* Headers and notes: with them in place a file that was cut off still opens. */
static void write_head(struct pipeline *p)
{
	const struct vmcore *src = &p->src;
	uint64_t to = p->layout.notes_at;
	int err = sink_file_resize(&p->sink, p->layout.file_bytes);

	if (!err)
		err = sink_file_write(&p->sink, p->layout.head, p->layout.head_bytes, 0);
	for (uint32_t i = 0; i < src->core.nr_phdrs && !err; i++) {
		uint64_t from = src->phdrs[i].p_offset, left = src->phdrs[i].p_filesz;

		if (src->phdrs[i].p_type != PT_NOTE)
			continue;
		while (left && !err) {
			size_t part = left < NOTES_COPY_BYTES ? left : NOTES_COPY_BYTES;

			/* notes that cannot be read are zeros, which readers skip */
			if (vmcore_read_at(src, p->buffers, part, from) == (ssize_t)part)
				err = sink_file_write(&p->sink, p->buffers, part, to);
			else
				p->lost_pages++;
			from += part;
			to += part;
			left -= part;
		}
	}
	if (err)
		note(p, sink_status(err));
}

/* All memory, once round. */
static void copy(struct pipeline *p)
{
	struct workers *looking, *writing = NULL;
	struct chunk *c;

	looking = workers_start(p->job->threads, work, p, p->todo, p->done);
	if (looking)
		writing = workers_start(1, write_chunk, p, p->done, p->idle);
	if (!writing) {
		log_line("cannot start a thread: %s", strerror(errno));
		note(p, PIPELINE_MACHINE);
	} else {
		while (!failed(p) && (c = queue_get(p->idle)) && vmcore_next(&p->src, c))
			queue_put(p->todo, c);
	}
	queue_close(p->todo);
	workers_join(looking);
	workers_join(writing);
}

static void judge_losses(struct pipeline *p)
{
	bool too_many;

	if (!p->lost_pages || failed(p))
		return;
	too_many = p->lost_pages > p->pages / LOST_PAGES_SHARE;
	log_line("%s: %llu of %llu pages could not be read%s%s", p->src.name,
		 (unsigned long long)p->lost_pages, (unsigned long long)p->pages,
		 too_many ? ", too many for a dump; the others are in " : "",
		 too_many ? p->sink.tmp_path : "");
	if (too_many)
		note(p, PIPELINE_SOURCE);
}

/* Everything between an open sink and a file with its name. */
static void fill_sink(struct pipeline *p, struct pipeline_result *result)
{
	int err;

	write_head(p);
	progress_start(&p->progress, p->src.map.bytes, p->job->quiet);
	if (!failed(p))
		copy(p);
	judge_losses(p);
	result->stored_bytes = p->sink.stored_bytes;
	if (failed(p)) {
		sink_file_abandon(&p->sink);
		return;
	}
	err = sink_file_commit(&p->sink);
	if (err)
		note(p, sink_status(err));
	else if (p->lost_pages)
		note(p, PIPELINE_PAGES_LOST);
	result->seconds = progress_finish(&p->progress, p->done_bytes);
}

static void open_and_copy(struct pipeline *p, struct pipeline_result *result)
{
	const struct vmcore *src = &p->src;
	int err = layout_elf_plan(&p->layout, &src->core, src->phdrs, &src->map, src->notes_bytes,
				  src->page_bytes);

	if (err) {
		log_line("no memory for the headers of the dump");
		note(p, PIPELINE_MACHINE);
		return;
	}
	if (!claim(p))
		return;
	if (p->job->save_log)
		dmesg_save(src, p->job->file); /* never stops the dump; says why itself */
	err = sink_file_open(&p->sink, p->job->file);
	if (err) {
		note(p, sink_status(err));
		return;
	}
	fill_sink(p, result);
	result->file_bytes = p->layout.file_bytes;
	result->lost_pages = p->lost_pages;
}

enum pipeline_status pipeline_run(const struct pipeline_job *job, struct pipeline_result *result)
{
	struct pipeline p = {.job = job, .nr_chunks = job->threads + 2};
	int err = sigbus_init();

	memset(result, 0, sizeof(*result));
	if (!err)
		err = vmcore_open(&p.src, job->source, p.nr_chunks + 1, job->use_mmap);
	if (err)
		return err == -ENOMEM ? PIPELINE_MACHINE : PIPELINE_SOURCE;
	open_and_copy(&p, result);
	unclaim(&p);
	layout_elf_free(&p.layout);
	vmcore_close(&p.src); /* before whoever called us gives the memory back */
	return (enum pipeline_status)atomic_load(&p.status);
}

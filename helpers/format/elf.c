// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elf.c - the dump as a sparse ELF core
 * In: chunks.  Out: their pages unencoded, at the offsets that elf_layout.c assigns; holes for
 * pages of zeros, dropped and unreadable pages.
 * Does not know: codecs; why a page is dropped.
 */
#include <errno.h>
#include <stdlib.h>

#include "../filter/constpage.h"
#include "../sink/output.h"
#include "../source/chunk.h"
#include "../source/vmcore.h"
#include "../util/sigbus.h"
#include "elf_layout.h"
#include "format.h"

struct elf {
	const struct format_job *job;
	struct elf_layout layout;
};

static size_t elf_worker_memory(const struct format_job *job)
{
	(void)job;
	return 0;
}

static int elf_open(const struct format_job *job, void **state)
{
	const struct vmcore *src = job->src;
	struct elf *e = calloc(1, sizeof(*e));
	int err = e ? 0 : -ENOMEM;

	if (!err)
		err = elf_layout_plan(&e->layout, &src->core, src->phdrs, &src->map,
				      src->notes_bytes, src->page_bytes);
	if (err) {
		free(e);
		return err;
	}
	e->job = job;
	*state = e;
	return 0;
}

static int elf_begin(void *state)
{
	struct elf *e = state;
	int err = output_set_layout(e->job->out, 0, e->layout.file_bytes); /* there is no table */

	if (!err)
		err = output_write(e->job->out, e->layout.head, e->layout.head_bytes, 0);
	return err ? err : format_copy_notes(e->job, e->layout.notes_at);
}

static int elf_assign_offsets(void *state, struct chunk *c)
{
	(void)state;
	(void)c;
	return 0;
}

struct scan {
	struct chunk *chunk;
	volatile unsigned int i; /* volatile: must survive siglongjmp() after a SIGBUS */
};

static void find_kept_pages(void *arg)
{
	struct scan *scan = arg;
	struct chunk *c = scan->chunk;
	const unsigned int pages = chunk_pages(c);

	for (; scan->i < pages; scan->i++) {
		const uint32_t at = chunk_page_offset(c, scan->i);
		uint64_t word;

		if (chunk_bit(c->drop, scan->i) || chunk_bit(c->lost, scan->i))
			continue;
		if (!constpage_test(c->data + at, chunk_page_offset(c, scan->i + 1) - at, &word) ||
		    word != 0)
			chunk_bit_set(c->keep, scan->i);
		else
			c->zero_pages++;
	}
}

/* Write pages [first, end).  If a page is unreadable, only that page is lost. */
static int write_pages(struct elf *e, struct chunk *c, unsigned int first, unsigned int end)
{
	const uint32_t from = chunk_page_offset(c, first);
	const uint32_t bytes = chunk_page_offset(c, end) - from;
	int err = output_write(e->job->out, c->data + from, bytes,
			       elf_layout_at(&e->layout, c) + from);

	if (err != -EFAULT)
		return err;
	if (end - first == 1) {
		chunk_bit_clear(c->keep, first);
		chunk_bit_set(c->lost, first);
		return 0;
	}
	for (err = 0; first < end && !err; first++)
		err = write_pages(e, c, first, first + 1);
	return err;
}

static int elf_save(void *state, unsigned int worker, struct chunk *c)
{
	const unsigned int pages = chunk_pages(c);
	struct scan scan = {.chunk = c};
	int err = 0;

	(void)worker;
	while (!sigbus_run(find_kept_pages, &scan))
		chunk_bit_set(c->lost, scan.i++);
	for (unsigned int i = 0, end; i < pages && !err; i = end) {
		end = i + 1;
		if (!chunk_bit(c->keep, i))
			continue;
		while (end < pages && chunk_bit(c->keep, end))
			end++;
		err = write_pages(state, c, i, end);
	}
	return err;
}

static int elf_finish(void *state, bool complete)
{
	(void)state;
	(void)complete;
	return 0;
}

static uint64_t elf_dump_bytes(const void *state)
{
	const struct elf *e = state;

	return e->layout.file_bytes;
}

static void elf_close(void *state)
{
	struct elf *e = state;

	elf_layout_free(&e->layout);
	free(e);
}

const struct format format_elf = {
	.name = "elf",
	.worker_memory = elf_worker_memory,
	.open = elf_open,
	.begin = elf_begin,
	.assign_offsets = elf_assign_offsets,
	.save = elf_save,
	.finish = elf_finish,
	.least_bytes = elf_dump_bytes,
	.dump_bytes = elf_dump_bytes,
	.close = elf_close,
};

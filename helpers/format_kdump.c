// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * format_kdump.c - the dump as kdump-compressed
 * In: chunks.  Out: their pages encoded, in any order; bitmaps and page descriptors that say
 * where each one is; headers that call the dump incomplete until it is not.
 * Does not know: why a page is dropped; files and streams.
 *
 * The data of a chunk is written before its descriptors: at every moment a page whose
 * descriptor is there is right.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "chunk.h"
#include "filter/utsname.h"
#include "format.h"
#include "layout/kdump.h"
#include "output.h"
#include "pack.h"
#include "source/vmcore.h"
#include "util/log.h"

/*
 * The second bitmap is written in pieces.  In a file small ones, so that little is missing when
 * the copy is killed: 2 MiB of memory at 4 KiB a page, 4 MiB at 64 KiB.  In a stream large ones,
 * since crash sorts pieces slowly.
 */
#define BITMAP_FILE_BYTES(page_bytes) ((page_bytes) > 32768 ? 8u : 64u * 4096 / (page_bytes))
#define BITMAP_STREAM_BYTES	      65536u

/* So much of the table of descriptors at a time is certain to be had: of 21 chunks. */
#define RESERVE_BYTES 65536u

/* The first bitmap, in a file: what a filesystem writes at once. */
#define BITMAP1_FILE_BYTES 4096u

_Static_assert(sizeof(struct utsname_dead) == KDUMP_UTS_FIELDS * KDUMP_UTS_BYTES, "one size");

struct kdump {
	const struct format_job *job;
	struct layout_kdump layout;

	/* the thread that places */
	uint64_t nr_descs; /* given out */
	uint64_t reserved; /* bytes of their table */
	uint64_t next_pfn; /* all before it were placed */
	uint64_t bits_at;  /* byte offset in the second bitmap of bits[0] */
	size_t bits_bytes;
	bool bits_set; /* some of them */
	uint8_t bits[BITMAP_STREAM_BYTES];

	struct pack pack[]; /* one for each worker */
};

static size_t kdump_worker_memory(const struct format_job *job)
{
	return pack_memory(&job->codec, job->src->page_bytes);
}

static void collect_facts(const struct format_job *job, struct layout_kdump_facts *facts)
{
	const struct vmcore *src = job->src;
	int64_t phys_base;

	memset(facts, 0, sizeof(*facts));
	facts->swap = src->core.swap;
	facts->page_bytes = src->page_bytes;
	facts->nr_cpus = src->nr_prstatus;
	facts->dump_level = job->dump_level;
	facts->codec_flag = job->codec.encoder->page_flag;
	if (vmcoreinfo_signed(&src->info, "NUMBER", "phys_base", &phys_base))
		facts->phys_base = (uint64_t)phys_base;
	facts->notes_bytes = src->notes_bytes;
	facts->info_at = src->info_at;
	facts->info_bytes = src->info.bytes;
	memcpy(facts->uts, job->uts, sizeof(facts->uts)); /* the same six, in the same order */
	vmcoreinfo_number(&src->info, "CRASHTIME", NULL, &facts->crash_s);
}

static void kdump_close(void *state)
{
	struct kdump *k = state;

	for (unsigned int i = 0; i < k->job->threads; i++)
		pack_close(&k->pack[i]);
	layout_kdump_free(&k->layout);
	free(k);
}

static int kdump_open(const struct format_job *job, void **state)
{
	struct kdump *k = calloc(1, sizeof(*k) + job->threads * sizeof(k->pack[0]));
	struct layout_kdump_facts facts;
	int err;

	if (!k)
		return -ENOMEM;
	k->job = job;
	collect_facts(job, &facts);
	err = layout_kdump_plan(&k->layout, &job->src->map, &facts);
	if (err == -EFBIG)
		log_line("%s has addresses or notes that kdump cannot hold; --format elf can",
			 job->src->name);
	for (unsigned int i = 0; i < job->threads && !err; i++)
		err = pack_open(&k->pack[i], job->src, &job->codec, k->layout.zero_at);
	if (err) {
		kdump_close(k);
		return err;
	}
	*state = k;
	return 0;
}

/*
 * The first bitmap is known at once, and where the second has bits; where there is no memory both
 * stay holes.
 */
static int write_bitmaps(struct kdump *k)
{
	const struct memmap *map = &k->job->src->map;
	const struct layout_kdump *lay = &k->layout;
	const uint64_t piece = k->job->out->is_stream ? sizeof(k->bits) : BITMAP1_FILE_BYTES;
	uint64_t pfn = 0;
	size_t i;
	int err = 0;

	while (!err && (i = memmap_from(map, pfn * lay->page_bytes)) < map->nr_extents) {
		const uint64_t next = map->extents[i].paddr / lay->page_bytes;
		uint64_t at, bytes = piece;

		at = (next > pfn ? next : pfn) / 8 / piece * piece;
		pfn = at * 8;
		if (bytes > lay->bitmap_bytes - at)
			bytes = lay->bitmap_bytes - at;
		layout_kdump_bitmap1(lay, map, pfn, k->bits, bytes);
		err = output_write(k->job->out, k->bits, bytes, lay->bitmap1_at + at);
		if (!err)
			err = output_reserve(k->job->out, bytes, lay->bitmap2_at + at);
		pfn += piece * 8;
		if (pfn >= lay->max_pfn)
			break;
	}
	memset(k->bits, 0, sizeof(k->bits));
	return err;
}

/* A file has a hole there; a stream may end before it, when nothing else is stored. */
static int write_zeros(struct kdump *k)
{
	const uint64_t end = k->layout.data_at;
	int err = 0;

	for (uint64_t at = k->layout.zero_at, part; at < end && !err; at += part) {
		part = end - at < sizeof(k->bits) ? end - at : sizeof(k->bits);
		err = output_write(k->job->out, k->bits, part, at);
	}
	return err;
}

/* In a stream nothing can be written twice: there the headers come last, and once. */
static int kdump_begin(void *state)
{
	struct kdump *k = state;
	const struct layout_kdump *lay = &k->layout;
	struct output *out = k->job->out;
	int err = output_place(out, lay->descs_at, lay->data_at);

	k->bits_bytes = out->is_stream ? BITMAP_STREAM_BYTES : BITMAP_FILE_BYTES(lay->page_bytes);
	if (!err && !out->is_stream)
		err = output_write(out, lay->head, lay->head_bytes, 0);
	if (!err)
		err = format_copy_notes(k->job, lay->notes_at);
	if (!err)
		err = write_bitmaps(k);
	return err || !out->is_stream ? err : write_zeros(k);
}

static int flush_bits(struct kdump *k)
{
	struct output *out = k->job->out;
	const uint64_t at = k->layout.bitmap2_at + k->bits_at;
	uint64_t bytes = k->bits_bytes;

	if (!k->bits_set)
		return 0;
	if (bytes > k->layout.bitmap_bytes - k->bits_at)
		bytes = k->layout.bitmap_bytes - k->bits_at;
	/* after an error as well: it says where the pages are that fitted */
	return out->is_stream ? output_write(out, k->bits, bytes, at)
			      : output_table(out, k->bits, bytes, at);
}

/* Room for the descriptors of the next chunk, before its data takes the last of a disk. */
static int reserve_descs(struct kdump *k)
{
	const uint64_t all = k->layout.nr_descs * KDUMP_DESC_BYTES;
	uint64_t bytes = all - k->reserved;
	int err;

	if (k->nr_descs * KDUMP_DESC_BYTES + CHUNK_PAGES * KDUMP_DESC_BYTES <= k->reserved ||
	    !bytes)
		return 0;
	bytes = bytes < RESERVE_BYTES ? bytes : RESERVE_BYTES;
	err = output_reserve(k->job->out, bytes, k->layout.descs_at + k->reserved);
	k->reserved += bytes;
	return err;
}

/* A chunk's PFNs lie in one piece: both begin at a multiple, and a chunk has the fewer pages. */
static int kdump_place(void *state, struct chunk *c)
{
	struct kdump *k = state;
	const uint64_t pfn = c->paddr / c->page_bytes;
	const uint64_t bits_at = pfn / 8 / k->bits_bytes * k->bits_bytes;
	const unsigned int pages = chunk_pages(c);
	int err = 0;

	if (bits_at != k->bits_at) {
		err = flush_bits(k);
		memset(k->bits, 0, k->bits_bytes);
		k->bits_set = false;
		k->bits_at = bits_at;
	}
	if (!err)
		err = reserve_descs(k);
	/* two pieces of one page: whoever came first puts the whole of it together */
	if (pfn < k->next_pfn)
		chunk_bit_set(c->drop, 0);
	k->next_pfn = pfn + pages;
	c->first_desc = k->nr_descs;
	for (unsigned int i = 0; i < pages; i++) {
		const uint64_t bit = pfn + i - bits_at * 8;

		if (chunk_bit(c->drop, i))
			continue;
		k->bits[bit / 8] |= (uint8_t)(1u << bit % 8);
		k->nr_descs++;
		k->bits_set = true;
	}
	return err;
}

static int kdump_save(void *state, unsigned int worker, struct chunk *c)
{
	struct kdump *k = state;
	const struct layout_kdump *lay = &k->layout;
	struct pack *p = &k->pack[worker];
	const unsigned int pages = chunk_pages(c);
	uint8_t descs[CHUNK_PAGES * KDUMP_DESC_BYTES], *desc = descs;
	uint64_t at = 0;
	int err = 0;

	pack_chunk(p, c);
	if (p->out_bytes)
		err = output_append(k->job->out, p->out, p->out_bytes, &at);
	if (err)
		return err;
	for (unsigned int i = 0; i < pages; i++) {
		const struct pack_page *page = &p->page[i];

		if (chunk_bit(c->drop, i))
			continue;
		/* a page that was lost keeps its descriptor all zeros: it is missing */
		layout_kdump_desc(lay, desc, page->at + (page->where == PACK_HERE ? at : 0),
				  page->bytes, page->flag);
		desc += KDUMP_DESC_BYTES;
	}
	pack_placed(p, at);
	return output_table(k->job->out, descs, (size_t)(desc - descs),
			    lay->descs_at + c->first_desc * KDUMP_DESC_BYTES);
}

static int kdump_finish(void *state, bool complete)
{
	struct kdump *k = state;
	struct output *out = k->job->out;
	int err = flush_bits(k);

	if (!complete)
		return err;
	if (!err)
		err = output_flush(out); /* before the headers call it complete */
	layout_kdump_complete(&k->layout);
	return err ? err : output_write(out, k->layout.head, k->layout.head_bytes, 0);
}

static uint64_t kdump_least_bytes(const void *state)
{
	const struct kdump *k = state;

	return k->layout.data_at;
}

static uint64_t kdump_dump_bytes(const void *state)
{
	const struct kdump *k = state;

	return output_end(k->job->out);
}

const struct format format_kdump = {
	.name = "kdump",
	.encodes = true,
	.worker_memory = kdump_worker_memory,
	.open = kdump_open,
	.begin = kdump_begin,
	.place = kdump_place,
	.save = kdump_save,
	.finish = kdump_finish,
	.least_bytes = kdump_least_bytes,
	.dump_bytes = kdump_dump_bytes,
	.close = kdump_close,
};

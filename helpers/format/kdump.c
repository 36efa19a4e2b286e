// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kdump.c - the dump as kdump-compressed
 * In: chunks.  Out: their pages encoded, in any order; bitmaps and page descriptors with their
 * offsets; headers, which in a file first mark the dump as incomplete and are rewritten at the end,
 * and in a stream are written once, at the end.
 * Does not know: why a page is dropped; how the output stores bytes.
 *
 * The data of a chunk is written before its descriptors, so that at any time every page with a
 * descriptor is valid.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../encode/page_pack.h"
#include "../filter/utsname.h"
#include "../sink/output.h"
#include "../source/chunk.h"
#include "../source/vmcore.h"
#include "../util/log.h"
#include "format.h"
#include "kdump_layout.h"

/*
 * The second bitmap is written in pieces.  In a file the pieces are small, so that only the bits of
 * 2 MiB of memory (pages of 4 KiB) or 4 MiB (64 KiB) are missing if the copy is killed.  In a
 * stream the pieces are large, because crash sorts pieces slowly.
 */
#define BITMAP_FILE_BYTES(page_bytes) ((page_bytes) > 32768 ? 8u : 64u * 4096 / (page_bytes))
#define BITMAP_STREAM_BYTES	      65536u

/* Space for descriptors is reserved in steps of this size, which is enough for 21 chunks. */
#define RESERVE_BYTES 65536u

/* Bytes of one write of the first bitmap to a file: a block of a file system. */
#define BITMAP1_FILE_BYTES 4096u

_Static_assert(sizeof(struct crashed_utsname) == KDUMP_UTS_FIELDS * KDUMP_UTS_BYTES,
	       "the names of the crashed kernel must fill the uts fields of the header");

struct kdump {
	const struct format_job *job;
	struct kdump_layout layout;

	/* used by the thread that assigns offsets */
	uint64_t nr_descs; /* number of assigned descriptors */
	uint64_t reserved; /* bytes reserved for descriptors */
	uint64_t next_pfn; /* PFN after the last page of the previous chunk */
	uint64_t bits_at;  /* byte offset of bits[0] in the second bitmap */
	size_t bits_bytes;
	bool bits_set; /* bits[] is not all zeros */
	uint8_t bits[BITMAP_STREAM_BYTES];

	struct page_pack pack[]; /* one for each worker */
};

static size_t kdump_worker_memory(const struct format_job *job)
{
	return page_pack_memory(&job->codec, job->src->page_bytes);
}

static void collect_facts(const struct format_job *job, struct kdump_layout_facts *facts)
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
	memcpy(facts->uts, job->uts,
	       sizeof(facts->uts)); /* both have the same six fields in the same order */
	vmcoreinfo_number(&src->info, "CRASHTIME", NULL, &facts->crash_s);
}

static void kdump_close(void *state)
{
	struct kdump *k = state;

	for (unsigned int i = 0; i < k->job->threads; i++)
		page_pack_close(&k->pack[i]);
	kdump_layout_free(&k->layout);
	free(k);
}

static int kdump_open(const struct format_job *job, void **state)
{
	struct kdump *k = calloc(1, sizeof(*k) + job->threads * sizeof(k->pack[0]));
	struct kdump_layout_facts facts;
	int err;

	if (!k)
		return -ENOMEM;
	k->job = job;
	collect_facts(job, &facts);
	err = kdump_layout_plan(&k->layout, &job->src->map, &facts);
	if (err == -EFBIG)
		log_line("%s: addresses or notes do not fit in the kdump format: use --format elf",
			 job->src->name);
	for (unsigned int i = 0; i < job->threads && !err; i++)
		err = page_pack_open(&k->pack[i], job->src, &job->codec, k->layout.zero_at);
	if (err) {
		kdump_close(k);
		return err;
	}
	*state = k;
	return 0;
}

/*
 * Write the first bitmap and reserve the parts of the second that may have bits.  Parts without
 * memory remain holes in both bitmaps.
 */
static int write_bitmaps(struct kdump *k)
{
	const struct memmap *map = &k->job->src->map;
	const struct kdump_layout *lay = &k->layout;
	const uint64_t piece =
		output_is_sequential(k->job->out) ? sizeof(k->bits) : BITMAP1_FILE_BYTES;
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
		kdump_layout_bitmap1(lay, map, pfn, k->bits, bytes);
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

/* Write the page of zeros to a stream, as the dump may end with it.  In a file it is a hole. */
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

/* In a stream no byte can be written twice, so the headers are written once, at the end. */
static int kdump_begin(void *state)
{
	struct kdump *k = state;
	const struct kdump_layout *lay = &k->layout;
	struct output *out = k->job->out;
	int err = output_set_layout(out, lay->descs_at, lay->data_at);

	k->bits_bytes = output_is_sequential(out) ? BITMAP_STREAM_BYTES
						  : BITMAP_FILE_BYTES(lay->page_bytes);
	if (!err && !output_is_sequential(out))
		err = output_write(out, lay->head, lay->head_bytes, 0);
	if (!err)
		err = format_copy_notes(k->job, lay->notes_at);
	if (!err)
		err = write_bitmaps(k);
	return err || !output_is_sequential(out) ? err : write_zeros(k);
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
	/*
	 * a file needs output_table(), which also writes after an error: without these bits readers
	 * do not find the stored pages
	 */
	return output_is_sequential(out) ? output_write(out, k->bits, bytes, at)
					 : output_table(out, k->bits, bytes, at);
}

/* Reserve space for the descriptors of the next chunk, before its data fills the disk. */
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

/*
 * All PFNs of a chunk are in one piece of the bitmap: chunks and pieces are aligned to their sizes,
 * and a chunk is not larger than a piece.
 */
static int kdump_assign_offsets(void *state, struct chunk *c)
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
	/* page 0 of this chunk began in the previous chunk, whose worker assembles the page */
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
	const struct kdump_layout *lay = &k->layout;
	struct page_pack *p = &k->pack[worker];
	const unsigned int pages = chunk_pages(c);
	uint8_t descs[CHUNK_PAGES * KDUMP_DESC_BYTES], *desc = descs;
	uint64_t at = 0;
	int err = 0;

	page_pack_chunk(p, c);
	if (p->out_bytes)
		err = output_append(k->job->out, p->out, p->out_bytes, &at);
	if (err)
		return err;
	for (unsigned int i = 0; i < pages; i++) {
		const struct page_pack_page *page = &p->page[i];

		if (chunk_bit(c->drop, i))
			continue;
		/* the descriptor of a lost page is all zeros, which marks the page as missing */
		kdump_layout_desc(lay, desc, page->at + (page->where == PAGE_PACK_HERE ? at : 0),
				  page->bytes, page->flag);
		desc += KDUMP_DESC_BYTES;
	}
	page_pack_placed(p, at);
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
	/* all data must be durable before the headers mark the dump as complete */
	if (!err)
		err = output_flush(out);
	kdump_layout_complete(&k->layout);
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
	.assign_offsets = kdump_assign_offsets,
	.save = kdump_save,
	.finish = kdump_finish,
	.least_bytes = kdump_least_bytes,
	.dump_bytes = kdump_dump_bytes,
	.close = kdump_close,
};

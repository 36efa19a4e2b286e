// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * page_pack.c - encode the pages of a chunk to one buffer without gaps
 * In: a chunk with data, a codec.  Out: encoded pages and their offsets.
 * Does not know: the offset of the buffer in the dump, the code that writes it.
 */
#include "page_pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../filter/constpage.h"
#include "../source/vmcore.h"
#include "../util/sigbus.h"

size_t page_pack_memory(const struct encoder_choice *codec, uint32_t page_bytes)
{
	return sizeof(struct page_pack) + CHUNK_BYTES + page_bytes +
	       codec->encoder->context_bytes(codec->level, page_bytes);
}

int page_pack_open(struct page_pack *p, const struct vmcore *src,
		   const struct encoder_choice *codec, uint64_t zero_at)
{
	memset(p, 0, sizeof(*p));
	p->src = src;
	p->codec = *codec;
	p->page_bytes = src->page_bytes;
	p->out = encoder_claim(CHUNK_BYTES);
	p->whole = encoder_claim(p->page_bytes);
	p->context = codec->encoder->open(codec->level, p->page_bytes);
	/* an unused entry has the word 0, so it must point to the page of zeros, too */
	for (unsigned int i = 0; i < PAGE_PACK_CONSTANTS; i++)
		p->constant[i].page =
			(struct page_pack_page){PAGE_PACK_FILE, zero_at, p->page_bytes, 0};
	if (p->out && p->whole && p->context)
		return 0;
	page_pack_close(p);
	return -ENOMEM;
}

/*
 * Returns the complete page @i.  A page that is only partly in the chunk is assembled in a buffer.
 * NULL: a page to be assembled cannot be read.
 */
static const uint8_t *whole_page(struct page_pack *p, const struct chunk *c, unsigned int i)
{
	const uint32_t at = chunk_page_offset(c, i);
	const uint64_t paddr = (c->paddr + at) / p->page_bytes * p->page_bytes;

	if (chunk_page_offset(c, i + 1) - at == p->page_bytes)
		return c->data + at;
	return vmcore_read_phys(p->src, paddr, p->whole, p->page_bytes) ? p->whole : NULL;
}

static struct page_pack_constant *find_constant(struct page_pack *p, uint64_t word)
{
	for (unsigned int i = 0; i < PAGE_PACK_CONSTANTS; i++)
		if (p->constant[i].word == word)
			return &p->constant[i];
	return NULL;
}

static void remember_constant(struct page_pack *p, uint64_t word, const struct page_pack_page *page)
{
	/* Entry 0, the zeros, is never replaced. */
	p->next_constant = p->next_constant % (PAGE_PACK_CONSTANTS - 1) + 1;
	p->constant[p->next_constant].word = word;
	p->constant[p->next_constant].page = *page;
}

/*
 * Append the page at @data to out[], encoded if that makes the page smaller.  Returns its location.
 */
static struct page_pack_page encode(struct page_pack *p, const uint8_t *data)
{
	struct page_pack_page page = {.where = PAGE_PACK_HERE, .at = p->out_bytes};
	size_t bytes = p->codec.encoder->page(p->context, p->out + p->out_bytes,
					      CHUNK_BYTES - p->out_bytes, data, p->page_bytes);

	page.bytes = (uint32_t)bytes;
	page.flag = p->codec.encoder->page_flag;
	if (!bytes) {
		memcpy(p->out + p->out_bytes, data, p->page_bytes);
		page.bytes = p->page_bytes;
		page.flag = 0;
	}
	p->out_bytes += page.bytes;
	return page;
}

struct packing_pages {
	struct page_pack *pack;
	struct chunk *chunk;
	volatile unsigned int i; /* volatile: must survive siglongjmp() after a SIGBUS */
};

static void pack_page(struct page_pack *p, struct chunk *c, unsigned int i)
{
	const uint8_t *data = whole_page(p, c, i);
	const struct page_pack_constant *known = NULL;
	bool is_constant;
	uint64_t word;

	if (!data) {
		chunk_bit_set(c->lost, i);
		return;
	}
	is_constant = constpage_test(data, p->page_bytes, &word);
	if (is_constant)
		known = find_constant(p, word);
	if (known) {
		p->page[i] = known->page;
		c->zero_pages += word == 0;
		return;
	}
	p->page[i] = encode(p, data);
	chunk_bit_set(c->keep, i);
	if (is_constant)
		remember_constant(p, word, &p->page[i]);
}

static void pack_pages(void *arg)
{
	struct packing_pages *k = arg;
	const unsigned int pages = chunk_pages(k->chunk);

	for (; k->i < pages; k->i++) {
		k->pack->page[k->i] = (struct page_pack_page){PAGE_PACK_NOWHERE, 0, 0, 0};
		if (!chunk_bit(k->chunk->drop, k->i) && !chunk_bit(k->chunk->lost, k->i))
			pack_page(k->pack, k->chunk, k->i);
	}
}

void page_pack_chunk(struct page_pack *p, struct chunk *c)
{
	struct packing_pages k = {.pack = p, .chunk = c};

	p->out_bytes = 0;
	while (!sigbus_run(pack_pages, &k))
		chunk_bit_set(c->lost, k.i++);
}

void page_pack_placed(struct page_pack *p, uint64_t at)
{
	for (unsigned int i = 0; i < PAGE_PACK_CONSTANTS; i++) {
		struct page_pack_page *page = &p->constant[i].page;

		if (page->where == PAGE_PACK_HERE) {
			page->where = PAGE_PACK_FILE;
			page->at += at;
		}
	}
}

void page_pack_close(struct page_pack *p)
{
	if (p->context)
		p->codec.encoder->close(p->context);
	free(p->out);
	free(p->whole);
	p->context = NULL;
	p->out = p->whole = NULL;
}

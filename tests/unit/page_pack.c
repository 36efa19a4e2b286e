// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * page_pack.c - pages encoded without gaps: constant pages are stored once, unreadable pages are
 * lost, and pages in pieces are assembled
 */
#include "unit.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <zstd.h>

#include "encode/page_pack.h"
#include "source/vmcore.h"
#include "util/sigbus.h"

#define PAGE	4096u
#define PAGES	8u
#define ZERO_AT 0x100000u

struct bench {
	struct vmcore src;
	struct memmap_extent extent;
	struct chunk c;
	struct page_pack p;
	uint8_t *map; /* PAGES pages of a file at paddr 0x10000 */
};

static void fill_page(uint8_t *page, char what, unsigned int nr)
{
	uint64_t seed = nr * UINT64_C(6364136223846793005) + 1;

	for (unsigned int i = 0; i < PAGE; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		switch (what) {
		case 'n': /* noise */
			page[i] = (uint8_t)(seed >> 40);
			break;
		case 't': /* text */
			page[i] = (uint8_t)("the kernel log "[i % 15] + (i % 97 == nr));
			break;
		case '0':
			page[i] = 0;
			break;
		default: /* one value in all bytes */
			page[i] = (uint8_t)what;
		}
	}
}

/* Fill the pages; each letter of @what selects the content of one page. */
static void set(struct bench *b, const char *what)
{
	for (unsigned int i = 0; i < PAGES && what[i]; i++)
		fill_page(b->map + i * PAGE, what[i], i);
	memset(b->c.drop, 0, sizeof(b->c.drop));
	memset(b->c.keep, 0, sizeof(b->c.keep));
	memset(b->c.lost, 0, sizeof(b->c.lost));
	b->c.paddr = 0x10000;
	b->c.bytes = PAGES * PAGE;
	b->c.page_bytes = PAGE;
	b->c.data = b->map;
}

static void begin(struct bench *b, const struct encoder *encoder)
{
	const struct encoder_choice codec = {encoder, encoder->level_default};
	char name[] = "/tmp/unit-pack-XXXXXX";

	memset(b, 0, sizeof(*b));
	b->src.fd = mkstemp(name);
	assert_true(b->src.fd >= 0);
	unlink(name);
	assert_int_equal(ftruncate(b->src.fd, PAGES * PAGE), 0);
	b->map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, b->src.fd, 0);
	assert_true(b->map != MAP_FAILED);
	b->extent = (struct memmap_extent){0x10000, PAGES * PAGE, 0};
	b->src.map.extents = &b->extent;
	b->src.map.nr_extents = 1;
	b->src.page_bytes = PAGE;
	assert_int_equal(sigbus_init(), 0);
	assert_int_equal(page_pack_open(&b->p, &b->src, &codec, ZERO_AT), 0);
}

static void end(struct bench *b)
{
	page_pack_close(&b->p);
	munmap(b->map, PAGES * PAGE);
	close(b->src.fd);
}

/* Check that page @i is in out[] and is equal to @want. */
static void is_here(const struct bench *b, unsigned int i, const uint8_t *want)
{
	const struct page_pack_page *page = &b->p.page[i];
	uint8_t back[PAGE + 1];

	expect(page->where == PAGE_PACK_HERE && page->bytes &&
		       page->at + page->bytes <= b->p.out_bytes,
	       "page %u has %u bytes at offset %llu", i, page->bytes, (unsigned long long)page->at);
	if (!page->flag) {
		assert_int_equal(page->bytes, PAGE);
		assert_memory_equal(b->p.out + page->at, want, PAGE);
		return;
	}
	assert_int_equal(page->flag, 0x20);
	assert_int_equal(ZSTD_decompress(back, sizeof(back), b->p.out + page->at, page->bytes),
			 PAGE);
	assert_memory_equal(back, want, PAGE);
}

static void is_in_dump(const struct bench *b, unsigned int i, uint64_t at)
{
	expect(b->p.page[i].where == PAGE_PACK_FILE && b->p.page[i].at == at,
	       "page %u: where %d, offset %#llx", i, b->p.page[i].where,
	       (unsigned long long)b->p.page[i].at);
}

static void kinds(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, &zstd_encoder);
	set(&b, "tn0ttn0t");
	page_pack_chunk(&b.p, &b.c);
	for (unsigned int i = 0; i < PAGES; i++)
		if (i % 4 == 2)
			is_in_dump(&b, i, ZERO_AT);
		else
			is_here(&b, i, b.map + i * PAGE);
	assert_int_equal(b.p.page[1].flag, 0);
	assert_int_equal(b.p.page[0].flag, 0x20);
	assert_int_equal(b.c.keep[0], 0xbb);
	assert_int_equal(b.c.lost[0], 0);
	assert_true(b.p.out_bytes < 4 * PAGE); /* two pages of noise, four of text */
	end(&b);
}

/* No two pages share bytes of out[], and each byte belongs to a page. */
static void side_by_side(void **state)
{
	struct bench b;
	uint32_t sum = 0;

	(void)state;
	begin(&b, &zstd_encoder);
	set(&b, "tntntntn");
	page_pack_chunk(&b.p, &b.c);
	for (unsigned int i = 0; i < PAGES; i++) {
		assert_int_equal(b.p.page[i].at, sum);
		sum += b.p.page[i].bytes;
	}
	assert_int_equal(b.p.out_bytes, sum);
	/* the next chunk starts with an empty out[] */
	set(&b, "nnnnnnnn");
	page_pack_chunk(&b.p, &b.c);
	assert_int_equal(b.p.page[0].at, 0);
	assert_int_equal(b.p.out_bytes, PAGES * PAGE);
	end(&b);
}

static void dropped(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, &none_encoder);
	set(&b, "nnnnnnnn");
	b.c.drop[0] = 0x0f;
	b.c.lost[0] = 0x30;
	page_pack_chunk(&b.p, &b.c);
	for (unsigned int i = 0; i < 6; i++) {
		assert_int_equal(b.p.page[i].where, PAGE_PACK_NOWHERE);
		assert_int_equal(b.p.page[i].bytes, 0);
		assert_int_equal(b.p.page[i].at, 0);
	}
	is_here(&b, 6, b.map + 6 * PAGE);
	assert_int_equal(b.c.keep[0], 0xc0);
	assert_int_equal(b.c.lost[0], 0x30);
	assert_int_equal(b.p.out_bytes, 2 * PAGE);
	end(&b);
}

static void constants(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, &zstd_encoder);
	set(&b, "kkn\xffk\xff"
		"00");
	page_pack_chunk(&b.p, &b.c);
	/* within a chunk: equal pages have the offset of the first of them */
	is_here(&b, 0, b.map);
	is_here(&b, 3, b.map + 3 * PAGE);
	assert_int_equal(b.p.page[1].at, b.p.page[0].at);
	assert_int_equal(b.p.page[4].at, b.p.page[0].at);
	assert_int_equal(b.p.page[5].at, b.p.page[3].at);
	assert_int_equal(b.c.keep[0], 0x0d);
	/* in later chunks: the page has its offset in the dump */
	page_pack_placed(&b.p, 0x700000);
	set(&b, "k\xffk0n00k");
	const uint64_t k_at = 0x700000 + b.p.page[0].at, f_at = 0x700000 + b.p.page[3].at;

	page_pack_chunk(&b.p, &b.c);
	is_in_dump(&b, 0, k_at);
	is_in_dump(&b, 1, f_at);
	is_in_dump(&b, 7, k_at);
	is_in_dump(&b, 3, ZERO_AT);
	is_here(&b, 4, b.map + 4 * PAGE);
	assert_int_equal(b.c.keep[0], 0x10);
	assert_true(b.p.page[0].bytes < 100 && b.p.page[0].flag == 0x20);
	/* the offset of a page from the first chunk does not change with the second chunk */
	page_pack_placed(&b.p, 0x900000);
	set(&b, "kkkkkkkk");
	page_pack_chunk(&b.p, &b.c);
	is_in_dump(&b, 7, k_at);
	assert_int_equal(b.p.out_bytes, 0);
	end(&b);
}

/* With more values than are remembered, each page is still correct; zeros are always remembered. */
static void many_constants(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, &zstd_encoder);
	for (unsigned int round = 0; round < 5; round++) {
		set(&b, "abcdefgh");
		page_pack_chunk(&b.p, &b.c);
		for (unsigned int i = 0; i < PAGES; i++)
			is_here(&b, i, b.map + i * PAGE); /* 8 values, 7 remembered */
		page_pack_placed(&b.p, 0x10000 * (round + 1));
	}
	set(&b, "0h0");
	page_pack_chunk(&b.p, &b.c);
	is_in_dump(&b, 0, ZERO_AT);
	is_in_dump(&b, 2, ZERO_AT);
	assert_int_equal(b.p.page[1].where, PAGE_PACK_FILE);
	end(&b);
}

/* Real SIGBUS: the file ends in the middle of the chunk. */
static void unreadable(void **state)
{
	(void)state;
	for (unsigned int left = 0; left <= PAGES; left++) {
		struct bench b;

		begin(&b, &zstd_encoder);
		set(&b, "tntntntn");
		assert_int_equal(ftruncate(b.src.fd, left * PAGE), 0);
		page_pack_chunk(&b.p, &b.c);
		expect(b.c.lost[0] == (0xffu & ~0u << left) && b.c.keep[0] == 0xffu >> (8 - left),
		       "%u pages left: lost %#llx, kept %#llx", left,
		       (unsigned long long)b.c.lost[0], (unsigned long long)b.c.keep[0]);
		for (unsigned int i = 0; i < PAGES; i++)
			if (i < left)
				is_here(&b, i, b.map + i * PAGE);
			else
				assert_int_equal(b.p.page[i].where, PAGE_PACK_NOWHERE);
		end(&b);
	}
}

/* The chunk starts and ends inside a page: the rest of both pages is read, is zeros, or is lost. */
static void pieces(void **state)
{
	uint8_t want[PAGE];
	struct bench b;

	(void)state;
	begin(&b, &zstd_encoder);
	set(&b, "tntntntn");
	b.c.paddr += 0x800;
	b.c.bytes = 2 * PAGE;
	b.c.data += 0x800;
	page_pack_chunk(&b.p, &b.c);
	for (unsigned int i = 0; i < 3; i++)
		is_here(&b, i, b.map + i * PAGE);
	assert_int_equal(b.c.keep[0], 7);
	/* now the source has only the bytes of the chunk */
	b.extent = (struct memmap_extent){0x10800, 2 * PAGE, 0x800};
	page_pack_chunk(&b.p, &b.c);
	memset(want, 0, PAGE);
	memcpy(want + 0x800, b.map + 0x800, 0x800);
	is_here(&b, 0, want);
	memset(want, 0, PAGE);
	memcpy(want, b.map + 2 * PAGE, 0x800);
	is_here(&b, 2, want);
	/* now the rest of the pages cannot be read: both pages are lost */
	b.extent = (struct memmap_extent){0x10000, 64 * PAGE, 62 * PAGE};
	memset(b.c.keep, 0, sizeof(b.c.keep));
	page_pack_chunk(&b.p, &b.c);
	assert_int_equal(b.c.lost[0], 5);
	assert_int_equal(b.c.keep[0], 2);
	end(&b);
}

static void memory(void **state)
{
	const struct encoder_choice codec = {&zstd_encoder, 1};

	(void)state;
	assert_true(page_pack_memory(&codec, PAGE) >= sizeof(struct page_pack) + CHUNK_BYTES +
							      PAGE +
							      zstd_encoder.context_bytes(1, PAGE));
	assert_true(page_pack_memory(&codec, PAGE) < (1u << 20));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),	  cmocka_unit_test(side_by_side),
		cmocka_unit_test(dropped),	  cmocka_unit_test(constants),
		cmocka_unit_test(many_constants), cmocka_unit_test(unreadable),
		cmocka_unit_test(pieces),	  cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests_name("page_pack", tests, NULL, NULL);
}

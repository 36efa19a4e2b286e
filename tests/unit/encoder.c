// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * encoder.c - pages compressed by each codec, and decompressed by the library of the format
 *
 * The decompressors are libzstd, liblzo2's safe decompressor and zlib's uncompress(), so that
 * libdeflate is not checked against itself.
 */
#include "unit.h"

#include <sys/mman.h>
#include <unistd.h>

#include <lzo/lzo1x.h>
#include <zlib.h>
#include <zstd.h>

#include "encode/encoder.h"

#define PAGE_MAX (256u << 10)
#define GUARD	 4096 /* bytes */
#define GUARDED	 0x5c

static uint8_t page[PAGE_MAX], back[PAGE_MAX + 1];
static uint8_t room[GUARD + 2 * PAGE_MAX + GUARD];
static uint8_t *const out = room + GUARD;

/* ---- decompressors: whether the @n bytes in out decode to exactly @bytes bytes in back --- */

static bool zstd_judge(size_t n, size_t bytes)
{
	return ZSTD_getFrameContentSize(out, n) == bytes &&
	       ZSTD_findFrameCompressedSize(out, n) == n && ZSTD_getDictID_fromFrame(out, n) == 0 &&
	       ZSTD_decompress(back, sizeof(back), out, n) == bytes;
}

static bool lzo_judge(size_t n, size_t bytes)
{
	lzo_uint got = sizeof(back);

	return lzo1x_decompress_safe(out, n, back, &got, NULL) == LZO_E_OK && got == bytes;
}

static bool zlib_judge(size_t n, size_t bytes)
{
	uLongf got = sizeof(back);
	uLong used = n;

	return uncompress2(back, &got, out, &used) == Z_OK && got == bytes && used == n;
}

static const struct {
	const struct encoder *encoder;
	bool (*judge)(size_t n, size_t bytes);
	uint32_t page_flag;
	int level; /* the default, or a level with its own code */
} codecs[] = {
	{&zstd_encoder, zstd_judge, 0x20, -1},
	{&zstd_encoder, zstd_judge, 0x20, 1},
	{&lzo_encoder, lzo_judge, 0x2, 0},
	{&zlib_encoder, zlib_judge, 0x1, 1},
};

/* ---- pages ----------------------------------------------------------------------------- */

static uint32_t next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(*seed >> 40);
}

static void zeros(size_t bytes)
{
	memset(page, 0, bytes);
}

static void counter(size_t bytes)
{
	memset(page, 0xff, bytes);
	for (size_t i = 0; i + 8 <= bytes; i += 64)
		memcpy(page + i, &i, 8);
}

static void words(size_t bytes)
{
	static const char *const word[] = {"page ", "fault ", "at ", "kernel ",
					   "task ", "0x",     "\n"};
	uint64_t seed = 1;

	for (size_t i = 0; i < bytes;) {
		const char *w = word[next(&seed) % ROWS(word)];

		while (*w && i < bytes)
			page[i++] = (uint8_t)*w++;
	}
}

static void half_noise(size_t bytes)
{
	uint64_t seed = 2;

	for (size_t i = 0; i < bytes; i++)
		page[i] = i / 256 % 2 ? (uint8_t)next(&seed) : 'x';
}

static void noise(size_t bytes)
{
	uint64_t seed = 3;

	for (size_t i = 0; i < bytes; i++)
		page[i] = (uint8_t)next(&seed);
}

static const struct {
	const char *name;
	void (*fill)(size_t bytes);
} fills[] = {{"zeros", zeros}, {"counter", counter}, {"words", words}, {"half noise", half_noise}};

static const size_t sizes[] = {4096, 16384, 65536, PAGE_MAX};

/* ---- tests ----------------------------------------------------------------------------- */

static size_t encode(const struct encoder *e, void *context, size_t out_bytes, size_t bytes)
{
	size_t n;

	memset(out - GUARD, GUARDED, GUARD);
	memset(out + out_bytes, GUARDED, GUARD);
	n = e->page(context, out, out_bytes, page, bytes);
	for (size_t i = 0; i < GUARD; i++)
		expect(out[(ptrdiff_t)i - GUARD] == GUARDED && out[out_bytes + i] == GUARDED,
		       "%s wrote beyond its %zu bytes", e->name, out_bytes);
	expect(n <= out_bytes && (n < bytes || !n), "%s: %zu bytes encoded to %zu, room for %zu",
	       e->name, bytes, n, out_bytes);
	return n;
}

static void round_trip_level(size_t codec, int level, size_t page_bytes)
{
	const struct encoder *e = codecs[codec].encoder;
	void *context = e->open(level, page_bytes);

	expect(context, "%s:%d: no context", e->name, level);
	for (size_t f = 0; f < 4 * ROWS(fills); f++) {
		const size_t bytes = f % 4 < 2	  ? page_bytes
				     : f % 4 == 2 ? page_bytes - 1
						  : page_bytes / 2;
		const size_t out_bytes = f % 4 == 1 ? 2 * page_bytes : bytes;
		size_t n;

		fills[f / 4].fill(bytes);
		n = encode(e, context, out_bytes, bytes);
		expect(n, "%s:%d: %zu bytes of %s did not shrink", e->name, level, bytes,
		       fills[f / 4].name);
		expect(codecs[codec].judge(n, bytes) && memcmp(back, page, bytes) == 0,
		       "%s:%d: %zu bytes of %s are not equal", e->name, level, bytes,
		       fills[f / 4].name);
	}
	e->close(context);
}

static void round_trip(void **state)
{
	(void)state;
	for (size_t c = 0; c < ROWS(codecs); c++) {
		const struct encoder *e = codecs[c].encoder;

		for (size_t s = 0; s < ROWS(sizes); s++)
			round_trip_level(c, codecs[c].level, sizes[s]);
		for (int level = e->level_min; level <= e->level_max; level++)
			if (level) {
				round_trip_level(c, level, 4096);
				round_trip_level(c, level, 65536);
				if (level < 10) /* higher levels take seconds */
					round_trip_level(c, level, PAGE_MAX);
			}
	}
}

/* A context is used for many pages: data left from one page must not change the next. */
static void many_pages(void **state)
{
	(void)state;
	for (size_t c = 0; c < ROWS(codecs); c++) {
		const struct encoder *e = codecs[c].encoder;
		void *context = e->open(codecs[c].level, 4096);

		for (unsigned int i = 0; i < 2000; i++) {
			uint64_t seed = i;
			size_t n;

			words(4096);
			for (uint32_t k = next(&seed) % 600; k; k--)
				page[next(&seed) % 4096] = (uint8_t)next(&seed);
			n = encode(e, context, 4096, 4096);
			expect(n && codecs[c].judge(n, 4096) && !memcmp(back, page, 4096),
			       "%s: page %u differs", e->name, i);
		}
		e->close(context);
	}
}

static void no_gain(void **state)
{
	(void)state;
	for (size_t c = 0; c < ROWS(codecs); c++)
		for (size_t s = 0; s < ROWS(sizes); s++) {
			const struct encoder *e = codecs[c].encoder;
			void *context = e->open(codecs[c].level, sizes[s]);

			noise(sizes[s]);
			assert_int_equal(encode(e, context, sizes[s], sizes[s]), 0);
			assert_int_equal(encode(e, context, 2 * sizes[s], sizes[s]), 0);
			assert_int_equal(encode(e, context, 1, 1), 0);
			e->close(context);
		}
}

static void little_room(void **state)
{
	(void)state;
	for (size_t c = 0; c < ROWS(codecs); c++)
		for (size_t f = 0; f < ROWS(fills); f++) {
			const struct encoder *e = codecs[c].encoder;
			void *context = e->open(codecs[c].level, 4096);
			size_t need;

			fills[f].fill(4096);
			need = encode(e, context, 4096, 4096);
			for (size_t r = 0; r < need; r++)
				expect(!encode(e, context, r, 4096),
				       "%s: %s fits in %zu bytes, but needs %zu", e->name,
				       fills[f].name, r, need);
			assert_int_equal(encode(e, context, need + 16, 4096), need);
			assert_true(codecs[c].judge(need, 4096));
			e->close(context);
		}
}

static void none(void **state)
{
	void *context = none_encoder.open(0, 4096);

	(void)state;
	assert_non_null(context);
	zeros(4096);
	assert_int_equal(encode(&none_encoder, context, 4096, 4096), 0);
	assert_int_equal(none_encoder.context_bytes(0, 4096), 0);
	assert_int_equal(none_encoder.page_flag, 0);
	none_encoder.close(context);
}

/* This function is in the runtime of the sanitizers; gcc does not install its header. */
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void *, size_t),
					      void (*free_hook)(const volatile void *));

static size_t claims, claimed, freed;

static void on_malloc(const volatile void *p, size_t bytes)
{
	(void)p;
	claims++;
	claimed += bytes;
}

static void on_free(const volatile void *p)
{
	freed += p != NULL;
}

/* open() allocates exactly context_bytes(), in one call; page() allocates nothing. */
static void memory(void **state)
{
	(void)state;
	__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
	for (size_t c = 0; c < ROWS(codecs); c++)
		for (size_t s = 0; s < ROWS(sizes); s++) {
			const struct encoder *e = codecs[c].encoder;
			const size_t bytes = e->context_bytes(codecs[c].level, sizes[s]);
			void *context;

			assert_int_equal(e->page_flag, codecs[c].page_flag);
			claims = claimed = freed = 0;
			context = e->open(codecs[c].level, sizes[s]);
			words(sizes[s]);
			e->page(context, out, sizes[s], page, sizes[s]);
			e->close(context);
			print_message("# %s, pages of %zu KiB: %zu KiB\n", e->name, sizes[s] >> 10,
				      bytes >> 10);
			expect(claims == 1 && freed == 1 && claimed == bytes,
			       "%s: %zu allocations of %zu bytes, %zu freed, context_bytes() %zu",
			       e->name, claims, claimed, freed, bytes);
			expect(bytes < 16 * sizes[s] + (400u << 10), "%s: context of %zu bytes",
			       e->name, bytes);
		}
}

static void claim_is_real(void **state)
{
	const size_t unit = (size_t)sysconf(_SC_PAGESIZE), bytes = 64 * unit;
	uint8_t *p = encoder_claim(bytes), *first;
	unsigned char there[64];

	(void)state;
	assert_non_null(p);
	first = (uint8_t *)(((uintptr_t)p + unit - 1) / unit * unit);
	assert_int_equal(mincore(first, bytes - unit, there), 0);
	for (size_t i = 0; i < 63; i++)
		expect(there[i] & 1, "page %zu is not in memory", i);
	free(p);
}

static void choices(void **state)
{
	static const struct {
		const char *text;
		const struct encoder *encoder;
		int level;
		const char *why;
	} rows[] = {
		{"zstd", &zstd_encoder, -1, NULL},
		{"zstd:1", &zstd_encoder, 1, NULL},
		{"zstd:19", &zstd_encoder, 19, NULL},
		{"zstd:-7", &zstd_encoder, -7, NULL},
		{"zstd:20", NULL, 0, "zstd has levels -7 to 19 but 0, not '20'"},
		{"zstd:-8", NULL, 0, "not '-8'"},
		{"zstd:0", NULL, 0, "not '0'"},
		{"zstd:-0", NULL, 0, "not '-0'"},
		{"zstd:", NULL, 0, "not ''"},
		{"zstd:x", NULL, 0, "not 'x'"},
		{"zstd:1x", NULL, 0, "not '1x'"},
		{"zstd:1:2", NULL, 0, "not '1:2'"},
		{"zstd: 1", NULL, 0, "not ' 1'"},
		{"zstd:+1", NULL, 0, "not '+1'"},
		{"zstd:--1", NULL, 0, "not '--1'"},
		{"zstd:-", NULL, 0, "not '-'"},
		{"zstd:4294967297", NULL, 0, "not '4294967297'"},
		{"zstd:18446744073709551617", NULL, 0, "not '18446744073709551617'"},
		{"lzo", &lzo_encoder, 0, NULL},
		{"lzo:1", NULL, 0, "lzo has no levels"},
		{"lzo:", NULL, 0, "lzo has no levels"},
		{"zlib", &zlib_encoder, 1, NULL},
		{"zlib:9", &zlib_encoder, 9, NULL},
		{"zlib:10", NULL, 0, "zlib has levels 1 to 9, not '10'"},
		{"zlib:-1", NULL, 0, "not '-1'"},
		{"none", &none_encoder, 0, NULL},
		{"none:0", NULL, 0, "none has no levels"},
		{"", NULL, 0, "unknown codec '', built in: zstd lzo zlib none"},
		{":1", NULL, 0, "unknown codec ''"},
		{"ZSTD", NULL, 0, "unknown codec 'ZSTD'"},
		{"zst", NULL, 0, "unknown codec 'zst'"},
		{"zstdx:1", NULL, 0, "unknown codec 'zstdx'"},
		{"lz4", NULL, 0, "unknown codec 'lz4'"},
		{" zstd", NULL, 0, "unknown codec ' zstd'"},
		{"0123456789012345678901234567890123456789012345678901234567890", NULL, 0,
		 "unknown codec '0123456789012345678901234567890123456789', built in: zstd"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct encoder_choice c = {NULL, 99};
		char why[ENCODER_WHY_BYTES] = "";
		bool ok = encoder_parse(rows[i].text, &c, why);

		expect(ok == !rows[i].why && c.encoder == rows[i].encoder &&
			       c.level == (ok ? rows[i].level : 99),
		       "'%s': returned %d, level %d", rows[i].text, ok, c.level);
		expect(ok ? !*why : says(why, rows[i].why), "'%s': reason %s", rows[i].text, why);
	}
	assert_ptr_equal(encoder_default().encoder, &zstd_encoder);
	assert_int_equal(encoder_default().level, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),	 cmocka_unit_test(many_pages),
		cmocka_unit_test(no_gain),	 cmocka_unit_test(little_room),
		cmocka_unit_test(none),		 cmocka_unit_test(memory),
		cmocka_unit_test(claim_is_real), cmocka_unit_test(choices),
	};

	return cmocka_run_group_tests_name("encoder", tests, NULL, NULL);
}

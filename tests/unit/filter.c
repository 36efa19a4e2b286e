// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter.c - each kind of page, in each kernel version, on each architecture: all pairs of a
 * version and an architecture at levels 0 and 31, a third of the pairs also at each level with one
 * bit
 */
#include "crashed_pages.h"

#include "source/chunk.h"

static uint8_t got[CRASHED_PFNS];

static void mark_all(struct filter *f)
{
	const uint64_t page = crashed.arch->page_bytes, end = CRASHED_PFNS * page;

	memset(got, 0, sizeof(got));
	for (uint64_t at = 0; at < end;) {
		struct chunk c = {.paddr = at, .page_bytes = (uint32_t)page};

		c.bytes = CHUNK_BYTES - (uint32_t)(at % CHUNK_BYTES);
		if (c.bytes > end - at)
			c.bytes = (uint32_t)(end - at);
		filter_mark(f, &c);
		for (unsigned int i = 0; i < chunk_pages(&c); i++)
			got[at / page + i] = chunk_bit(c.drop, i);
		at += c.bytes;
	}
	filter_finish(f);
}

static void check_level(unsigned int level)
{
	uint64_t dropped = 0, counted = 0;
	struct filter f;

	filter_init(&f, level, &crashed.vtop, &crashed.info, crashed.arch->page_bytes);
	mark_all(&f);
	for (uint64_t pfn = 0; pfn < CRASHED_PFNS; pfn++) {
		dropped += got[pfn];
		expect(got[pfn] == is_dropped(want[pfn], level),
		       "%s, %s, level %u, page %llu, %s: %s", crashed.arch->name, crashed.gen->name,
		       level, (unsigned long long)pfn, what[pfn] ? what[pfn] : "nothing",
		       got[pfn] ? "excluded" : "kept");
	}
	for (unsigned int i = 0; i < FILTER_KINDS; i++)
		counted += f.dropped[i];
	expect(counted == dropped && f.seen + f.unseen == CRASHED_PFNS && f.unseen == 0,
	       "level %u: %llu of %llu dropped pages counted", level, (unsigned long long)counted,
	       (unsigned long long)dropped);
	/* contradicting page structs are the only reason, at levels that use them */
	expect(says(filter_why(&f, 0), level & ~7u ? "contradict"
				       : level & 6 ? "contradict"
						   : NULL),
	       "%s, level %u: reason %s", crashed.gen->name, level, filter_why(&f, 0));
	expect(!filter_why(&f, 1), "level %u: second reason %s", level, filter_why(&f, 1));
}

static void every_page(void **state)
{
	static const unsigned int levels[] = {1, 2, 4, 8, 16, 0, 31};

	(void)state;
	for (size_t a = 0; a < ROWS(crashed_archs); a++) {
		for (size_t g = 0; g < ROWS(crashed_gens); g++) {
			populate(&crashed_archs[a], &crashed_gens[g]);
			expect(!crashed.vtop.why, "%s: no page tables: %s", crashed.arch->name,
			       crashed.vtop.why);
			/* all levels for all kernels need a minute with the thread sanitizer */
			for (size_t i = (a + g) % 3 ? ROWS(levels) - 2 : 0; i < ROWS(levels); i++)
				check_level(levels[i]);
			crashed_free(&crashed);
		}
	}
}

/* An exclusion continues in later chunks, even if chunks between them are not in the dump. */
static void gaps(void **state)
{
	const struct crashed_arch *arch = &crashed_archs[0];
	struct filter f;

	(void)state;
	populate(arch, &crashed_gens[6]);
	for (uint64_t step = 2; step <= 5; step++) {
		filter_init(&f, 31, &crashed.vtop, &crashed.info, arch->page_bytes);
		for (uint64_t at = 0; at < CRASHED_PFNS; at += step * 64) {
			struct chunk c = {
				.paddr = at * 4096, .page_bytes = 4096, .bytes = 64 * 4096};

			filter_mark(&f, &c);
			for (unsigned int i = 0; i < 64; i++)
				if (chunk_bit(c.drop, i) || at % 512 == 0 || !want[at + i])
					expect(chunk_bit(c.drop, i) == is_dropped(want[at + i], 31),
					       "step %d, page %d, %s: wrong drop bit", (int)step,
					       (int)(at + i), what[at + i]);
		}
	}
	crashed_free(&crashed);
}

static sigjmp_buf back;
static unsigned int lookups_left;

static const uint8_t *lookup_and_jump(void *arg, uint64_t paddr, size_t *bytes)
{
	if (lookups_left-- == 0)
		siglongjmp(back, 1);
	return crashed_lookup(arg, paddr, bytes);
}

/* Call filter_mark(), and jump out of it at lookup @n.  False: it returned before that. */
static bool jump(struct filter *f, struct chunk *c, unsigned int n)
{
	bool jumped = true;

	crashed.physmem.lookup = lookup_and_jump;
	lookups_left = n;
	if (sigsetjmp(back, 0) == 0) {
		filter_mark(f, c);
		jumped = false;
	}
	crashed.physmem.lookup = crashed_lookup;
	return jumped;
}

/*
 * If a lookup jumps out of the filter, no page is dropped that must be kept, and the last page of
 * the dump is filtered as without the jump.
 */
static void jumped_out_of(void **state)
{
	static struct filter f;
	static struct chunk c;
	unsigned int jumps = 0;

	(void)state;
	populate(&crashed_archs[1], &crashed_gens[0]);
	crashed.window = 4096;
	for (unsigned int n = 0; n < 256; n++) {
		const uint64_t bad = n % 8 * 128;

		filter_init(&f, 31, &crashed.vtop, &crashed.info, 4096);
		for (uint64_t at = 0; at < 2048; at += 128) {
			c = (struct chunk){
				.paddr = at * 4096, .page_bytes = 4096, .bytes = 128 * 4096};
			if (at != bad)
				filter_mark(&f, &c);
			else
				jumps += jump(&f, &c, n / 8);
			for (unsigned int i = 0; i < 128; i++)
				expect(at < bad ? chunk_bit(c.drop, i) ==
							  is_dropped(want[at + i], 31)
						: !chunk_bit(c.drop, i) ||
							  is_dropped(want[at + i], 31),
				       "jump at %u, page %d, %s: wrong drop bit", n, (int)(at + i),
				       what[at + i]);
		}
		/* no exclusion that began in the interrupted chunk reaches the last page */
		expect(chunk_bit(c.drop, 127) == is_dropped(want[2047], 31),
		       "jump at %u: last page", n);
	}
	assert_true(jumps > 100);
	crashed_free(&crashed);
}

/*
 * With any line of VMCOREINFO removed, no page is dropped that the complete text keeps; if fewer
 * pages are dropped, there is a reason.
 */
static void lines_missing(void **state)
{
	static uint8_t honest[CRASHED_PFNS];

	(void)state;
	for (size_t g = 0; g < ROWS(crashed_gens); g++) {
		static char text[sizeof(crashed.text)], again[sizeof(crashed.text)];
		struct filter f;
		char *rest = text;

		populate(&crashed_archs[g % 2 ? 3 : 0], &crashed_gens[g]);
		filter_init(&f, 31, &crashed.vtop, &crashed.info, crashed.arch->page_bytes);
		mark_all(&f);
		memcpy(honest, got, sizeof(got));
		memcpy(text, crashed.text, sizeof(text));
		memcpy(again, crashed.text, sizeof(text));
		for (char *line; (line = strtok_r(rest, "\n", &rest));) {
			unsigned int whys = 0;
			bool same;

			*strchr(line, '=') = '\0';
			crashed_resay(&crashed, line, "");
			vtop_free(&crashed.vtop);
			crashed_vtop(&crashed);
			filter_init(&f, 31, &crashed.vtop, &crashed.info, crashed.arch->page_bytes);
			mark_all(&f);
			for (uint64_t pfn = 0; pfn < CRASHED_PFNS; pfn++)
				expect(got[pfn] <= honest[pfn],
				       "%s, without %s: page %d, %s, is dropped", crashed.gen->name,
				       line, (int)pfn, what[pfn]);
			same = memcmp(got, honest, sizeof(got)) == 0;
			for (unsigned int i = 0; filter_why(&f, i); i++)
				whys += !says(filter_why(&f, i), "contradict");
			/* pages that are dropped at level 0 as well need no reason */
			if (strcmp(line, "NUMBER(PG_hwpoison)") != 0 && !strstr(line, "OFFLINE") &&
			    !strstr(line, "UNACCEPTED"))
				expect(same == !whys, "%s, without %s: %s, %u reasons, first %s",
				       crashed.gen->name, line, same ? "same" : "less", whys,
				       filter_why(&f, 0));
			memcpy(crashed.text, again, sizeof(text));
			crashed.info.bytes = strlen(again);
		}
		crashed_free(&crashed);
	}
}

/* The reason why pages of a requested kind were not dropped; levels 0 and 1 have none. */
static void reasons(void **state)
{
	static const struct {
		const char *name;
		unsigned int level;
		bool no_free, no_structs, no_info;
		const char *why;
	} rows[] = {
		{"no error", 16, false, false, false, NULL},
		{"no free page", 16, true, false, false, "no free page was found"},
		{"free pages are not dropped", 15, true, false, false, NULL},
		{"no page structs", 2, false, true, false, "cannot be found"},
		{"level 1 needs no structs", 1, false, true, false, NULL},
		{"no VMCOREINFO", 31, false, false, true, "VMCOREINFO has no"},
		{"level 0 needs no VMCOREINFO", 0, false, false, true, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct filter f;

		crashed_make(&crashed, &crashed_archs[0], &crashed_gens[6], 64);
		if (!rows[i].no_free)
			crashed_free_pages(&crashed, 64, 2, crashed.gen->buddy);
		if (rows[i].no_structs)
			memset(crashed.ram + crashed.root + (crashed.vmemmap >> 39 & 511) * 8, 0,
			       8);
		if (rows[i].no_info)
			crashed.info.bytes = 0;
		crashed_vtop(&crashed);
		filter_init(&f, rows[i].level, &crashed.vtop, &crashed.info, 4096);
		mark_all(&f);
		expect(says(filter_why(&f, 0), rows[i].why) && !filter_why(&f, 1), "%s: reason %s",
		       rows[i].name, filter_why(&f, 0));
		crashed_free(&crashed);
	}
}

/* Random page structs: any result is accepted, but no read beyond the memory. */
static void noise(void **state)
{
	(void)state;
	srandom(3);
	for (unsigned int round = 0; round < 20; round++) {
		struct filter f;

		crashed_make(&crashed, &crashed_archs[round % ROWS(crashed_archs)],
			     &crashed_gens[round % ROWS(crashed_gens)], 56);
		for (uint64_t i = 0; i < (uint64_t)CRASHED_PFNS * 56; i++)
			if (random() % (round + 1) == 0)
				crashed.ram[CRASHED_STRUCTS + i] = (uint8_t)random();
		crashed_vtop(&crashed);
		filter_init(&f, 31, &crashed.vtop, &crashed.info, crashed.arch->page_bytes);
		mark_all(&f);
		assert_int_equal(f.seen, CRASHED_PFNS);
		crashed_free(&crashed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_page),	 cmocka_unit_test(gaps),
		cmocka_unit_test(jumped_out_of), cmocka_unit_test(lines_missing),
		cmocka_unit_test(reasons),	 cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}

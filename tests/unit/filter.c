// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter.c - each kind of page, in each kernel, on each machine, at each level
 */
#include "deadpages.h"

#include "chunk.h"

static uint8_t got[DEAD_PFNS];

static void mark_all(struct filter *f)
{
	const uint64_t page = dead.arch->page_bytes, end = DEAD_PFNS * page;

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
	uint64_t left_out = 0, counted = 0;
	struct filter f;

	filter_init(&f, level, &dead.vtop, &dead.info, dead.arch->page_bytes);
	mark_all(&f);
	for (uint64_t pfn = 0; pfn < DEAD_PFNS; pfn++) {
		left_out += got[pfn];
		expect(got[pfn] == goes(want[pfn], level), "%s, %s, level %u, page %llu, %s: %s",
		       dead.arch->name, dead.gen->name, level, (unsigned long long)pfn,
		       what[pfn] ? what[pfn] : "nothing", got[pfn] ? "left out" : "kept");
	}
	for (unsigned int i = 0; i < FILTER_KINDS; i++)
		counted += f.left_out[i];
	expect(counted == left_out && f.seen + f.unseen == DEAD_PFNS && f.unseen == 0,
	       "level %u: %llu of %llu counted", level, (unsigned long long)counted,
	       (unsigned long long)left_out);
	/* those that lie were put there: they are the one reason, where they were looked at */
	expect(says(filter_why(&f, 0), level & ~7u ? "contradict"
				       : level & 6 ? "contradict"
						   : NULL),
	       "%s, level %u: %s", dead.gen->name, level, filter_why(&f, 0));
	expect(!filter_why(&f, 1), "level %u: %s", level, filter_why(&f, 1));
}

static void every_page(void **state)
{
	static const unsigned int levels[] = {1, 2, 4, 8, 16, 0, 31};

	(void)state;
	for (size_t a = 0; a < ROWS(dead_archs); a++) {
		for (size_t g = 0; g < ROWS(dead_gens); g++) {
			populate(&dead_archs[a], &dead_gens[g]);
			expect(!dead.vtop.why, "%s: %s", dead.arch->name, dead.vtop.why);
			/* all of them take a minute under the thread sanitizer */
			for (size_t i = (a + g) % 3 ? ROWS(levels) - 2 : 0; i < ROWS(levels); i++)
				check_level(levels[i]);
			dead_free(&dead);
		}
	}
}

/* An exclusion goes on in chunks to come, whichever of them are in the dump. */
static void gaps(void **state)
{
	const struct dead_arch *arch = &dead_archs[0];
	struct filter f;

	(void)state;
	populate(arch, &dead_gens[6]);
	for (uint64_t step = 2; step <= 5; step++) {
		filter_init(&f, 31, &dead.vtop, &dead.info, arch->page_bytes);
		for (uint64_t at = 0; at < DEAD_PFNS; at += step * 64) {
			struct chunk c = {
				.paddr = at * 4096, .page_bytes = 4096, .bytes = 64 * 4096};

			filter_mark(&f, &c);
			for (unsigned int i = 0; i < 64; i++)
				if (chunk_bit(c.drop, i) || at % 512 == 0 || !want[at + i])
					expect(chunk_bit(c.drop, i) == goes(want[at + i], 31),
					       "step %d, page %d, %s", (int)step, (int)(at + i),
					       what[at + i]);
		}
	}
	dead_free(&dead);
}

static sigjmp_buf back;
static unsigned int peeks_left;

static const uint8_t *peek_and_jump(void *arg, uint64_t paddr, size_t *bytes)
{
	if (peeks_left-- == 0)
		siglongjmp(back, 1);
	return dead_peek(arg, paddr, bytes);
}

/* A chunk whose filter_mark() was left by a jump at its peek @n. */
static bool jump(struct filter *f, struct chunk *c, unsigned int n)
{
	bool jumped = true;

	dead.memory.peek = peek_and_jump;
	peeks_left = n;
	if (sigsetjmp(back, 0) == 0) {
		filter_mark(f, c);
		jumped = false;
	}
	dead.memory.peek = dead_peek;
	return jumped;
}

/* What was not come to is kept; what comes after is not the worse for it. */
static void jumped_out_of(void **state)
{
	static struct filter f;
	static struct chunk c;
	unsigned int jumps = 0;

	(void)state;
	populate(&dead_archs[1], &dead_gens[0]);
	dead.window = 4096;
	for (unsigned int n = 0; n < 256; n++) {
		const uint64_t bad = n % 8 * 128;

		filter_init(&f, 31, &dead.vtop, &dead.info, 4096);
		for (uint64_t at = 0; at < 2048; at += 128) {
			c = (struct chunk){
				.paddr = at * 4096, .page_bytes = 4096, .bytes = 128 * 4096};
			if (at != bad)
				filter_mark(&f, &c);
			else
				jumps += jump(&f, &c, n / 8);
			for (unsigned int i = 0; i < 128; i++)
				expect(at < bad ? chunk_bit(c.drop, i) == goes(want[at + i], 31)
						: !chunk_bit(c.drop, i) || goes(want[at + i], 31),
				       "jump at %u, page %d, %s", n, (int)(at + i), what[at + i]);
		}
		/* past what began in the chunk, all is as ever */
		expect(chunk_bit(c.drop, 127) == goes(want[2047], 31), "jump at %u", n);
	}
	assert_true(jumps > 100);
	dead_free(&dead);
}

/* A line of VMCOREINFO less: what goes then goes anyway, and if less goes there is a word on it. */
static void lines_missing(void **state)
{
	static uint8_t honest[DEAD_PFNS];

	(void)state;
	for (size_t g = 0; g < ROWS(dead_gens); g++) {
		static char text[sizeof(dead.text)], again[sizeof(dead.text)];
		struct filter f;
		char *rest = text;

		populate(&dead_archs[g % 2 ? 3 : 0], &dead_gens[g]);
		filter_init(&f, 31, &dead.vtop, &dead.info, dead.arch->page_bytes);
		mark_all(&f);
		memcpy(honest, got, sizeof(got));
		memcpy(text, dead.text, sizeof(text));
		memcpy(again, dead.text, sizeof(text));
		for (char *line; (line = strtok_r(rest, "\n", &rest));) {
			unsigned int whys = 0;
			bool same;

			*strchr(line, '=') = '\0';
			dead_resay(&dead, line, "");
			vtop_free(&dead.vtop);
			dead_vtop(&dead);
			filter_init(&f, 31, &dead.vtop, &dead.info, dead.arch->page_bytes);
			mark_all(&f);
			for (uint64_t pfn = 0; pfn < DEAD_PFNS; pfn++)
				expect(got[pfn] <= honest[pfn], "%s, without %s: page %d, %s, goes",
				       dead.gen->name, line, (int)pfn, what[pfn]);
			same = memcmp(got, honest, sizeof(got)) == 0;
			for (unsigned int i = 0; filter_why(&f, i); i++)
				whys += !says(filter_why(&f, i), "contradict");
			/* what is left out at level 0, too, is not asked for */
			if (strcmp(line, "NUMBER(PG_hwpoison)") != 0 && !strstr(line, "OFFLINE") &&
			    !strstr(line, "UNACCEPTED"))
				expect(same == !whys, "%s, without %s: %s, %u reasons, first %s",
				       dead.gen->name, line, same ? "same" : "less", whys,
				       filter_why(&f, 0));
			memcpy(dead.text, again, sizeof(text));
			dead.info.bytes = strlen(again);
		}
		dead_free(&dead);
	}
}

/* Reasons that only the whole pass can tell; level 0 and 1 have none. */
static void reasons(void **state)
{
	static const struct {
		const char *name;
		unsigned int level;
		bool no_free, no_structs, no_info;
		const char *why;
	} rows[] = {
		{"all well", 16, false, false, false, NULL},
		{"no free page", 16, true, false, false, "not one free page"},
		{"not asked for them", 15, true, false, false, NULL},
		{"no page structs", 2, false, true, false, "no page struct"},
		{"level 1 asks for nothing", 1, false, true, false, NULL},
		{"no VMCOREINFO", 31, false, false, true, "VMCOREINFO has no"},
		{"level 0 does not need it", 0, false, false, true, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct filter f;

		dead_make(&dead, &dead_archs[0], &dead_gens[6], 64);
		if (!rows[i].no_free)
			dead_free_pages(&dead, 64, 2, dead.gen->buddy);
		if (rows[i].no_structs)
			memset(dead.ram + dead.root + (dead.vmemmap >> 39 & 511) * 8, 0, 8);
		if (rows[i].no_info)
			dead.info.bytes = 0;
		dead_vtop(&dead);
		filter_init(&f, rows[i].level, &dead.vtop, &dead.info, 4096);
		mark_all(&f);
		expect(says(filter_why(&f, 0), rows[i].why) && !filter_why(&f, 1), "%s: %s",
		       rows[i].name, filter_why(&f, 0));
		dead_free(&dead);
	}
}

/* Page structs of noise: whatever comes out, it comes out, and no more is read than is there. */
static void noise(void **state)
{
	(void)state;
	srandom(3);
	for (unsigned int round = 0; round < 20; round++) {
		struct filter f;

		dead_make(&dead, &dead_archs[round % ROWS(dead_archs)],
			  &dead_gens[round % ROWS(dead_gens)], 56);
		for (uint64_t i = 0; i < (uint64_t)DEAD_PFNS * 56; i++)
			if (random() % (round + 1) == 0)
				dead.ram[DEAD_STRUCTS + i] = (uint8_t)random();
		dead_vtop(&dead);
		filter_init(&f, 31, &dead.vtop, &dead.info, dead.arch->page_bytes);
		mark_all(&f);
		assert_int_equal(f.seen, DEAD_PFNS);
		dead_free(&dead);
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

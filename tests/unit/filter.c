// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter.c - each kind of page, in each kernel, on each machine, at each level
 */
#include "dead.h"

#include "chunk.h"
#include "filter/filter.h"

#define ALWAYS 0x80u /* beside the bits of the level */
#define CACHE  (FILTER_CACHE | FILTER_CACHE_PRIV)

static struct dead dead;
static const char *what[DEAD_PFNS]; /* what the test put there */
static uint8_t want[DEAD_PFNS];	    /* left out when the level has one of these bits */
static uint8_t got[DEAD_PFNS];

/* The next pages aligned to 1 << @order: all of them go with @bits. */
static uint64_t place(uint64_t *next, unsigned int order, const char *name, uint8_t bits)
{
	const uint64_t pages = UINT64_C(1) << order, pfn = (*next + pages - 1) & ~(pages - 1);

	assert_true(pfn + pages <= DEAD_PFNS);
	for (uint64_t i = pfn; i < pfn + pages; i++) {
		what[i] = name;
		want[i] = bits;
	}
	*next = pfn + pages;
	return pfn;
}

static void put_singles(struct dead *d, uint64_t *next)
{
	static const struct {
		const char *name;
		uint64_t flags, mapping;
		uint8_t bits;
	} rows[] = {
		{"of the kernel", 0, 0, 0},
		{"locked", FLAG(LOCKED), 0, 0},
		{"cache", FLAG(LRU), 0x1000, CACHE},
		{"private cache", FLAG(LRU) | FLAG(PRIVATE), 0x1000, FILTER_CACHE_PRIV},
		{"swap cache", FLAG(SWAPBACKED) | FLAG(SWAPCACHE), 0, CACHE},
		{"owner's flag alone", FLAG(SWAPCACHE), 0, 0},
		{"swapbacked alone", FLAG(SWAPBACKED), 0, 0},
		{"anonymous", FLAG(LRU) | FLAG(SWAPBACKED), 0x1001, FILTER_USER},
		{"anonymous, private", FLAG(PRIVATE), 0x1001, FILTER_USER},
		{"shared by KSM", FLAG(LRU), 0x1003, FILTER_USER},
		{"movable, not anonymous", 0, 0x1002, 0},
		{"memory error", FLAG(HWPOISON), 0, ALWAYS},
		{"memory error in cache", FLAG(HWPOISON) | FLAG(LRU), 0x1000, ALWAYS},
		{"never set up", UINT64_MAX, UINT64_MAX, 0},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		const uint64_t pfn = place(next, 0, rows[i].name, rows[i].bits);

		dead_flags(d, pfn, rows[i].flags);
		dead_mapping(d, pfn, rows[i].mapping);
	}
}

/* Types share their word with counts, and the words beside it with other things. */
static void put_typed(struct dead *d, uint64_t *next)
{
	uint64_t pfn;

	dead_type(d, place(next, 0, "offline", ALWAYS), d->gen->offline);
	pfn = place(next, 0, "page table, mapping word in use", 0);
	dead_type(d, pfn, d->gen->table);
	dead_mapping(d, pfn, 0x1001);
	pfn = place(next, 0, "mapped once", FILTER_USER);
	dead_type(d, pfn, 0);
	dead_mapping(d, pfn, 0x1001);
	pfn = place(next, 0, "slab", 0);
	if (d->gen->slab)
		dead_type(d, pfn, d->gen->slab);
	dead_flags(d, pfn, FLAG(LRU) | (d->gen->slab ? 0 : FLAG(SLAB)));
	dead_mapping(d, pfn, 0x1001);
	if (!d->gen->slab) {
		pfn = place(next, 0, "slab whose objects count as a free page", 0);
		dead_flags(d, pfn, FLAG(SLAB));
		dead_type(d, pfn, d->gen->buddy);
		pfn = place(next, 0, "slab whose objects count as offline", 0);
		dead_flags(d, pfn, FLAG(SLAB));
		dead_type(d, pfn, d->gen->offline);
	}
}

static void put_free(struct dead *d, uint64_t *next)
{
	dead_free_pages(d, place(next, 0, "free, order 0", FILTER_FREE), 0, d->gen->buddy);
	dead_free_pages(d, place(next, 3, "free, order 3", FILTER_FREE), 3, d->gen->buddy);
	dead_free_pages(d, place(next, 10, "free, order 10", FILTER_FREE), 10, d->gen->buddy);
	if (d->gen->unaccepted)
		dead_free_pages(d, place(next, 10, "unaccepted", FILTER_FREE), 10,
				d->gen->unaccepted);
	/* what lies about its order stays, all of it */
	dead_free_pages(d, place(next, 0, "free, order too high", 0), 0, d->gen->buddy);
	dead_u64(d, dead_struct(d, *next - 1) + 40, 11);
	place(next, 1, "free, order not aligned", 0);
	dead_free_pages(d, *next - 1, 0, d->gen->buddy);
	dead_u64(d, dead_struct(d, *next - 1) + 40, 1);
	dead_free_pages(d, place(next, 4, "free, but a later page has a user", 0), 4,
			d->gen->buddy);
	dead_users(d, *next - 8, 1);
	dead_free_pages(d, place(next, 4, "free, but a later page is mapped", 0), 4, d->gen->buddy);
	dead_type(d, *next - 12, 0);
}

static uint64_t put_compound(struct dead *d, uint64_t *next, unsigned int order, const char *name,
			     uint64_t flags, uint64_t mapping, bool hugetlb, uint8_t bits)
{
	const uint64_t pfn = place(next, order, name, bits);

	dead_flags(d, pfn, flags);
	dead_mapping(d, pfn, mapping);
	dead_compound(d, pfn, order, hugetlb);
	return pfn;
}

/* Tails share the memory of the first page of structs: mm/hugetlb_vmemmap.c up to 7.0. */
static void share_structs(struct dead *d, uint64_t pfn, unsigned int order)
{
	const uint64_t in_page = d->arch->page_bytes / d->struct_bytes;

	for (uint64_t i = in_page; !d->gen->info && i < 1u << order; i++)
		memcpy(d->ram + dead_struct(d, pfn + i), d->ram + dead_struct(d, pfn + i % in_page),
		       d->struct_bytes);
}

static void put_compounds(struct dead *d, uint64_t *next)
{
	const uint64_t anon = 0x1001, lru = FLAG(LRU), bad = FLAG(HWPOISON);
	uint64_t pfn;

	put_compound(d, next, 1, "two of the kernel", 0, 0, false, 0);
	put_compound(d, next, 1, "two of cache", lru, 0, false, CACHE);
	put_compound(d, next, 4, "large folio of cache", lru, 0, false, CACHE);
	put_compound(d, next, 4, "large folio of private cache", lru | FLAG(PRIVATE), 0, false,
		     FILTER_CACHE_PRIV);
	put_compound(d, next, 9, "huge page", lru, anon, false, FILTER_USER);
	put_compound(d, next, 9, "hugetlb", 0, 0x1000, true, FILTER_USER);
	pfn = put_compound(d, next, 9, "hugetlb, structs shared", 0, 0, true, FILTER_USER);
	share_structs(d, pfn, 9);
	put_compound(d, next, 3, "hugetlb with a memory error", bad, 0, true, ALWAYS);
	pfn = put_compound(d, next, 3, "huge page, error in a tail", lru, anon, false, FILTER_USER);
	dead_flags(d, pfn + 5, bad);
	want[pfn + 5] = ALWAYS;
	pfn = put_compound(d, next, 3, "huge page of the kernel, error in its head", bad, 0, false,
			   0);
	want[pfn] = ALWAYS;

	/* what lies about its order stays */
	pfn = put_compound(d, next, 2, "order says twice as much", lru, anon, false, 0);
	put_compound(d, next, 2, "the half that was not its own", lru, 0, false, CACHE);
	if (d->gen->order == IN_FLAGS)
		dead_flags(d, pfn + 1, 3);
	else
		d->ram[dead_struct(d, pfn + 1) + 17] = 3;
	pfn = put_compound(d, next, 2, "order beyond all memory", lru, anon, false, 0);
	if (d->gen->order == IN_FLAGS)
		dead_flags(d, pfn + 1, 255);
	else
		d->ram[dead_struct(d, pfn + 1) + 17] = 255;
	pfn = put_compound(d, next, 4, "a later tail is none", lru, anon, false, 0);
	dead_u64(d, dead_struct(d, pfn + 8) + 8, 0);
	if (!d->gen->info) {
		pfn = put_compound(d, next, 4, "a later tail is another's", lru, anon, false, 0);
		dead_u64(d, dead_struct(d, pfn + 4) + 8, d->vmemmap | 1);
	}
	place(next, 1, "head not aligned", 0);
	dead_flags(d, *next - 1, lru | FLAG(HEAD));
	if (d->gen->order == IN_FLAGS)
		dead_flags(d, *next, 1);
	else
		d->ram[dead_struct(d, *next) + 17] = 1;
	place(next, 0, "its neighbour", 0);
}

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

static bool goes(uint8_t bits, unsigned int level)
{
	return bits == ALWAYS || bits & level;
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

static void populate(const struct dead_arch *arch, const struct dead_gen *gen)
{
	uint64_t next = 1;

	memset(want, 0, sizeof(want));
	memset(what, 0, sizeof(what));
	/* some structs of 56 bytes, which lie across the borders of pages and windows */
	dead_make(&dead, arch, gen, (gen - dead_gens) % 2 ? 64 : 56);
	put_singles(&dead, &next);
	put_typed(&dead, &next);
	put_compounds(&dead, &next);
	put_free(&dead, &next);
	dead_vtop(&dead);
}

static void every_page(void **state)
{
	static const unsigned int levels[] = {0, 1, 2, 4, 8, 16, 31};

	(void)state;
	for (size_t a = 0; a < ROWS(dead_archs); a++) {
		for (size_t g = 0; g < ROWS(dead_gens); g++) {
			populate(&dead_archs[a], &dead_gens[g]);
			expect(!dead.vtop.why, "%s: %s", dead.arch->name, dead.vtop.why);
			for (size_t i = 0; i < ROWS(levels); i++)
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

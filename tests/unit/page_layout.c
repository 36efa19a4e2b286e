// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * page_layout.c - wrong values in VMCOREINFO, and the part of the layout that is then not used
 */
#include "crashed.h"

#include "filter/page_layout.h"
#include "filter/pagemap.h"

enum { ALL = 1, CACHE_AND_USER = 2, FREE = 4, COMPOUND = 8 }; /* the part that is not used */

static struct crashed d;

static void values(void **state)
{
	static const struct {
		unsigned int gen; /* index of crashed_gens */
		const char *key, *value;
		unsigned int lack;
	} rows[] = {
		{6, "OFFSET(page.flags)", "56", 0},
		{6, "OFFSET(page.flags)", "57", ALL},
		{6, "OFFSET(page.flags)", "64", ALL},
		{6, "OFFSET(page.flags)", "4", ALL},
		{6, "OFFSET(page.flags)", "18446744073709551608", ALL},
		{6, "OFFSET(page._mapcount)", "60", 0},
		{6, "OFFSET(page._mapcount)", "62", ALL},
		{6, "OFFSET(page._mapcount)", "-4", ALL},
		{6, "OFFSET(page.mapping)", "64", CACHE_AND_USER},
		{6, "OFFSET(page.compound_head)", "1000", CACHE_AND_USER},
		{6, "OFFSET(page.private)", "64", FREE},
		{6, "OFFSET(page._refcount)", "64", FREE},
		{6, "NUMBER(PG_lru)", "63", 0},
		{6, "NUMBER(PG_lru)", "64", CACHE_AND_USER},
		{6, "NUMBER(PG_lru)", "-1", CACHE_AND_USER},
		{6, "NUMBER(PG_private)", "5", CACHE_AND_USER},	   /* number of PG_lru */
		{6, "NUMBER(PG_swapcache)", "16", CACHE_AND_USER}, /* number of the head flag */
		{6, "NUMBER(PG_head_mask)", "0", CACHE_AND_USER},
		{6, "NUMBER(PG_head_mask)", "3", CACHE_AND_USER},
		{6, "NUMBER(PG_head_mask)", "4194304", CACHE_AND_USER}, /* bit of PG_hwpoison */
		{0, "NUMBER(PG_head_mask)", "512", CACHE_AND_USER},	/* bit of PG_slab */
		{6, "NUMBER(PG_hwpoison)", "64", 0},
		{0, "NUMBER(PG_slab)", "64", CACHE_AND_USER | FREE},
		{6, "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)", "0", CACHE_AND_USER | FREE},
		{6, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", "-1", FREE},
		{6, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", "0", FREE},
		{6, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", "-268435457", FREE},
		{6, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", "4026531840", 0}, /* unsigned */
		{6, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", "4294967295", FREE},
		{6, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", "9223372036854775807", FREE},
		{0, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", "-2", 0},
		{6, "LENGTH(zone.free_area)", "0", FREE},
		{6, "LENGTH(zone.free_area)", "24", 0},
		{6, "LENGTH(zone.free_area)", "25", FREE},
		{6, "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)", "-1", COMPOUND},
		{3, "NUMBER(PG_hugetlb)", "7", COMPOUND}, /* a bit of the order */
		{3, "NUMBER(PG_hugetlb)", "64", COMPOUND},
		{2, "OFFSET(folio._folio_order)", "63", COMPOUND}, /* in the first struct */
		{2, "OFFSET(folio._folio_order)", "127", 0},
		{2, "OFFSET(folio._folio_order)", "128", COMPOUND},
		{0, "OFFSET(page.compound_order)", "63", 0},
		{0, "OFFSET(page.compound_order)", "64", COMPOUND},
		{0, "NUMBER(HUGETLB_PAGE_DTOR)", "0", COMPOUND},
		{0, "NUMBER(HUGETLB_PAGE_DTOR)", "256", COMPOUND},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct page_layout_missing lack;
		struct page_layout r;
		char line[128];
		unsigned int got;

		crashed_make(&d, &crashed_archs[0], &crashed_gens[rows[i].gen], 64);
		snprintf(line, sizeof(line), "%s=%s", rows[i].key, rows[i].value);
		crashed_resay(&d, rows[i].key, line);
		lack = page_layout_read(&r, &d.info, 64);
		got = (lack.all ? ALL : 0) | (lack.cache_and_user ? CACHE_AND_USER : 0) |
		      (lack.free ? FREE : 0) | (lack.compound ? COMPOUND : 0);
		expect(got == rows[i].lack, "%s, %s: unused parts %u",
		       crashed_gens[rows[i].gen].name, line, got);
		crashed_free(&d);
	}
}

static void every_generation(void **state)
{
	(void)state;
	for (size_t g = 0; g < ROWS(crashed_gens); g++) {
		const struct crashed_gen *gen = &crashed_gens[g];
		struct page_layout_missing lack;
		struct page_layout r;

		crashed_make(&d, &crashed_archs[0], gen, 64);
		lack = page_layout_read(&r, &d.info, 64);
		expect(!lack.all && !lack.cache_and_user && !lack.free && !lack.compound,
		       "%s: a part is not used", gen->name);
		assert_int_equal((int32_t)r.buddy_type, gen->buddy);
		assert_int_equal((int32_t)r.slab_type, gen->slab);
		assert_int_equal((int32_t)r.hugetlb_type, gen->hugetlb);
		assert_int_equal((int32_t)r.unaccepted_type, gen->unaccepted);
		assert_int_equal(r.slab, gen->slab ? 0 : FLAG(SLAB));
		assert_int_equal(r.types_in_top_byte, g >= 6);
		assert_int_equal(r.heads_are_pointers, !gen->info);
		crashed_free(&d);
	}
}

/* ---- location of the structs ------------------------------------------------------------- */

static void places(void **state)
{
	static const struct {
		unsigned int gen;
		const char *key, *value, *why;
	} rows[] = {
		{6, "SIZE(page)", "64", NULL},
		{6, "SIZE(page)", "40", NULL},
		{6, "SIZE(page)", "32", "SIZE(page)"},
		{6, "SIZE(page)", "60", "SIZE(page)"},
		{6, "SIZE(page)", "136", "SIZE(page)"},
		{6, "SIZE(page)", "0", "SIZE(page)"},
		{6, "SIZE(mem_section)", "0", NULL}, /* vmemmap is enough */
		{5, "SIZE(mem_section)", "0", "invalid sizes"},
		{5, "SIZE(mem_section)", "4097", "invalid sizes"},
		{5, "OFFSET(mem_section.section_mem_map)", "25", "invalid sizes"},
		{5, "NUMBER(SECTION_SIZE_BITS)", "12", "invalid sizes"},
		{5, "NUMBER(SECTION_SIZE_BITS)", "49", "invalid sizes"},
		{5, "SYMBOL(mem_section)", "x", "neither"},
		{5, "LENGTH(mem_section)", "x", "neither"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pagemap pm;
		const char *why;
		char line[128];

		crashed_make(&d, &crashed_archs[0], &crashed_gens[rows[i].gen], 64);
		snprintf(line, sizeof(line), "%s=%s", rows[i].key, rows[i].value);
		crashed_resay(&d, rows[i].key, line);
		crashed_vtop(&d);
		why = pagemap_init(&pm, &d.vtop, &d.info, 4096);
		expect(says(why, rows[i].why), "%s: reason %s", line, why);
		crashed_free(&d);
	}
}

/* On ppc64 with 64 KiB pages a section has 256 pages; here section 3 has various entries. */
static void sections(void **state)
{
	static const struct {
		const char *name;
		uint64_t map; /* section_mem_map of section 3 */
		bool found;
	} rows[] = {
		{"unchanged", UINT64_C(0xc00c00000000000f), true},
		{"with flags of Linux 7.2", UINT64_C(0xc00c00000000007f), true},
		{"not present", UINT64_C(0xc00c00000000000e), false},
		{"no map", UINT64_C(0xc00c00000000000d), false},
		{"none", 0, false},
		{"user's address", UINT64_C(0x00007f1234560003), false},
		{"not mapped", UINT64_C(0xc00d000000000003), false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint64_t root, roots, index, found = 0;
		struct pagemap pm;

		crashed_make(&d, &crashed_archs[4], &crashed_gens[0], 64);
		crashed_vtop(&d);
		assert_null(pagemap_init(&pm, &d.vtop, &d.info, 65536));
		assert_true(vmcoreinfo_number(&d.info, "SYMBOL", "mem_section", &roots));
		memcpy(&root, d.ram + (roots - d.direct), 8);
		crashed_u64(&d, root - d.direct + 3 * 32, rows[i].map);
		for (uint64_t pfn = 0; pfn < 1024 + 512; pfn++)
			crashed_u64(&d, crashed_struct(&d, pfn) + 32, pfn);
		for (uint64_t pfn = 0; pfn < 1024 + 512;) {
			const struct pagemap_run run = pagemap_get(&pm, pfn);

			assert_true(run.first_pfn == pfn && run.pages > 0);
			for (uint64_t k = 0; run.structs && k < run.pages; k++) {
				memcpy(&index, run.structs + k * 64 + 32, 8);
				expect(index == pfn + k, "%s: not the struct of page %d",
				       rows[i].name, (int)(pfn + k));
			}
			if (run.structs)
				found += run.pages;
			else
				expect(pfn >= 768 && pfn < 1024, "%s: no struct of page %d",
				       rows[i].name, (int)pfn);
			/*
			 * a run ends with its section: the structs of the next can be elsewhere
			 */
			expect(!run.structs || pfn / 256 == (pfn + run.pages - 1) / 256,
			       "%s: %d pages from %d", rows[i].name, (int)run.pages, (int)pfn);
			pfn += run.structs ? run.pages : 256 - pfn % 256;
		}
		expect(found == (rows[i].found ? 1536 : 1280), "%s: %d structs found", rows[i].name,
		       (int)found);
		crashed_free(&d);
	}
}

/* Structs of 56 bytes cross pages that are not adjacent in memory. */
static void scattered(void **state)
{
	struct pagemap pm;

	(void)state;
	crashed_make(&d, &crashed_archs[1], &crashed_gens[6], 56);
	for (uint64_t at = 0; at < 16; at++) { /* 16 pages of structs, in reverse order */
		crashed_map_x86(&d, d.vmemmap + at * 4096, CRASHED_STRUCTS + (15 - at) * 4096, 12);
		for (unsigned int i = 0; i < 512; i++)
			crashed_u64(&d, CRASHED_STRUCTS + (15 - at) * 4096 + i * 8, at * 512 + i);
	}
	crashed_vtop(&d);
	assert_null(pagemap_init(&pm, &d.vtop, &d.info, 4096));
	for (uint64_t pfn = 0; pfn < 16 * 4096 / 56;) {
		const struct pagemap_run run = pagemap_get(&pm, pfn);

		assert_non_null(run.structs);
		for (uint64_t i = 0; i < run.pages * 7; i++) {
			uint64_t word;

			memcpy(&word, run.structs + i * 8, 8);
			expect(word == pfn * 7 + i, "page %d: word %d", (int)pfn, (int)word);
		}
		pfn += run.pages;
	}
	crashed_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),    cmocka_unit_test(every_generation),
		cmocka_unit_test(places),    cmocka_unit_test(sections),
		cmocka_unit_test(scattered),
	};

	return cmocka_run_group_tests_name("page_layout", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memmap.c - PT_LOADs that overlap in every possible way, and PT_LOADs with wrong values
 *
 * Loads and extents are written as "PADDR+BYTES@OFFSET", in hex.
 */
#include "unit.h"

#include "source/memmap.h"

#define LOADS_MAX 8

static size_t read_loads(const char *text, Elf64_Phdr *p)
{
	unsigned long long paddr, bytes, at;
	size_t nr = 0;
	int used;

	while (sscanf(text, " %llx+%llx@%llx%n", &paddr, &bytes, &at, &used) == 3) {
		p[nr++] = (Elf64_Phdr){
			.p_type = PT_LOAD, .p_paddr = paddr, .p_filesz = bytes, .p_offset = at};
		text += used;
	}
	return nr;
}

static void build(void **state)
{
	static const struct {
		const char *name, *loads;
		uint64_t file_bytes;
		const char *wrong, *extents;
	} rows[] = {
		{"one", "1000+100@40", 0x1000, NULL, "1000+100@40"},
		{"order does not matter", "2000+10@40 1000+10@80", 0x100, NULL,
		 "1000+10@80 2000+10@40"},
		{"touching", "1000+10@40 1010+10@50", 0x100, NULL, "1000+10@40 1010+10@50"},
		{"the same load twice", "1000+10@40 1000+10@80", 0x100, NULL, "1000+10@40"},
		{"inside", "1000+100@0 1040+20@400", 0x1000, NULL, "1000+100@0"},
		{"inside, listed first", "1040+20@400 1000+100@0", 0x1000, NULL, "1000+100@0"},
		{"same start, longer used", "1000+10@0 1000+20@400", 0x1000, NULL, "1000+20@400"},
		{"same end", "1000+100@0 10c0+40@400", 0x1000, NULL, "1000+100@0"},
		{"overlap at the end", "1000+100@0 10c0+80@400", 0x1000, NULL,
		 "1000+100@0 1100+40@440"},
		{"one new byte", "1000+100@0 1001+100@400", 0x1000, NULL, "1000+100@0 1100+1@4ff"},
		{"chain", "0+20@0 10+20@100 20+20@200 30+20@300", 0x1000, NULL,
		 "0+20@0 20+10@110 30+10@210 40+10@310"},
		{"a short load after a long one does not shrink the covered range",
		 "0+100@0 10+10@200 80+a0@400", 0x1000, NULL, "0+100@0 100+20@480"},
		{"no bytes", "1000+0@40 2000+10@40", 0x100, NULL, "2000+10@40"},
		{"no bytes, offset past the end", "1000+0@ffff 2000+10@40", 0x100, NULL,
		 "2000+10@40"},
		{"top of the address space", "fffffffffffff000+fff@0", 0x1000, NULL,
		 "fffffffffffff000+fff@0"},
		{"including the last byte", "fffffffffffff000+1000@0", 0x1000, "wraps", ""},
		{"wraps", "fffffffffffff000+1001@0", 0x2000, "wraps", ""},
		{"the last byte alone", "ffffffffffffffff+1@0", 0x1000, "wraps", ""},
		{"from the last byte on", "ffffffffffffffff+1000@0", 0x1000, "wraps", ""},
		{"ends at the end of the file", "0+10@f0", 0x100, NULL, "0+10@f0"},
		{"one byte too many", "0+11@f0", 0x100, "truncated", ""},
		{"offset past", "0+1@101", 0x100, "truncated", ""},
		{"offset and size wrap", "0+ffffffffffffffff@2", 0x100, "truncated", ""},
		{"the highest offset", "0+10@ffffffffffffffff", 0x100, "truncated", ""},
		{"shared file bytes", "0+80@0 1000+80@0", 0x100, NULL, "0+80@0 1000+80@0"},
		{"more memory than file", "0+80@0 1000+80@0 2000+80@0", 0x100, "more memory", ""},
		{"nothing", "", 0x100, "no PT_LOAD", ""},
		{"no load with bytes", "1000+0@0", 0x100, "no PT_LOAD", ""},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		Elf64_Phdr phdrs[LOADS_MAX];
		size_t nr = read_loads(rows[i].loads, phdrs);
		struct memmap map = {.extents = calloc(nr, sizeof(*map.extents))};
		const char *wrong = memmap_build(&map, phdrs, nr, rows[i].file_bytes);
		char got[512] = "";
		uint64_t sum = 0;

		for (size_t k = 0; !wrong && k < map.nr_extents; k++) {
			sprintf(got + strlen(got), "%s%llx+%llx@%llx", k ? " " : "",
				(unsigned long long)map.extents[k].paddr,
				(unsigned long long)map.extents[k].bytes,
				(unsigned long long)map.extents[k].src_at);
			sum += map.extents[k].bytes;
		}
		free(map.extents);
		expect(says(wrong, rows[i].wrong) && strcmp(got, rows[i].extents) == 0,
		       "%s: %s, extents %s", rows[i].name, wrong ? wrong : "accepted", got);
		expect(wrong || sum == map.bytes, "%s: the sum is wrong", rows[i].name);
	}
}

static void only_loads(void **state)
{
	const Elf64_Phdr phdrs[] = {
		{.p_type = PT_NOTE, .p_filesz = 16},
		{.p_type = PT_LOAD, .p_paddr = 64, .p_filesz = 16},
	};
	struct memmap_extent extents[2];
	struct memmap map = {.extents = extents};

	(void)state;
	assert_null(memmap_build(&map, phdrs, 2, 64));
	assert_int_equal(map.nr_extents, 1);
	assert_int_equal(extents[0].paddr, 64);
}

/*
 * By virtual address: the first of overlapping segments is used; a segment that wraps is ignored.
 */
static void virtual(void **state)
{
	const Elf64_Phdr phdrs[] = {
		{.p_type = PT_LOAD, .p_vaddr = 0x5000, .p_offset = 500, .p_filesz = 0x100},
		{.p_type = PT_LOAD, .p_vaddr = 0x1000, .p_offset = 100, .p_filesz = 0x20},
		{.p_type = PT_LOAD, .p_vaddr = 0x1010, .p_offset = 300, .p_filesz = 0x20},
		{.p_type = PT_LOAD, .p_vaddr = UINT64_MAX - 1, .p_offset = 1, .p_filesz = 16},
		{.p_type = PT_LOAD, .p_vaddr = 0x9000, .p_offset = 1, .p_filesz = 0},
		{.p_type = PT_NOTE, .p_vaddr = 0xa000, .p_offset = 1, .p_filesz = 16},
	};
	static const struct memmap_extent want[] = {
		{0x1000, 0x20, 100},
		{0x1020, 0x10, 316},
		{0x5000, 0x100, 500},
	};
	struct memmap_extent extents[ROWS(phdrs)];
	struct memmap map = {.extents = extents};

	(void)state;
	memmap_build_virtual(&map, phdrs, ROWS(phdrs));
	assert_int_equal(map.nr_extents, ROWS(want));
	assert_memory_equal(extents, want, sizeof(want));
}

static void find(void **state)
{
	struct memmap_extent extents[] = {
		{16, 16, 0}, {32, 8, 0}, {64, 1, 0}, {UINT64_MAX - 9, 9, 0}};
	const struct memmap map = {extents, ROWS(extents), 0}, none = {NULL, 0, 0};
	static const struct {
		uint64_t paddr;
		size_t index,
			from; /* of the extent with paddr; of the first that ends after paddr */
	} rows[] = {
		{0, 4, 0},
		{15, 4, 0},
		{16, 0, 0},
		{31, 0, 0},
		{32, 1, 1},
		{39, 1, 1},
		{40, 4, 2},
		{63, 4, 2},
		{64, 2, 2},
		{65, 4, 3},
		{UINT64_MAX - 10, 4, 3},
		{UINT64_MAX - 9, 3, 3},
		{UINT64_MAX - 1, 3, 3},
		{UINT64_MAX, 4, 4},
	};

	(void)state;
	assert_int_equal(memmap_find(&none, 0), 0);
	assert_int_equal(memmap_from(&none, 0), 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t got = memmap_find(&map, rows[i].paddr);

		expect(got == rows[i].index, "memmap_find(%#llx) = %zu",
		       (unsigned long long)rows[i].paddr, got);
		got = memmap_from(&map, rows[i].paddr);
		expect(got == rows[i].from, "memmap_from(%#llx) = %zu",
		       (unsigned long long)rows[i].paddr, got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(build),
		cmocka_unit_test(only_loads),
		cmocka_unit_test(find),
		cmocka_unit_test(virtual),
	};

	return cmocka_run_group_tests_name("memmap", tests, NULL, NULL);
}

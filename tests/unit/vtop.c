// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vtop.c - page tables of each kind, valid, damaged and forged; the kernel's names read through
 * them
 */
#include "crashed.h"

#include "filter/utsname.h"

#define NO_LINE ""

static struct crashed d;

/* Three pages of each size of the page tables, between missing pages. */
static void every_size(void **state)
{
	(void)state;
	for (size_t a = 0; a < ROWS(crashed_archs); a++) {
		const struct crashed_arch *arch = &crashed_archs[a];
		const unsigned int shifts[] = {arch->page_bytes == 4096 ? 12 : 16, 21, 30};

		if (arch->kind == HASH)
			continue;
		crashed_make(&d, arch, &crashed_gens[6], 64);
		for (unsigned int i = 0; i < 3; i++) {
			const uint64_t page = UINT64_C(1) << shifts[i];
			const uint64_t va = d.vmemmap + ((uint64_t)(4 + i) << 33);
			uint64_t paddr = 0, left = 0;

			for (unsigned int k = 0; k < 3; k++) {
				const uint64_t pa = (uint64_t)(7 - k) << 34;

				if (arch->kind == X86)
					crashed_map_x86(&d, va + k * page, pa, shifts[i]);
				else
					crashed_map_radix(&d, va + k * page, pa, shifts[i]);
			}
			/* this bit marks a leaf, but not in the top level */
			if (arch->kind == X86)
				d.ram[d.root + (va >> (3 + 9 * arch->levels) & 511) * 8] |= 0x80;
			crashed_vtop(&d);
			expect(!d.vtop.why, "%s: no page tables: %s", arch->name, d.vtop.why);
			for (unsigned int k = 0; k < 3; k++) {
				expect(vtop_find(&d.vtop, va + k * page + 0xabc, &paddr, &left) &&
					       paddr == ((uint64_t)(7 - k) << 34) + 0xabc &&
					       left == page - 0xabc,
				       "%s, pages of 1 << %u: paddr %#llx, %llu bytes left",
				       arch->name, shifts[i], (unsigned long long)paddr,
				       (unsigned long long)left);
			}
			assert_false(vtop_find(&d.vtop, va + 3 * page, &paddr, &left));
			assert_false(vtop_find(&d.vtop, va - 1, &paddr, &left));
			/* the same low bits with other high bits are not a kernel address */
			assert_false(vtop_find(&d.vtop, va ^ UINT64_C(1) << 62, &paddr, &left));
		}
		crashed_free(&d);
	}
}

static void direct_map(void **state)
{
	uint64_t paddr, left, word;
	char buf[16];

	(void)state;
	for (size_t a = 0; a < ROWS(crashed_archs); a++) {
		crashed_make(&d, &crashed_archs[a], &crashed_gens[6], 64);
		d.window = 4096;
		crashed_vtop(&d);
		assert_true(vtop_find(&d.vtop, d.direct + 0x1234, &paddr, &left));
		assert_int_equal(paddr, 0x1234);
		memcpy(d.ram + 0x1ff8, "sixteen bytes do", 16);
		assert_true(vtop_read(&d.vtop, d.direct + 0x1ff8, buf, 16));
		assert_memory_equal(buf, "sixteen bytes do", 16);
		assert_true(vtop_read_u64(&d.vtop, d.direct + 0x1ff8, &word));
		assert_int_equal(word, d.arch->big ? 0x7369787465656e20 : 0x206e656574786973);
		assert_true(vtop_find(&d.vtop, crashed_symbol(&d, 8), &paddr, &left));
		assert_int_equal(paddr, CRASHED_IMAGE + 8);
		assert_false(vtop_read(&d.vtop, d.direct + CRASHED_RAM - 8, buf, 16));
		assert_false(vtop_find(&d.vtop, 0x1234, &paddr, &left));
		crashed_free(&d);
	}
}

/* How harm_list() damages vmemmap_list. */
enum harm { NONE, LOOP, WILD, LONG, UNALIGNED };

static void harm_list(enum harm harm)
{
	uint64_t first, at = CRASHED_IMAGE + 0x100;

	memcpy(&first, d.ram + at, 8);
	if (harm == LOOP)
		crashed_u64(&d, first - d.direct, first);
	else if (harm == WILD)
		crashed_u64(&d, first - d.direct, d.direct + CRASHED_RAM - 4);
	else if (harm == UNALIGNED)
		crashed_u64(&d, at, d.direct + UINT64_C(0x7fffffffffff0));
	for (unsigned int i = 0; harm == LONG && i <= 65536; i++)
		crashed_u64(&d, CRASHED_STRUCTS + i * 24,
			    i == 65536 ? 0 : d.direct + CRASHED_STRUCTS + (i + 1) * 24);
	if (harm == LONG)
		crashed_u64(&d, at, d.direct + CRASHED_STRUCTS);
}

static void forged(void **state)
{
	static const struct {
		const char *name;
		unsigned int arch;
		const char *key, *line;
		enum harm harm;
		const char *why;
	} rows[] = {
		{"unchanged", 0, "X", NO_LINE, NONE, NULL},
		{"no root", 0, "SYMBOL(init_top_pgt)", NO_LINE, NONE, "init_top_pgt"},
		{"root of a process", 0, "SYMBOL(init_top_pgt)",
		 "SYMBOL(init_top_pgt)=7f0012345000", NONE, "page tables"},
		{"radix, unchanged", 3, "X", NO_LINE, NONE, NULL},
		{"no root", 3, "SYMBOL(swapper_pg_dir)", NO_LINE, NONE, "page tables"},
		{"list outside", 3, "SYMBOL(vmemmap_list)", "SYMBOL(vmemmap_list)=c000000002000000",
		 NONE, "vmemmap_list is not"},
		{"no radix, no list", 3, "NUMBER(RADIX_MMU)", "NUMBER(RADIX_MMU)=0", NONE, "empty"},
		{"radix, by its key", 3, "NUMBER(RADIX_MMU)", "NUMBER(RADIX_MMU)=1", NONE, NULL},
		{"hash, unchanged", 6, "X", NO_LINE, NONE, NULL},
		{"list without end", 6, "X", NO_LINE, LOOP, "too long"},
		{"list with one entry too many", 6, "X", NO_LINE, LONG, "too long"},
		{"list that leaves memory", 6, "X", NO_LINE, WILD, "damaged"},
		{"list that starts outside memory", 6, "X", NO_LINE, UNALIGNED, "damaged"},
		{"no layout", 6, "OFFSET(vmemmap_backing.phys)", NO_LINE, NONE, "lacks the layout"},
		{"wild layout", 6, "OFFSET(vmemmap_backing.list)",
		 "OFFSET(vmemmap_backing.list)=18446744073709551608", NONE, "lacks the layout"},
		{"no psize", 6, "SYMBOL(mmu_vmemmap_psize)", NO_LINE, NONE, "lacks the layout"},
		{"psize elsewhere", 6, "SYMBOL(mmu_vmemmap_psize)",
		 "SYMBOL(mmu_vmemmap_psize)=c000000000010204", NONE, "lacks the layout"},
		{"psizes too large", 6, "SIZE(mmu_psize_def)", "SIZE(mmu_psize_def)=1000000000000",
		 NONE, "lacks the layout"},
		{"no list, no radix key", 6, "SYMBOL(vmemmap_list)", NO_LINE, NONE, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint64_t paddr, left;

		crashed_make(&d, &crashed_archs[rows[i].arch], &crashed_gens[6], 64);
		crashed_put(&d, CRASHED_IMAGE + 0x204, 63, 4, false); /* an impossible shift */
		crashed_resay(&d, rows[i].key, rows[i].line);
		if (rows[i].harm)
			harm_list(rows[i].harm);
		crashed_vtop(&d);
		expect(says(d.vtop.why, rows[i].why), "row %zu, %s: reason %s", i, rows[i].name,
		       d.vtop.why);
		expect(!!d.vtop.walk == !d.vtop.why, "row %zu, %s: walk and reason contradict", i,
		       rows[i].name);
		vtop_find(&d.vtop, d.vmemmap, &paddr, &left);
		crashed_free(&d);
	}
}

/* With tables that point to themselves or out of the dump, a lookup ends. */
static void tables_loop(void **state)
{
	static const uint64_t words[] = {0, UINT64_MAX, UINT64_C(1) << 63, 0x67, 0xffffffffff067};

	(void)state;
	for (size_t a = 0; a < ROWS(crashed_archs); a++) {
		for (size_t w = 0; w <= ROWS(words); w++) {
			uint64_t paddr, left = 1;

			crashed_make(&d, &crashed_archs[a], &crashed_gens[6], 64);
			for (uint64_t at = 0; at < 65536; at += 8)
				crashed_put(&d, d.root + at,
					    w < ROWS(words) ? words[w]
							    : d.root | 0x67 | (UINT64_C(1) << 63),
					    8, d.arch->kind == RADIX);
			crashed_vtop(&d);
			/*
			 * all ones: a leaf, but the top level has no leaves; reserved bits are
			 * ignored
			 */
			if (d.arch->kind == RADIX && w == 1)
				assert_false(vtop_find(&d.vtop, d.vmemmap, &paddr, &left));
			for (unsigned int shift = 12; shift < 64; shift++)
				if (vtop_find(&d.vtop, d.vmemmap + (UINT64_C(1) << shift), &paddr,
					      &left))
					assert_true(left > 0);
			crashed_free(&d);
		}
	}
}

static void other_machines(void **state)
{
	static const struct physmem none;
	struct vmcoreinfo info = {"", 0};
	struct vtop v;

	(void)state;
	vtop_init(&v, &none, &info, EM_S390, 4096, NULL, 0);
	assert_string_equal(v.why, "unknown architecture");
	vtop_free(&v);
}

/* x86_64: PT_LOADs locate the image and the direct map; phys_base also locates the image. */
static void headers(void **state)
{
	uint64_t paddr, left;

	(void)state;
	crashed_make(&d, &crashed_archs[0], &crashed_gens[6], 64);
	/* without a PT_LOAD of the image phys_base is used, here a negative one */
	d.phdrs[0].p_type = PT_NULL;
	crashed_vtop(&d);
	assert_null(d.vtop.why);
	assert_true(vtop_find(&d.vtop, crashed_symbol(&d, 0x10), &paddr, &left));
	assert_int_equal(paddr, CRASHED_IMAGE + 0x10);
	crashed_resay(&d, "NUMBER(phys_base)", NO_LINE);
	crashed_vtop(&d);
	assert_non_null(d.vtop.why);
	/* no virtual address, as in cores of dump-guest-memory */
	d.phdrs[1].p_vaddr = 0;
	crashed_vtop(&d);
	assert_false(vtop_find(&d.vtop, 0x1000, &paddr, &left));
	/*
	 * phdrs[1] has another p_vaddr - p_paddr than phdrs[0]: it does not extend the direct map
	 */
	d.phdrs[0] = (Elf64_Phdr){.p_type = PT_LOAD, .p_vaddr = d.direct, .p_filesz = 0x1000};
	d.phdrs[1] = (Elf64_Phdr){.p_type = PT_LOAD,
				  .p_vaddr = d.direct + 0x5000,
				  .p_paddr = 0x6000,
				  .p_filesz = UINT64_C(1) << 51};
	crashed_vtop(&d);
	assert_true(vtop_find(&d.vtop, d.direct, &paddr, &left));
	assert_int_equal(left, 0x1000);
	crashed_free(&d);
}

static void put_names(uint64_t at, const char *machine)
{
	static const char *const names[] = {"Linux", "crashed", "6.12.1", "#1 SMP", NULL, "(none)"};

	memset(d.ram + at, 0x5a, 6 * UTSNAME_BYTES);
	for (unsigned int i = 0; i < 6; i++)
		strcpy((char *)d.ram + at + i * UTSNAME_BYTES, names[i] ? names[i] : machine);
}

static void names(void **state)
{
	static const struct {
		const char *name, *machine, *symbol, *offset;
		bool ok;
	} rows[] = {
		{"with an offset", "ppc64le", "c000000000300000", "0", true},
		{"no offset, as in Linux 5.10", "ppc64", "c000000000300000", NULL, true},
		{"no symbol", "ppc64le", NULL, "0", false},
		{"outside", "ppc64le", "c000000002000000", "0", false},
		{"half outside", "ppc64le", "c000000001ffff80", "0", false},
		{"absurd offset", "ppc64le", "c000000000300000", "18446744073709551615", false},
		{"no text", "ppc\x1b[2J", "c000000000300000", "0", false},
		{"nothing", "", "c000000000300000", "0", false},
		{"no end", "0123456789012345678901234567890123456789012345678901234567890123456789",
		 "c000000000300000", "0", false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct crashed_utsname uts;
		const char zeros[sizeof(uts)] = {0};
		bool ok;

		crashed_make(&d, &crashed_archs[3], &crashed_gens[6], 64);
		put_names(0x300000 + (rows[i].offset ? 0 : 4), rows[i].machine);
		if (rows[i].symbol)
			crashed_say(&d, "SYMBOL(init_uts_ns)=%s\n", rows[i].symbol);
		if (rows[i].offset)
			crashed_say(&d, "OFFSET(uts_namespace.name)=%s\n", rows[i].offset);
		crashed_vtop(&d);
		ok = utsname_read(&uts, &d.vtop, &d.info);
		expect(ok == rows[i].ok, "%s: returned %d", rows[i].name, ok);
		if (ok) {
			assert_string_equal(uts.machine, rows[i].machine);
			assert_string_equal(uts.nodename, "crashed");
			assert_memory_equal(uts.machine + strlen(uts.machine), zeros,
					    UTSNAME_BYTES - strlen(uts.machine));
		} else {
			assert_memory_equal(&uts, zeros, sizeof(uts));
		}
		crashed_free(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size),	  cmocka_unit_test(direct_map),
		cmocka_unit_test(forged),	  cmocka_unit_test(tables_loop),
		cmocka_unit_test(other_machines), cmocka_unit_test(headers),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("vtop", tests, NULL, NULL);
}

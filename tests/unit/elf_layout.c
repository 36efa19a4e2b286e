// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elf_layout.c - the offset of each byte in the dump
 */
#include "unit.h"

#include "format/elf_layout.h"
#include "source/chunk.h"
#include "source/elfcore.h"
#include "source/memmap.h"

#define NOTES_BYTES 1111

static const struct elfcore core_le = {
	.ident = {0x7f, 'E', 'L', 'F', 2, 1, 1}, .machine = 62, .flags = 2};

struct planned {
	struct memmap map;
	struct elf_layout lay;
};

static void plan(struct planned *p, struct elfcore *core, const Elf64_Phdr *phdrs, uint32_t nr,
		 uint32_t page_bytes)
{
	core->nr_phdrs = nr;
	p->map.extents = calloc(nr, sizeof(*p->map.extents));
	assert_null(memmap_build(&p->map, phdrs, nr, UINT64_MAX));
	assert_int_equal(elf_layout_plan(&p->lay, core, phdrs, &p->map, NOTES_BYTES, page_bytes),
			 0);
}

static void unplan(struct planned *p)
{
	elf_layout_free(&p->lay);
	free(p->map.extents);
}

static Elf64_Phdr header(const struct planned *p, const struct elfcore *core, uint32_t i)
{
	Elf64_Phdr out;

	assert_true(ELFCORE_EHDR_BYTES + (i + 1) * ELFCORE_PHDR_BYTES <= p->lay.head_bytes);
	elfcore_phdr(core, p->lay.head + ELFCORE_EHDR_BYTES + i * ELFCORE_PHDR_BYTES, &out);
	return out;
}

#define LOAD(paddr, bytes)                                                                         \
	{                                                                                          \
		.p_type = PT_LOAD, .p_flags = 7, .p_paddr = paddr, .p_vaddr = paddr + 9,           \
		.p_filesz = bytes, .p_memsz = bytes + 5, .p_align = 4096                           \
	}

static void places(void **state)
{
	static const struct {
		const char *name;
		Elf64_Phdr phdrs[4];
		uint32_t nr;
		uint64_t file_pages; /* upper limit of the memory in the file, in pages of 4096 */
	} rows[] = {
		{"one", {LOAD(0, 8192)}, 1, 2},
		{"partial pages", {LOAD(0x1234, 5000)}, 1, 2},
		{"far apart", {LOAD(0x1000, 4096), LOAD(0x900000000, 4096)}, 2, 2},
		{"touching", {LOAD(0x1000, 100), LOAD(0x1064, 4000)}, 2, 2},
		{"text inside the direct map",
		 {LOAD(0x200000, 0x1000), LOAD(0, 0x400000)},
		 2,
		 0x400},
		{"overlap in part",
		 {LOAD(0x1000, 0x1800), LOAD(0x2000, 0x2000), LOAD(0x3fff, 0x1000)},
		 3,
		 4},
		{"memory without file bytes", {LOAD(0x5000, 0), LOAD(0x1000, 4096)}, 2, 1},
		{"a note between", {LOAD(0, 4096), {.p_type = PT_NOTE}, LOAD(0x8000, 4096)}, 3, 2},
		{"top of the address space", {LOAD(0xfffffffffffff001, 0xffe)}, 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct elfcore core = core_le;
		struct planned p;
		uint32_t out = 1;

		plan(&p, &core, rows[i].phdrs, rows[i].nr, 4096);
		for (uint32_t k = 0; k < rows[i].nr; k++) {
			const Elf64_Phdr *in = &rows[i].phdrs[k];
			Elf64_Phdr got;

			if (in->p_type != PT_LOAD)
				continue;
			got = header(&p, &core, out++);
			expect(got.p_paddr == in->p_paddr && got.p_vaddr == in->p_vaddr &&
				       got.p_filesz == in->p_filesz && got.p_memsz == in->p_memsz &&
				       got.p_flags == 7 && got.p_align == 0,
			       "%s: header of load %u differs", rows[i].name, k);
			if (!in->p_filesz)
				continue;
			expect(got.p_offset % 4096 == in->p_paddr % 4096,
			       "%s: load %u at offset %#llx", rows[i].name, k,
			       (unsigned long long)got.p_offset);
			expect(got.p_offset >= p.lay.notes_at + NOTES_BYTES &&
				       got.p_offset + got.p_filesz <= p.lay.file_bytes,
			       "%s: load %u is not between notes and end of file", rows[i].name, k);
			/* loads that contain the same memory refer to the same bytes of the file */
			for (uint32_t m = 0, other = 1; m < k; m++) {
				const Elf64_Phdr *q = &rows[i].phdrs[m];
				Elf64_Phdr at;

				if (q->p_type != PT_LOAD)
					continue;
				at = header(&p, &core, other++);
				if (in->p_paddr >= q->p_paddr &&
				    in->p_paddr < q->p_paddr + q->p_filesz)
					expect(got.p_offset - at.p_offset ==
						       in->p_paddr - q->p_paddr,
					       "%s: loads %u and %u do not share file bytes",
					       rows[i].name, m, k);
			}
		}
		expect(p.lay.file_bytes <= 8192 + rows[i].file_pages * 4096,
		       "%s: file of %llu bytes", rows[i].name,
		       (unsigned long long)p.lay.file_bytes);
		unplan(&p);
	}
}

static void head(void **state)
{
	static const Elf64_Phdr phdrs[] = {{.p_type = PT_NOTE}, LOAD(0, 4096)};
	struct elfcore core = core_le, back;
	struct planned p;
	Elf64_Phdr note;

	(void)state;
	plan(&p, &core, phdrs, 2, 65536);
	assert_null(elfcore_header(&back, p.lay.head, p.lay.head_bytes));
	assert_int_equal(back.nr_phdrs, 2);
	assert_int_equal(back.machine, 62);
	assert_int_equal(back.flags, 2);
	note = header(&p, &core, 0);
	assert_int_equal(note.p_type, PT_NOTE);
	assert_int_equal(note.p_offset, p.lay.notes_at);
	assert_int_equal(note.p_filesz, NOTES_BYTES);
	assert_true(p.lay.notes_at >= p.lay.head_bytes);
	assert_int_equal(header(&p, &core, 1).p_offset, 65536);
	unplan(&p);
}

/* The chunks of an extent are at the offsets that the headers state. */
static void chunks(void **state)
{
	static const Elf64_Phdr phdrs[] = {LOAD(0x100800, 0x300000), LOAD(0x1000, 0x1000)};
	struct elfcore core = core_le;
	struct planned p;
	struct chunk c = {.paddr = 0x200000, .bytes = 4096, .page_bytes = 4096, .extent = 1};

	(void)state;
	plan(&p, &core, phdrs, 2, 4096);
	assert_int_equal(elf_layout_at(&p.lay, &c), header(&p, &core, 1).p_offset + 0xff800);
	c.paddr = 0x1000;
	c.extent = 0;
	assert_int_equal(elf_layout_at(&p.lay, &c), header(&p, &core, 2).p_offset);
	unplan(&p);
}

/* The ELF header can count 65534 program headers, but not 65535. */
static void many(void **state)
{
	Elf64_Phdr *phdrs = calloc(70000, sizeof(*phdrs));

	(void)state;
	for (uint32_t i = 0; i < 70000; i++)
		phdrs[i] = (Elf64_Phdr)LOAD(i * UINT64_C(0x100000), 4096);
	for (int big = 0; big < 2; big++) {
		static const uint32_t nrs[] = {65533, 65534, 65535, 70000};

		for (size_t i = 0; i < ROWS(nrs); i++) {
			struct elfcore core = core_le, back;
			struct planned p;

			core.swap = big;
			core.ident[5] = big ? 2 : 1;
			plan(&p, &core, phdrs, nrs[i], 4096);
			assert_null(elfcore_header(&back, p.lay.head, p.lay.head_bytes));
			expect(!back.xnum_at == (nrs[i] == 65533), "%u loads: wrong use of PN_XNUM",
			       nrs[i]);
			if (back.xnum_at) {
				assert_true(back.xnum_at + ELFCORE_SHDR_BYTES <= p.lay.head_bytes);
				assert_null(elfcore_xnum(&back, p.lay.head + back.xnum_at));
			}
			assert_int_equal(back.nr_phdrs, nrs[i] + 1);
			assert_int_equal(header(&p, &core, nrs[i]).p_paddr,
					 phdrs[nrs[i] - 1].p_paddr);
			unplan(&p);
		}
	}
	free(phdrs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),
		cmocka_unit_test(head),
		cmocka_unit_test(chunks),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests_name("elf_layout", tests, NULL, NULL);
}

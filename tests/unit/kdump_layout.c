// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kdump_layout.c - header bytes, offsets, bitmaps and descriptors of a kdump-compressed file
 *
 * Offsets are those of diskdump_mod.h of makedumpfile 1.7.9 on a 64-bit machine.
 */
#include "unit.h"

#include <errno.h>

#include "format/kdump_layout.h"
#include "source/memmap.h"

#define EXTENTS_MAX 8

/* Extents written as "PADDR+BYTES", in hex. */
struct made {
	struct memmap map;
	struct memmap_extent extents[EXTENTS_MAX];
	struct kdump_layout lay;
};

static void read_map(struct made *m, const char *text)
{
	unsigned long long paddr, bytes;
	int used;

	memset(m, 0, sizeof(*m));
	m->map.extents = m->extents;
	while (sscanf(text, " %llx+%llx%n", &paddr, &bytes, &used) == 2) {
		m->extents[m->map.nr_extents++] = (struct memmap_extent){paddr, bytes, 0};
		text += used;
	}
}

static uint64_t number(const struct made *m, size_t at, unsigned int bytes)
{
	uint64_t v = 0;

	assert_true(at + bytes <= m->lay.head_bytes);
	for (unsigned int i = 0; i < bytes; i++)
		v = v << 8 | m->lay.head[m->lay.swap ? at + i : at + bytes - 1 - i];
	return v;
}

static void offsets(void **state)
{
	static const struct {
		const char *name, *map;
		uint32_t page_bytes;
		uint64_t notes_bytes, max_pfn, nr_descs;
		/* in blocks of page_bytes: */
		uint64_t sub, bitmap, bitmap1_at, descs_at, data_at;
	} rows[] = {
		{"a page", "0+1000", 4096, 0, 1, 1, 1, 1, 2, 4, 6},
		{"a byte", "1fff+1", 4096, 0, 2, 1, 1, 1, 2, 4, 6},
		{"two bytes, two pages", "1fff+2", 4096, 0, 3, 2, 1, 1, 2, 4, 6},
		{"a page of two loads", "1000+100 1100+f00", 4096, 0, 2, 1, 1, 1, 2, 4, 6},
		{"a page of three loads", "1000+10 1100+10 1800+1000", 4096, 0, 3, 2, 1, 1, 2, 4,
		 6},
		{"far apart", "1000+1000 8000000+1000", 4096, 0, 0x8001, 2, 1, 2, 2, 6, 8},
		{"a bitmap that is just full", "0+8000000", 4096, 0, 0x8000, 0x8000, 1, 1, 2, 4,
		 4 + 192 + 1},
		{"one page more than a full bitmap", "0+8001000", 4096, 0, 0x8001, 0x8001, 1, 2, 2,
		 6, 6 + 193 + 1},
		{"notes to the end of the block", "0+1000", 4096, 4096 - 104, 1, 1, 1, 1, 2, 4, 6},
		{"notes, one byte more", "0+1000", 4096, 4096 - 103, 1, 1, 2, 1, 3, 5, 7},
		{"64 KiB", "18000+100000", 65536, 5000, 18, 17, 1, 1, 2, 4, 6},
		{"256 KiB", "0+40000", 262144, 262144, 1, 1, 2, 1, 3, 5, 7},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct kdump_layout_facts facts = {.page_bytes = rows[i].page_bytes,
							 .notes_bytes = rows[i].notes_bytes};
		const uint64_t page = rows[i].page_bytes;
		struct made m;

		read_map(&m, rows[i].map);
		assert_int_equal(kdump_layout_plan(&m.lay, &m.map, &facts), 0);
		expect(m.lay.max_pfn == rows[i].max_pfn && m.lay.nr_descs == rows[i].nr_descs,
		       "%s: nr_descs %llu, max_pfn %llu", rows[i].name,
		       (unsigned long long)m.lay.nr_descs, (unsigned long long)m.lay.max_pfn);
		expect(number(&m, 432, 4) == rows[i].sub &&
			       number(&m, 436, 4) == 2 * rows[i].bitmap &&
			       m.lay.bitmap_bytes == rows[i].bitmap * page,
		       "%s: sub header %llu blocks, bitmaps %llu blocks", rows[i].name,
		       (unsigned long long)number(&m, 432, 4),
		       (unsigned long long)number(&m, 436, 4));
		expect(m.lay.notes_at == page + 104 &&
			       m.lay.bitmap1_at == rows[i].bitmap1_at * page &&
			       m.lay.bitmap2_at == m.lay.bitmap1_at + m.lay.bitmap_bytes &&
			       m.lay.descs_at == rows[i].descs_at * page &&
			       m.lay.zero_at + page == m.lay.data_at &&
			       m.lay.data_at == rows[i].data_at * page,
		       "%s: descriptors at %llu, data at %llu", rows[i].name,
		       (unsigned long long)m.lay.descs_at, (unsigned long long)m.lay.data_at);
		expect(m.lay.notes_at + rows[i].notes_bytes <= m.lay.bitmap1_at,
		       "%s: the notes reach into the bitmap", rows[i].name);
		kdump_layout_free(&m.lay);
	}
}

static void head(void **state)
{
	struct kdump_layout_facts facts = {
		.page_bytes = 4096,
		.nr_cpus = 48,
		.dump_level = 31,
		.codec_flag = 0x20,
		.crash_s = 0x65432100,
		.phys_base = (uint64_t)-0x3000000,
		.notes_bytes = 3000,
		.info_at = 700,
		.info_bytes = 2200,
		.uts = {"Linux", "node", "6.12.0", "#1 SMP", "ppc64le", "(none)"},
	};
	static const struct {
		const char *name;
		size_t at;
		unsigned int bytes;
		uint64_t value;
	} fields[] = {
		{"header_version", 8, 4, 6},
		{"tv_sec", 408, 8, 0x65432100},
		{"tv_usec", 416, 8, 0},
		{"status", 424, 4, 0x28},
		{"block_size", 428, 4, 4096},
		{"sub_hdr_size", 432, 4, 1},
		{"bitmap_blocks", 436, 4, 2},
		{"max_mapnr", 440, 4, 3},
		{"total_ram_blocks and device_blocks", 444, 8, 0},
		{"written_blocks and current_cpu", 452, 8, 0},
		{"nr_cpus", 460, 4, 48},
		{"phys_base", 4096, 8, (uint64_t)-0x3000000},
		{"dump_level", 4104, 4, 31},
		{"split", 4108, 4, 0},
		{"start_pfn", 4112, 8, 0},
		{"end_pfn", 4120, 8, 0},
		{"offset_vmcoreinfo", 4128, 8, 4096 + 104 + 700},
		{"size_vmcoreinfo", 4136, 8, 2200},
		{"offset_note", 4144, 8, 4096 + 104},
		{"size_note", 4152, 8, 3000},
		{"offset_eraseinfo", 4160, 8, 0},
		{"size_eraseinfo", 4168, 8, 0},
		{"start_pfn_64", 4176, 8, 0},
		{"end_pfn_64", 4184, 8, 0},
		{"max_mapnr_64", 4192, 8, 3},
	};
	struct made m;

	(void)state;
	for (int swap = 0; swap < 2; swap++) {
		read_map(&m, "1000+2000");
		facts.swap = swap;
		assert_int_equal(kdump_layout_plan(&m.lay, &m.map, &facts), 0);
		assert_int_equal(m.lay.head_bytes, 4096 + 104);
		assert_memory_equal(m.lay.head, "KDUMP   ", 8);
		for (int i = 0; i < 6; i++)
			assert_string_equal((char *)m.lay.head + 12 + i * 65, facts.uts[i]);
		for (size_t i = 0; i < ROWS(fields); i++)
			expect(number(&m, fields[i].at, fields[i].bytes) == fields[i].value,
			       "%s: value %#llx", fields[i].name,
			       (unsigned long long)number(&m, fields[i].at, fields[i].bytes));
		kdump_layout_complete(&m.lay);
		assert_int_equal(number(&m, 424, 4), 0x20);
		kdump_layout_complete(&m.lay);
		assert_int_equal(number(&m, 424, 4), 0x20);
		kdump_layout_free(&m.lay);
	}
}

/* Without facts, a reader finds one CPU, and no offsets of missing notes. */
static void nothing_known(void **state)
{
	const struct kdump_layout_facts facts = {.page_bytes = 4096};
	struct made m;

	(void)state;
	read_map(&m, "0+1000");
	assert_int_equal(kdump_layout_plan(&m.lay, &m.map, &facts), 0);
	assert_int_equal(number(&m, 460, 4), 1);
	assert_int_equal(number(&m, 4128, 8), 0);
	assert_int_equal(number(&m, 4144, 8), 0);
	assert_int_equal(number(&m, 424, 4), 8);
	kdump_layout_free(&m.lay);
}

static void limits(void **state)
{
	static const struct {
		const char *name, *map;
		uint64_t notes_bytes;
		int err;
		uint32_t max_mapnr;
	} rows[] = {
		{"32 bits of PFNs", "ffffffe000+1000", 0, 0, 0x0fffffff},
		{"the last page that fits the old field", "ffffffe0000+1000", 0, 0, 0xffffffe1},
		{"a page that does not fit", "100000000000+1000", 0, 0, UINT32_MAX},
		{"the highest page", "fffffffffff000+1000", 0, 0, UINT32_MAX},
		{"one page more", "fffffffffff000+1001", 0, -EFBIG, 0},
		{"top of the address space", "fffffffffffff000+fff", 0, -EFBIG, 0},
		{"notes of 16 TiB", "0+1000", UINT64_C(0xffffffff) << 12, -EFBIG, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct kdump_layout_facts facts = {.page_bytes = 4096,
							 .notes_bytes = rows[i].notes_bytes};
		struct made m;
		int err;

		read_map(&m, rows[i].map);
		err = kdump_layout_plan(&m.lay, &m.map, &facts);
		expect(err == rows[i].err, "%s: returned %d", rows[i].name, err);
		if (err) {
			assert_null(m.lay.head);
			continue;
		}
		expect(number(&m, 440, 4) == rows[i].max_mapnr, "%s: max_mapnr %#llx", rows[i].name,
		       (unsigned long long)number(&m, 440, 4));
		assert_int_equal(number(&m, 4192, 8), m.lay.max_pfn);
		kdump_layout_free(&m.lay);
	}
}

static void descriptors(void **state)
{
	static const uint8_t little[] = {0x08, 7, 6, 5, 4, 3, 2, 1, 0x34, 0x12, 0, 0,
					 0x20, 0, 0, 0, 0, 0, 0, 0, 0,	  0,	0, 0};
	static const uint8_t big[] = {1, 2, 3, 4,    5, 6, 7, 0x08, 0, 0, 0x12, 0x34,
				      0, 0, 0, 0x20, 0, 0, 0, 0,    0, 0, 0,	0};
	struct kdump_layout lay = {.swap = false};
	uint8_t out[KDUMP_DESC_BYTES];

	(void)state;
	memset(out, 0xff, sizeof(out));
	kdump_layout_desc(&lay, out, 0x0102030405060708, 0x1234, 0x20);
	assert_memory_equal(out, little, sizeof(out));
	lay.swap = true;
	kdump_layout_desc(&lay, out, 0x0102030405060708, 0x1234, 0x20);
	assert_memory_equal(out, big, sizeof(out));
}

/* The bitmap is made in pieces of 1, 4, 16 and 64 bytes; each bit is compared with the extents. */
static void bitmap1(void **state)
{
	static const char *const maps[] = {
		"0+1000",
		"1000+7000",
		"7fff+2",
		"3000+100 3100+2000 5fff+1",
		"0+40000 50000+1 7f000+1000 1ff000+200000",
		"ffff000+1000 10000000+1001",
	};
	uint8_t out[64 + 1];

	(void)state;
	for (size_t i = 0; i < ROWS(maps); i++) {
		const struct kdump_layout_facts facts = {.page_bytes = 4096};
		struct made m;

		read_map(&m, maps[i]);
		assert_int_equal(kdump_layout_plan(&m.lay, &m.map, &facts), 0);
		for (size_t bytes = 1; bytes <= 64; bytes *= 4)
			for (uint64_t pfn = 0; pfn < m.lay.max_pfn + 100; pfn += bytes * 8) {
				memset(out, 0xa5, sizeof(out));
				kdump_layout_bitmap1(&m.lay, &m.map, pfn, out, bytes);
				assert_int_equal(out[bytes], 0xa5);
				for (uint64_t p = pfn; p < pfn + bytes * 8; p++) {
					bool want = false;

					for (size_t e = 0; e < m.map.nr_extents; e++)
						want |= m.extents[e].paddr < (p + 1) * 4096 &&
							m.extents[e].paddr + m.extents[e].bytes >
								p * 4096;
					expect((out[(p - pfn) / 8] >> p % 8 & 1) == want,
					       "%s: bit of page %llu, in a piece of %zu bytes",
					       maps[i], (unsigned long long)p, bytes);
				}
			}
		kdump_layout_free(&m.lay);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets),	 cmocka_unit_test(head),
		cmocka_unit_test(nothing_known), cmocka_unit_test(limits),
		cmocka_unit_test(descriptors),	 cmocka_unit_test(bitmap1),
	};

	return cmocka_run_group_tests_name("kdump_layout", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elfcore.c - headers in both byte orders, and headers with wrong values
 */
#include "unit.h"

#include "source/elfcore.h"

/* Make the header of a little-endian kernel, at the offsets of the gABI. */
static void good_header(uint8_t h[ELFCORE_EHDR_BYTES])
{
	static const uint8_t start[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};

	memset(h, 0, ELFCORE_EHDR_BYTES);
	memcpy(h, start, sizeof(start));
	h[16] = 4;  /* e_type ET_CORE */
	h[18] = 21; /* e_machine EM_PPC64 */
	h[32] = 64; /* e_phoff */
	h[48] = 2;  /* e_flags */
	h[52] = 64; /* e_ehsize */
	h[54] = 56; /* e_phentsize */
	h[56] = 3;  /* e_phnum */
}

static void header_faults(void **state)
{
	static const struct {
		const char *name;
		size_t bytes;
		unsigned int at;
		uint8_t value;
		const char *wrong;
	} rows[] = {
		{"good", 64, 0, 0x7f, NULL},
		{"empty", 0, 0, 0x7f, "is empty"},
		{"one byte", 1, 0, 0x7f, "not an ELF"},
		{"three bytes", 3, 0, 0x7f, "not an ELF"},
		{"magic only", 4, 0, 0x7f, "ends inside"},
		{"one short", 63, 0, 0x7f, "ends inside"},
		{"other magic", 64, 3, 'G', "not an ELF"},
		{"ELF32", 64, 4, 1, "not an ELF64"},
		{"class 0", 64, 4, 0, "not an ELF64"},
		{"order 0", 64, 5, 0, "byte order"},
		{"order 3", 64, 5, 3, "byte order"},
		{"executable", 64, 16, 2, "not a core"},
		{"phentsize 0", 64, 54, 0, "e_phentsize"},
		{"phentsize 57", 64, 54, 57, "e_phentsize"},
		{"phentsize 56 + 256", 64, 55, 1, "e_phentsize"},
		{"phnum 0", 64, 56, 0, "no program headers"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t h[ELFCORE_EHDR_BYTES], *exact = malloc(rows[i].bytes);
		struct elfcore core;
		const char *wrong;

		good_header(h);
		h[rows[i].at] = rows[i].value;
		memcpy(exact, h, rows[i].bytes); /* exact, for the sanitizer */
		wrong = elfcore_header(&core, exact, rows[i].bytes);
		free(exact);
		expect(says(wrong, rows[i].wrong), "%s: %s", rows[i].name,
		       wrong ? wrong : "accepted");
	}
}

static void header_fields(void **state)
{
	uint8_t h[ELFCORE_EHDR_BYTES];
	struct elfcore core;

	(void)state;
	good_header(h);
	assert_null(elfcore_header(&core, h, sizeof(h)));
	assert_int_equal(core.machine, 21);
	assert_int_equal(core.flags, 2);
	assert_int_equal(core.phdrs_at, 64);
	assert_int_equal(core.nr_phdrs, 3);
	assert_int_equal(core.xnum_at, 0);
	assert_false(core.swap);

	/* the same header, big-endian */
	h[5] = 2;
	h[16] = h[18] = h[32] = h[48] = h[54] = h[56] = 0;
	h[17] = 4;
	h[19] = 21;
	h[39] = 64;
	h[51] = 2;
	h[55] = 56;
	h[57] = 3;
	assert_null(elfcore_header(&core, h, sizeof(h)));
	assert_true(core.swap);
	assert_int_equal(core.machine, 21);
	assert_int_equal(core.flags, 2);
	assert_int_equal(core.phdrs_at, 64);
	assert_int_equal(core.nr_phdrs, 3);
}

static void xnum(void **state)
{
	static const struct {
		const char *name;
		uint8_t info[4]; /* sh_info */
		uint32_t nr;
		const char *wrong;
	} rows[] = {
		{"none", {0}, 0, "counts none"},
		{"65535", {0xff, 0xff}, 65535, NULL},
		{"most", {0, 0, 2}, 131072, NULL},
		{"one more", {1, 0, 2}, 131073, "more than 131072"},
		{"all", {0xff, 0xff, 0xff, 0xff}, UINT32_MAX, "more than 131072"},
	};
	uint8_t h[ELFCORE_EHDR_BYTES], shdr[ELFCORE_SHDR_BYTES];
	struct elfcore core;

	(void)state;
	good_header(h);
	h[56] = h[57] = 0xff;
	expect(says(elfcore_header(&core, h, sizeof(h)), "no section header"),
	       "e_shoff 0 accepted");
	h[41] = 1; /* e_shoff 256 */
	assert_null(elfcore_header(&core, h, sizeof(h)));
	assert_int_equal(core.xnum_at, 256);
	assert_int_equal(core.nr_phdrs, 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *wrong;

		memset(shdr, 0x55, sizeof(shdr));
		memcpy(shdr + 44, rows[i].info, 4);
		wrong = elfcore_xnum(&core, shdr);
		expect(says(wrong, rows[i].wrong) && core.nr_phdrs == rows[i].nr,
		       "%s: %s, nr_phdrs %u", rows[i].name, wrong ? wrong : "accepted",
		       core.nr_phdrs);
	}
}

/* Written headers are read back unchanged, in both byte orders, at the offsets of the gABI. */
static void put_and_read(void **state)
{
	(void)state;
	for (uint8_t order = 1; order <= 2; order++) {
		const unsigned int low = order == 1 ? 0 : 1; /* low byte of a 16-bit field */
		const Elf64_Phdr in = {1, 7, 0x123456789abc, UINT64_MAX - 4, 1u << 31, 5, 6, 7};
		uint8_t buf[ELFCORE_EHDR_BYTES], p[ELFCORE_PHDR_BYTES], s[ELFCORE_SHDR_BYTES];
		struct elfcore from = {.ident = {0x7f, 'E', 'L', 'F', 2, order, 1, 3}}, back;
		struct elfcore_note note;
		Elf64_Phdr out;

		from.swap = order == 2;
		from.machine = 62;
		from.flags = 0x01020304;
		elfcore_put_header(&from, 7, 0, buf);
		assert_int_equal(buf[18 + low], 62);
		assert_int_equal(buf[16 + low], ET_CORE);
		assert_null(elfcore_header(&back, buf, sizeof(buf)));
		assert_int_equal(back.nr_phdrs, 7);
		assert_int_equal(back.flags, from.flags);
		assert_memory_equal(back.ident, from.ident, 16);

		elfcore_put_header(&from, 70000, 8192, buf);
		assert_null(elfcore_header(&back, buf, sizeof(buf)));
		assert_int_equal(back.xnum_at, 8192);
		assert_int_equal(buf[60 + low], 1); /* e_shnum */
		elfcore_put_xnum(&from, 70000, s);
		assert_null(elfcore_xnum(&back, s));
		assert_int_equal(back.nr_phdrs, 70000);

		elfcore_put_phdr(&from, &in, p);
		assert_int_equal(p[order == 1 ? 0 : 3], 1);
		elfcore_phdr(&from, p, &out);
		assert_memory_equal(&in, &out, sizeof(in));

		memset(p, 0, sizeof(p));
		p[order == 1 ? 0 : 3] = 11;
		p[order == 1 ? 5 : 6] = 1;
		p[order == 1 ? 8 : 11] = 9;
		elfcore_note(&from, p, &note);
		assert_int_equal(note.name_bytes, 11);
		assert_int_equal(note.desc_bytes, 256);
		assert_int_equal(note.type, 9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_faults),
		cmocka_unit_test(header_fields),
		cmocka_unit_test(xnum),
		cmocka_unit_test(put_and_read),
	};

	return cmocka_run_group_tests_name("elfcore", tests, NULL, NULL);
}

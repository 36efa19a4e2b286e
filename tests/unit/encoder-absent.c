// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * encoder-absent.c - choosing a codec in a build without the libraries
 *
 * The files of that build are included here under other names, alongside the complete build.
 */
#include "unit.h"

#define encoder_parse	absent_parse
#define encoder_default absent_default
#define encoder_name	absent_name
#define encoder_claim	absent_claim
#define zstd_encoder	absent_zstd
#define lzo_encoder	absent_lzo
#define zlib_encoder	absent_zlib

#include "encode/absent/lzo.c"
#include "encode/absent/zlib.c"
#include "encode/absent/zstd.c"
#include "encode/encoder.c"

static void choices(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"zstd", "zstd is not built into this program"},
		{"zstd:3", "zstd is not built into this program"},
		{"lzo", "lzo is not built into this program"},
		{"zlib", "zlib is not built into this program"},
		{"zlib:junk", "zlib is not built into this program"},
		{"lz4", "unknown codec 'lz4', built in: none"},
		{"none", NULL},
	};

	(void)state;
	assert_string_equal(encoder_name(0), "none");
	assert_null(encoder_name(1));
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct encoder_choice c = {NULL, 99};
		char why[ENCODER_WHY_BYTES] = "";
		bool ok = encoder_parse(rows[i].text, &c, why);

		expect(ok == !rows[i].why && !c.encoder == !ok, "'%s': returned %d", rows[i].text,
		       ok);
		expect(ok || says(why, rows[i].why), "'%s': reason %s", rows[i].text, why);
	}
	assert_ptr_equal(encoder_default().encoder, &none_encoder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(choices),
	};

	return cmocka_run_group_tests_name("encoder-absent", tests, NULL, NULL);
}

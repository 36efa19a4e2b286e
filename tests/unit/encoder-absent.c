// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * encoder-absent.c - choosing a codec in a build without the libraries
 *
 * The build under test is made here under other names, beside the complete one.
 */
#include "unit.h"

#define encoder_parse	absent_parse
#define encoder_default absent_default
#define encoder_claim	absent_claim
#define zstd_encoder	absent_zstd
#define lzo_encoder	absent_lzo
#define zlib_encoder	absent_zlib

#include "encode/encoder.c"
#include "encode/absent/zstd.c"
#include "encode/absent/lzo.c"
#include "encode/absent/zlib.c"

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
		{"lz4", "no codec is called 'lz4', there are none"},
		{"none", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct encoder_choice c = {NULL, 99};
		char why[ENCODER_WHY_BYTES] = "";
		bool ok = encoder_parse(rows[i].text, &c, why);

		expect(ok == !rows[i].why && !c.encoder == !ok, "'%s': %d", rows[i].text, ok);
		expect(ok || says(why, rows[i].why), "'%s': %s", rows[i].text, why);
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

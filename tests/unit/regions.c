// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * regions.c - /sys/kernel/release_region in every spelling, and text that only looks similar
 *
 * Pieces are written as "PADDR@AT+BYTES", in hex.
 */
#include "unit.h"

#include <inttypes.h>

#include "release/regions.h"

static const char *pieces(const struct regions *r)
{
	static char out[1024];
	size_t used = 0;

	out[0] = '\0';
	for (unsigned int i = 0; i < r->nr; i++)
		used += (size_t)snprintf(out + used, sizeof(out) - used,
					 "%s%" PRIx64 "@%" PRIx64 "+%" PRIx64, i ? " " : "",
					 r->piece[i].paddr, r->piece[i].at, r->piece[i].bytes);
	return out;
}

struct row {
	const char *name, *text, *wrong, *pieces;
	uint64_t held_at, place_bytes, copies_bytes;
	unsigned int nr_copies;
};

/* The pieces of a usual text: memory in place; a copy of 256 MiB of low memory above it. */
#define USUAL "10000000@10000000+50000000"
#define COPY  "0@60020000+10000000 "

static const struct row good[] = {
	{"the first kernels with the file: the header is 0",
	 "CPU:0x0-0x0: HPTE:0x0-0x0: DUMP:0x0-0x0, 0x10000000-0x50000000:\n", NULL, USUAL,
	 0x10000000, 0x50000000, 0, 0},
	{"all known",
	 "CPU:0x60000000-0x10000: HPTE:0x60010000-0x1000: DUMP:0x60020000-0x10000000, "
	 "0x10000000-0x50000000:\n",
	 NULL, COPY USUAL, 0x10000000, 0x50000000, 0x10011000, 1},
	{"no colon at the end, no line end", "DUMP:0x60020000-0x10000000, 0x10000000-0x50000000",
	 NULL, COPY USUAL, 0x10000000, 0x50000000, 0x10000000, 1},
	{"continued with a backslash",
	 "CPU:0x0-0x0: HPTE:0x0-0x0: \\\nDUMP:0x0-0x0, 0x10000000-0x50000000:", NULL, USUAL,
	 0x10000000, 0x50000000, 0, 0},
	{"continued inside DUMP", "DUMP:0x0-0x0,\\\n 0x10000000-0x50000000:", NULL, USUAL,
	 0x10000000, 0x50000000, 0, 0},
	{"the documentation's example: a slash, capital letters, overlaps",
	 "CPU:0x177fee000-0x10000: HPTE:0x177ffe020-0x1000: /\n"
	 "DUMP:0x177fff020-0x10000000, 0x10000000-0x16F1D370A",
	 NULL, "0@177fff020+10000000 10000000@10000000+167fff020", 0x10000000, 0x16F1D370A,
	 0x10011000, 1},
	{"no blanks, no 0x, one pair", "DUMP:10000000-50000000", NULL, USUAL, 0x10000000,
	 0x50000000, 0, 0},
	{"an unknown section", "NEW:0x1-0x2: DUMP:0x10000000-0x50000000:", NULL, USUAL, 0x10000000,
	 0x50000000, 2, 0},
	{"two copies in a row: low memory in two parts",
	 "DUMP:0x70000000-0x1000, 0x60000000-0x2000, 0x10000-0x8000:", NULL,
	 "0@70000000+1000 1000@60000000+2000 10000@10000+8000", 0x10000, 0x8000, 0x3000, 2},
	{"a copy in the middle of the held memory", "DUMP:0x30000-0x10000, 0x10000-0x60000:", NULL,
	 "0@30000+10000 10000@10000+20000 40000@40000+30000", 0x10000, 0x60000, 0x10000, 1},
	{"a copy below the held memory", "DUMP:0x20000-0x10000, 0x40000-0x60000:", NULL,
	 "0@20000+10000 40000@40000+60000", 0x40000, 0x60000, 0x10000, 1},
	{"held memory that starts inside the copied memory",
	 "DUMP:0x100000-0x20000, 0x10000-0x60000:", NULL, "0@100000+20000 20000@20000+50000",
	 0x10000, 0x60000, 0x20000, 1},
	{"up to the end of the address space", "DUMP:0xffffffffffff0000-0xffff", NULL,
	 "ffffffffffff0000@ffffffffffff0000+ffff", UINT64_C(0xffffffffffff0000), 0xffff, 0, 0},
};

static const struct row bad[] = {
	{.name = "nothing", .text = "", .wrong = "no range in DUMP"},
	{.name = "a line end", .text = "\n", .wrong = "no range in DUMP"},
	{.name = "no DUMP", .text = "CPU:0x0-0x10:", .wrong = "no range in DUMP"},
	{.name = "a DUMP with nothing", .text = "DUMP:", .wrong = "no range in DUMP"},
	{.name = "nothing is held", .text = "DUMP:0x0-0x0, 0x10000-0x0:", .wrong = "no memory"},
	{.name = "all held memory is a copy",
	 .text = "DUMP:0x10000-0x10000, 0x10000-0x10000:",
	 .wrong = "no memory"},
	{.name = "DUMP twice", .text = "DUMP:0x1-0x1: DUMP:0x2-0x2:", .wrong = "twice"},
	{.name = "copies overlap",
	 .text = "DUMP:0x1000-0x1000, 0x1fff-0x1000, 0x10000-0x1000:",
	 .wrong = "overlapping"},
	{.name = "too many", .text = "DUMP:1-1,3-1,5-1,7-1,9-1,b-1,d-1,f-1,11-1", .wrong = "more"},
	{.name = "a pair without a name", .text = "0x1000-0x1000", .wrong = "not a range"},
	{.name = "half a pair", .text = "DUMP:0x1000", .wrong = "not a range"},
	{.name = "half a pair and a dash", .text = "DUMP:0x1000-", .wrong = "not a range"},
	{.name = "0x alone", .text = "DUMP:0x-0x1", .wrong = "not a range"},
	{.name = "no hexadecimal", .text = "DUMP:0x1000-0x10g0", .wrong = "not a range"},
	{.name = "pairs without a separator", .text = "DUMP:1-20x3-4", .wrong = "not a range"},
	{.name = "negative", .text = "DUMP:-1-2", .wrong = "not a range"},
	{.name = "65 bits", .text = "DUMP:0x10000000000000000-0x1", .wrong = "not a range"},
	{.name = "wraps", .text = "DUMP:0xffffffffffff0000-0x10000", .wrong = "not a range"},
	{.name = "the sum of the copies wraps",
	 .text = "A:1-2: DUMP:1-8000000000000000,8000000000000001-7ffffffffffffffe,0-0,9-1",
	 .wrong = "not a range"},
	{.name = "the sum of the other ranges wraps",
	 .text = "A:1-8000000000000000: B:1-8000000000000000: DUMP:1-1",
	 .wrong = "not a range"},
	{.name = "letters", .text = "DUMP:0x1000-0x1000 and more", .wrong = "not a range"},
	{.name = "a name without a colon", .text = "DUMP 0x1000-0x1000", .wrong = "not a range"},
	{.name = "control bytes", .text = "DUMP:\0330x1000-0x1000", .wrong = "not a range"},
};

static const char *parse(struct regions *r, const char *text)
{
	const size_t bytes = strlen(text);
	char *exact = malloc(bytes + 1); /* exact, for the sanitizer */
	const char *wrong;

	assert_non_null(exact);
	exact = realloc(exact, bytes ? bytes : 1);
	memcpy(exact, text, bytes);
	wrong = regions_parse(r, exact, bytes);
	free(exact);
	return wrong;
}

static void spellings(void **state)
{
	struct regions r;

	(void)state;
	for (size_t i = 0; i < ROWS(good); i++) {
		const struct row *row = &good[i];
		const char *wrong = parse(&r, row->text);

		expect(!wrong, "%s: %s", row->name, wrong);
		expect(strcmp(pieces(&r), row->pieces) == 0, "%s: pieces %s", row->name,
		       pieces(&r));
		expect(r.held_at == row->held_at && r.place_bytes == row->place_bytes &&
			       r.copies_bytes == row->copies_bytes && r.nr_copies == row->nr_copies,
		       "%s: held_at %" PRIx64 ", place_bytes %" PRIx64 ", copies_bytes %" PRIx64
		       ", nr_copies %u",
		       row->name, r.held_at, r.place_bytes, r.copies_bytes, r.nr_copies);
	}
}

static void refused(void **state)
{
	struct regions r;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		const char *wrong = parse(&r, bad[i].text);

		expect(says(wrong, bad[i].wrong), "%s: %s", bad[i].name,
		       wrong ? wrong : "accepted");
	}
}

/* Every prefix of a good text is accepted or refused, without a read past the prefix. */
static void cut_off(void **state)
{
	const char *text = good[1].text;
	struct regions r;
	char part[256];

	(void)state;
	for (size_t i = 0; i < strlen(text); i++) {
		memcpy(part, text, i);
		part[i] = '\0';
		if (!parse(&r, part))
			assert_true(r.nr > r.nr_copies);
	}
	assert_null(parse(&r, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spellings),
		cmocka_unit_test(refused),
		cmocka_unit_test(cut_off),
	};

	return cmocka_run_group_tests_name("regions", tests, NULL, NULL);
}

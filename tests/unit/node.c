// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * node.c - the firmware's dump node, the regions of OPAL, and the pages to retire
 */
#include "unit.h"

#include <inttypes.h>

#include "tool/node.h"

struct section {
	unsigned int type;
	uint64_t address, length;
};

static uint8_t raw[NODE_BYTES * 2];

static size_t put(size_t at, unsigned int bytes, uint64_t value)
{
	for (unsigned int i = 0; i < bytes; i++)
		raw[at + i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
	return at + bytes;
}

/* Make a node in raw.  Returns its size in bytes. */
static size_t build(uint32_t version, uint16_t count, uint32_t first, const struct section *s,
		    size_t nr)
{
	size_t at = 0;

	memset(raw, 0, sizeof(raw));
	at = put(at, 4, version);
	at = put(at, 2, count);
	at = put(at, 2, 49152);
	at = put(at, 4, first);
	at = 40;
	for (size_t i = 0; i < nr; i++) {
		at = put(at, 4, 1);
		at = put(at, 2, s[i].type);
		at = put(at, 2, 0);
		at = put(at, 8, s[i].address);
		at = put(at, 8, s[i].length);
		at = put(at, 8, s[i].length);
		at = put(at, 8, s[i].address);
	}
	return at;
}

/* The sections of a pseries machine: CPU, HPTE of length 0, boot memory, kernel arguments. */
static const struct section usual[] = {
	{1, 0, 4096}, {2, 0, 0}, {17, 805306368, 805306368}, {256, 4294965248, 2048}};

static const char *parse(struct node *n, size_t bytes)
{
	uint8_t *exact = malloc(bytes ? bytes : 1); /* exact, for the sanitizer */
	const char *why;

	assert_non_null(exact);
	exact = realloc(exact, bytes ? bytes : 1);
	memcpy(exact, raw, bytes);
	why = node_parse(n, exact, bytes);
	free(exact);
	return why;
}

static void a_real_layout(void **state)
{
	struct node n;
	uint64_t at = 0;

	(void)state;
	assert_int_equal(build(1, 4, 40, usual, 4), 200);
	assert_null(parse(&n, 200));
	assert_int_equal(n.nr, 4);
	assert_int_equal(n.section[2].type, 17);
	assert_int_equal(n.section[2].source, 805306368);
	assert_int_equal(n.section[2].length, 805306368);
	assert_int_equal(n.section[2].destination, 805306368);
	assert_true(node_param_area(&n, &at));
	assert_int_equal(at, 0xfffff800);
}

static void no_area(void **state)
{
	static const struct section empty = {256, 4096, 0};
	/* the type of the area in the address of another section */
	static const struct section others[] = {{1, 256, 256}, {2, UINT64_C(0x0100) << 48, 1}};
	struct node n;
	uint64_t at;

	(void)state;
	assert_null(parse(&n, build(1, 3, 40, usual, 3)));
	assert_false(node_param_area(&n, &at));
	assert_null(parse(&n, build(1, 1, 40, &empty, 1)));
	assert_false(node_param_area(&n, &at));
	assert_null(parse(&n, build(1, 0, 40, NULL, 0)));
	assert_false(node_param_area(&n, &at));
	/* an area behind the last counted section */
	assert_null(parse(&n, build(1, 3, 40, usual, 4)));
	assert_false(node_param_area(&n, &at));
	assert_null(parse(&n, build(1, 2, 40, others, 2)));
	assert_false(node_param_area(&n, &at));
}

static void no_node(void **state)
{
	static const uint32_t first[] = {0, 39, 201, UINT32_MAX, UINT32_C(1) << 31};
	static const struct section beyond = {256, UINT64_MAX - 4095, 2048};
	struct node n;

	(void)state;
	for (size_t bytes = 0; bytes < 200; bytes++) {
		build(1, 4, 40, usual, 4);
		expect(parse(&n, bytes) && n.nr == 0, "the first %zu bytes are accepted as a node",
		       bytes);
	}
	for (size_t i = 0; i < ROWS(first); i++)
		expect(parse(&n, build(1, 4, first[i], usual, 4)),
		       "a first section at %" PRIu32 " is accepted", first[i]);
	assert_non_null(parse(&n, build(2, 4, 40, usual, 4)));
	assert_non_null(parse(&n, build(1, UINT16_MAX, 40, usual, 4)));
	assert_non_null(parse(&n, build(1, 1, 40, &beyond, 1)));
	/* sections beyond NODE_BYTES are refused; NODE_SECTIONS_MAX sections are accepted */
	build(1, UINT16_MAX, 40, usual, 4);
	assert_non_null(node_parse(&n, raw, sizeof(raw)));
	build(1, 1, NODE_BYTES + 1, usual, 4);
	assert_non_null(node_parse(&n, raw, sizeof(raw)));
	build(1, NODE_SECTIONS_MAX, 40, usual, 4);
	assert_null(node_parse(&n, raw, sizeof(raw)));
	assert_int_equal(n.nr, NODE_SECTIONS_MAX);
}

static void broken_pages(void **state)
{
	static const struct {
		uint64_t start;
		const char *reserved;
		uint64_t page;
		enum node_broken found;
		uint64_t at;
	} rows[] = {
		{805306368, "805372336", 65536, NODE_BROKEN, 0x60010000},
		{805306368, "805372336", 4096, NODE_BROKEN, 0x60010000},
		{805306368, "805376432", 4096, NODE_BROKEN, 0x60011000},
		{805306368, "805306368", 65536, NODE_WHOLE, 0},
		{805306368, "805310464", 4096, NODE_WHOLE, 0},
		{805306368, "805310464", 65536, NODE_BROKEN, 0x60000000},
		{UINT64_C(1) << 40, "432", 65536, NODE_BROKEN, UINT64_C(1) << 40},
		{805310464, "805372336", 65536, NODE_UNKNOWN, 0},
		{805306368, "x", 65536, NODE_UNKNOWN, 0},
		{805306368, "", 65536, NODE_UNKNOWN, 0},
		{805306368, "805372336", 0, NODE_UNKNOWN, 0},
		{INT64_MAX - 65535, "432", 65536, NODE_BROKEN, INT64_MAX - 65535},
		{INT64_MAX - 65535, "65537", 65536, NODE_UNKNOWN, 0},
	};
	struct node n, none = {0};
	uint64_t at;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct section s[] = {{1, rows[i].start, 4096}, {17, 0, 805306368}};
		enum node_broken found;

		assert_null(parse(&n, build(1, 2, 40, s, 2)));
		at = 0;
		found = node_broken_page(&n, rows[i].reserved, rows[i].page, &at);
		expect(found == rows[i].found && at == rows[i].at,
		       "row %zu: result %d, page at %" PRIx64, i, (int)found, at);
	}
	assert_int_equal(node_broken_page(&none, "805372336", 65536, &at), NODE_UNKNOWN);
	assert_int_equal(node_broken_page(&none, "65536", 65536, &at), NODE_WHOLE);
}

static void page_sizes(void **state)
{
	(void)state;
	assert_int_equal(node_page_bytes("x\nSize: 128 kB\nKernelPageSize:        4 kB\n"
					 "KernelPageSize: 64 kB\n"),
			 4096);
	assert_int_equal(node_page_bytes("KernelPageSize:\t64 kB\n"), 65536);
	assert_int_equal(node_page_bytes(""), 65536);
	assert_int_equal(node_page_bytes("x\n"), 65536);
	assert_int_equal(node_page_bytes("KernelPageSize: x kB\n"), 65536);
	assert_int_equal(node_page_bytes("KernelPageSize: 0 kB\n"), 65536);
	assert_int_equal(node_page_bytes("KernelPageSize: 99999999999999999999 kB\n"), 65536);
	assert_int_equal(node_page_bytes("KernelPageSize:"), 65536);
}

static void opal_regions(void **state)
{
	static const struct {
		const char *text;
		unsigned int nr;		      /* 0: refused */
		uint64_t source, length, destination; /* of the last region */
	} rows[] = {
		{"DUMP: Src: 0x00000000000000, Dest: 0x00000040000000, Size: 0x40000000, Dumped: "
		 "0x40000000 bytes\n\nMemory above 0x00000040000000 is reserved for saving crash "
		 "dump\n",
		 1, 0, 0x40000000, 0x40000000},
		{"DUMP: Src: 0x0, Dest: 0x100000000000, Size: 0x1, Dumped: 0\n"
		 "DUMP: Src: 0x1, Dest: 0x100000000001, Size: 0xf, Dumped: 0\n",
		 2, 1, 0xf, UINT64_C(0x100000000001)},
		{"DUMP: Src: 0x0, Dest: 0x1, Size: 0x1", 1, 0, 1, 1},
		{"DUMP: Src: 0000000000000000, Dest: 0x10, Size: 0x1, Dumped: 0\n", 0, 0, 0, 0},
		{"CPU :[0x1-0x2] 0x1 bytes, Dumped: 0x0\n", 0, 0, 0, 0},
		{"DUMP: Src: 0x0, Dest: 0x1x, Size: 0x1, Dumped: 0\n", 0, 0, 0, 0},
		{"DUMP: Src: 0x0, Dest: 0xA, Size: 0x1, Dumped: 0\n", 0, 0, 0, 0},
		{"DUMP: Src: 0x0, Dest: $(reboot), Size: 0x1, Dumped: 0\n", 0, 0, 0, 0},
		{"DUMP: Src: 0x0, Dest: 0x8000000000000000, Size: 0x1, Dumped: 0\n", 0, 0, 0, 0},
		{"DUMP: Src: 0x0, Dest: 0x1, Size: 0x1\nDUMP: Src: 0x0, Dest:\n", 0, 0, 0, 0},
		{"", 0, 0, 0, 0},
	};
	struct node n;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *why = node_regions(&n, rows[i].text, strlen(rows[i].text));
		const struct node_section *s = &n.section[n.nr ? n.nr - 1 : 0];

		expect(!why == (rows[i].nr > 0) && n.nr == rows[i].nr, "%s: %s, %u sections",
		       rows[i].text, why, n.nr);
		expect(!n.nr || (s->type == NODE_BOOT_MEMORY && s->source == rows[i].source &&
				 s->length == rows[i].length &&
				 s->destination == rows[i].destination),
		       "%s: source %" PRIx64 ", length %" PRIx64 ", destination %" PRIx64,
		       rows[i].text, s->source, s->length, s->destination);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_real_layout), cmocka_unit_test(no_area),
		cmocka_unit_test(no_node),	 cmocka_unit_test(broken_pages),
		cmocka_unit_test(page_sizes),	 cmocka_unit_test(opal_regions),
	};

	return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}

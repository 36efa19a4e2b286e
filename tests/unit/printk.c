// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * printk.c - the log of a made-up crashed kernel, with valid and with damaged data
 *
 * The test tools have a writer of their own for the ring, so that an error of the decoder is not
 * repeated in its test.
 */
#include "unit.h"

#include <errno.h>

#include "source/elfcore.h"
#include "source/printk.h"
#include "source/vmcoreinfo.h"

/* included, as a unit test has only one source file of its own */
#include "../tools/mkring.c"

#define BASE	     UINT64_C(0xc000000001000000)
#define MEMORY_BYTES 8192u
#define PRB	     (BASE + PRB_AT)

static uint8_t memory[MEMORY_BYTES];
static char log_text[1u << 16];
static size_t log_bytes;
static unsigned int reads, emit_fails_at, emits;
static bool big_endian;

static void fake_write(uint64_t va, const void *buf, size_t bytes)
{
	assert_true(va >= BASE && va - BASE + bytes <= MEMORY_BYTES);
	memcpy(memory + (va - BASE), buf, bytes);
}

static bool fake_read(void *arg, uint64_t va, void *buf, size_t bytes)
{
	(void)arg;
	reads++;
	if (va < BASE || va - BASE >= MEMORY_BYTES || bytes > MEMORY_BYTES - (va - BASE))
		return false;
	memcpy(buf, memory + (va - BASE), bytes);
	return true;
}

static int fake_emit(void *arg, const char *text, size_t bytes)
{
	(void)arg;
	if (emit_fails_at && ++emits >= emit_fails_at)
		return -ENOSPC;
	assert_true(log_bytes + bytes < sizeof(log_text));
	memcpy(log_text + log_bytes, text, bytes);
	log_bytes += bytes;
	log_text[log_bytes] = '\0';
	return 0;
}

static const char *decode(const char *info_text, int *err)
{
	const struct elfcore core = {.swap = big_endian};
	const struct vmcoreinfo info = {info_text, strlen(info_text)};
	const struct printk_io io = {.read = fake_read, .emit = fake_emit};

	log_bytes = reads = emits = 0;
	log_text[0] = '\0';
	return printk_decode(&core, &info, &io, err);
}

static const char *info_of_ring(void)
{
	static char text[4096];

	snprintf(text, sizeof(text), "SYMBOL(prb)=%llx\n%s", (unsigned long long)BASE, mkring_info);
	return text;
}

#define TEXT(s) .text = (char *)(s), .bytes = sizeof(s) - 1, .state = 2

static const char long_text[] =
	"0123456789012345678901234567890123456789012345678901234567890123456789";

static void rings(void **state)
{
	static const struct {
		const char *name;
		struct mkring ring;
		struct mkring_record records[6];
		const char *log;
	} rows[] = {
		{"two lines",
		 {.count_bits = 3, .size_bits = 9},
		 {{TEXT("first"), .ts_nsec = 1000}, {TEXT("second"), .ts_nsec = 12345678901234}},
		 "[    0.000001] first\n[12345.678901] second\n"},
		{"an empty line, a line without text",
		 {.count_bits = 3, .size_bits = 9},
		 {{.empty = true, .state = 2}, {TEXT("")}, {TEXT("x")}},
		 "[    0.000000] \n[    0.000000] \n[    0.000000] x\n"},
		{"committed is printed, reserved and foreign are not",
		 {.count_bits = 3, .size_bits = 9},
		 {{.text = (char *)"c", .bytes = 1, .state = 1},
		  {.text = (char *)"r", .bytes = 1, .state = 0},
		  {.text = (char *)"u", .bytes = 1, .state = 3},
		  {TEXT("f"), .foreign = true},
		  {TEXT("x")}},
		 "[    0.000000] c\n[    0.000000] x\n"},
		{"text that would cross the end of the ring",
		 {.count_bits = 3, .size_bits = 9, .lpos = 480},
		 {{TEXT("a")}, {TEXT("goes to the start of the data")}, {TEXT("b")}},
		 "[    0.000000] a\n[    0.000000] goes to the start of the data\n"
		 "[    0.000000] b\n"},
		{"up to the end, older kernels: text at the start",
		 {.count_bits = 3, .size_bits = 9, .lpos = 488},
		 {{TEXT("0123456789abcdef")}, {TEXT("next")}},
		 "[    0.000000] 0123456789abcdef\n[    0.000000] next\n"},
		{"up to the end, newer kernels: text at the end",
		 {.count_bits = 3, .size_bits = 9, .lpos = 488, .fit = true},
		 {{TEXT("0123456789abcdef")}, {TEXT("next")}},
		 "[    0.000000] 0123456789abcdef\n[    0.000000] next\n"},
		{"logical positions wrap at 2^64",
		 {.count_bits = 3, .size_bits = 9, .lpos = -(uint64_t)512},
		 {{TEXT("a")}, {TEXT(long_text)}, {TEXT("b")}},
		 "[    0.000000] a\n[    0.000000] "
		 "01234567890123456789012345678901234567890123456789"
		 "01234567890123456789\n[    0.000000] b\n"},
		{"numbers wrap at 2^62",
		 {.count_bits = 2, .size_bits = 9, .id = MKRING_ID_MASK - 1},
		 {{TEXT("a")}, {TEXT("b")}, {TEXT("c")}, {TEXT("d")}},
		 "[    0.000000] a\n[    0.000000] b\n[    0.000000] c\n[    0.000000] d\n"},
		{"overwritten records are not printed",
		 {.count_bits = 1, .size_bits = 9},
		 {{TEXT("a")}, {TEXT("b")}, {TEXT("c")}},
		 "[    0.000000] b\n"},
		{"control characters of a terminal",
		 {.count_bits = 3, .size_bits = 9},
		 {{TEXT("\x1b[2J\r\t\x7f\xff\\x41\nz")}},
		 "[    0.000000] \\x1b[2J\\x0d\t\\x7f\\xff\\x41\nz\n"},
	};

	(void)state;
	for (size_t i = 0; i < 2 * ROWS(rows); i++) {
		struct mkring ring = rows[i / 2].ring;
		const char *wrong;
		size_t nr = 0;
		int err;

		big_endian = i % 2;
		memset(memory, 0, sizeof(memory));
		ring.va = BASE;
		while (nr < 6 && (rows[i / 2].records[nr].text || rows[i / 2].records[nr].empty))
			nr++;
		mkring_write(&ring, rows[i / 2].records, nr, big_endian, fake_write);
		wrong = decode(info_of_ring(), &err);
		expect(!wrong && !err && strcmp(log_text, rows[i / 2].log) == 0,
		       "%s, %s endian: %s, log:\n%s", rows[i / 2].name,
		       big_endian ? "big" : "little", wrong ? wrong : "decoded", log_text);
	}
	big_endian = false;
}

static void good_ring(void)
{
	static const struct mkring_record records[] = {{TEXT("a")}, {TEXT("b")}, {TEXT("c")}};
	struct mkring ring = {.va = BASE, .count_bits = 3, .size_bits = 9};

	memset(memory, 0, sizeof(memory));
	mkring_write(&ring, records, 3, false, fake_write);
}

#define ALL "[    0.000000] a\n[    0.000000] b\n[    0.000000] c\n"

/* One number of the ring is wrong. */
static void wrong_numbers(void **state)
{
	static const struct {
		const char *name;
		uint64_t va, value;
		unsigned int bytes;
		const char *wrong, *log;
		unsigned int reads;
	} rows[] = {
		{"all numbers are right", PRB, 3, 4, NULL, ALL, 100},
		{"prb is NULL", BASE, 0, 8, "not in the dump", "", 10},
		{"prb at the end of addresses", BASE, UINT64_MAX, 8, "not in the dump", "", 10},
		{"count_bits 63", PRB, 63, 4, "damaged", "", 10},
		{"count_bits 2^32 - 1", PRB, UINT32_MAX, 4, "damaged", "", 10},
		{"count_bits 27", PRB, 27, 4, "damaged", "", 10},
		{"count_bits 0", PRB, 0, 4, NULL, "[    0.000000] a\n", 20},
		{"size_bits 63", PRB + 48, 63, 4, "damaged", "", 10},
		{"size_bits 3", PRB + 48, 3, 4, "damaged", "", 10},
		{"descriptors elsewhere", PRB + 8, 8, 8, NULL, "", 100},
		{"descriptors at the end of addresses", PRB + 8, UINT64_MAX - 16, 8, NULL, "", 100},
		{"infos elsewhere", PRB + 16, 8, 8, NULL, "", 100},
		{"data elsewhere", PRB + 56, 8, 8, NULL,
		 "[    0.000000] \n[    0.000000] \n[    0.000000] \n", 100},
		{"the head is never reached", PRB + 24, UINT64_MAX / 8, 8, NULL, ALL, 100},
		{"tail and head are equal", PRB + 24, 0, 8, NULL, "[    0.000000] a\n", 100},
		{"text longer than its block", BASE + DESCS_AT + 8 * DESC_BYTES + 16, 0xffff, 2,
		 NULL,
		 "[    0.000000] a\\x00\\x00\\x00\\x00\\x00\\x00\\x00\n[    0.000000] b\n"
		 "[    0.000000] c\n",
		 100},
		{"block of 8 bytes", BASE + DESCS_AT + 16, 8, 8, NULL,
		 "[    0.000000] \n[    0.000000] b\n[    0.000000] c\n", 100},
		{"block of 7 bytes", BASE + DESCS_AT + 16, 7, 8, NULL,
		 "[    0.000000] b\n[    0.000000] c\n", 100},
		{"block ends before it begins", BASE + DESCS_AT + 16, -(uint64_t)600, 8, NULL,
		 "[    0.000000] b\n[    0.000000] c\n", 100},
		{"block two rings long", BASE + DESCS_AT + 16, 1024, 8, NULL,
		 "[    0.000000] b\n[    0.000000] c\n", 100},
		{"lost text, lpos 1", BASE + DESCS_AT + 8, 1, 8, NULL,
		 "[    0.000000] b\n[    0.000000] c\n", 100},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *wrong;
		uint8_t raw[8];
		int err;

		good_ring();
		mkring_put(false, raw, rows[i].value, rows[i].bytes);
		fake_write(rows[i].va, raw, rows[i].bytes);
		wrong = decode(info_of_ring(), &err);
		expect(says(wrong, rows[i].wrong) && !err && strcmp(log_text, rows[i].log) == 0,
		       "%s: %s, log:\n%s", rows[i].name, wrong ? wrong : "decoded", log_text);
		expect(reads <= rows[i].reads, "%s: %u reads", rows[i].name, reads);
	}
}

/* If the dump has only eight records of a ring of 2^26, the decoder stops early. */
static void misses(void **state)
{
	uint8_t raw[8];
	int err;

	(void)state;
	good_ring();
	mkring_put(false, raw, 26, 4);
	fake_write(PRB, raw, 4);
	mkring_put(false, raw, UINT64_MAX / 8, 8); /* the head is never reached */
	fake_write(PRB + 24, raw, 8);
	assert_true(says(decode(info_of_ring(), &err), "much of the log is not in the dump"));
	assert_int_equal(err, 0);
	assert_true(strncmp(log_text, ALL, sizeof(ALL) - 1) == 0);
	assert_true(reads < 2 * MEMORY_BYTES);
}

/* One line of VMCOREINFO is wrong or missing. */
static void layouts(void **state)
{
	static const struct {
		const char *key, *value, *wrong;
	} rows[] = {
		{"SYMBOL(prb)", NULL, "no SYMBOL(prb)"},
		{"SYMBOL(prb)", "0", "not in the dump"},
		{"SYMBOL(prb)", "ffffffffffffffff", "not in the dump"},
		{"SIZE(prb_desc)", NULL, "lacks the layout"},
		{"SIZE(prb_desc)", "0", "lacks the layout"},
		{"SIZE(prb_desc)", "7", "invalid layout"},
		{"SIZE(prb_desc)", "23", "invalid layout"},
		{"SIZE(prb_desc)", "18446744073709551615", "lacks the layout"},
		{"SIZE(printk_info)", NULL, "lacks the layout"},
		{"SIZE(printk_info)", "17", "invalid layout"},
		{"SIZE(printk_info)", "505", "lacks the layout"},
		{"OFFSET(prb_desc.state_var)", "17", "invalid layout"},
		{"OFFSET(prb_desc.text_blk_lpos)", "18446744073709551615", "lacks the layout"},
		{"OFFSET(prb_data_blk_lpos.next)", "9", "invalid layout"},
		{"OFFSET(prb_data_blk_lpos.begin)", "17", "invalid layout"},
		{"OFFSET(printk_info.text_len)", "87", "invalid layout"},
		{"OFFSET(printk_info.ts_nsec)", "81", "invalid layout"},
		{"OFFSET(printk_info.ts_nsec)", "-8", "lacks the layout"},
		{"OFFSET(prb_desc_ring.descs)", NULL, "not in the dump"},
		{"OFFSET(prb_data_ring.data)", "junk", "not in the dump"},
		{"OFFSET(printk_ringbuffer.desc_ring)", "100000", "lacks the layout"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[4096], *line, *rest;
		const char *wrong;
		int err;

		good_ring();
		strcpy(text, info_of_ring());
		line = strstr(text, rows[i].key);
		assert_non_null(line);
		rest = strdup(strchr(line, '\n'));
		sprintf(line, "%s%s%s%s", rows[i].value ? rows[i].key : "X",
			rows[i].value ? "=" : "", rows[i].value ? rows[i].value : "", rest);
		free(rest);
		wrong = decode(text, &err);
		expect(says(wrong, rows[i].wrong) && log_bytes == 0 && reads < 10, "%s=%s: %s",
		       rows[i].key, rows[i].value ? rows[i].value : "(none)",
		       wrong ? wrong : "decoded");
	}
}

/* The first error of the sink ends the log and is returned. */
static void sink_full(void **state)
{
	int err;

	(void)state;
	good_ring();
	emit_fails_at = 4;
	assert_non_null(decode(info_of_ring(), &err));
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(emits, 4);
	assert_string_equal(log_text, "[    0.000000] a\n");
	emit_fails_at = 0;
}

/* Text of any length is complete. */
static void long_lines(void **state)
{
	static char text[2100];
	struct mkring_record rec = {.text = text, .state = 2};

	(void)state;
	memset(text, 'x', sizeof(text));
	for (rec.bytes = 200; rec.bytes <= sizeof(text); rec.bytes += 13) {
		struct mkring ring = {.va = BASE, .count_bits = 1, .size_bits = 12};
		char want[8400] = "";
		int err;

		memset(text, rec.bytes % 2 ? 'x' : 1, sizeof(text));
		for (size_t i = 0; i < rec.bytes; i++)
			strcpy(want + i * (rec.bytes % 2 ? 1 : 4), rec.bytes % 2 ? "x" : "\\x01");
		mkring_write(&ring, &rec, 1, false, fake_write);
		assert_null(decode(info_of_ring(), &err));
		log_text[log_bytes - 1] = '\0';
		expect(strcmp(log_text + 15, want) == 0, "a line of %zu bytes differs", rec.bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rings),      cmocka_unit_test(wrong_numbers),
		cmocka_unit_test(layouts),    cmocka_unit_test(sink_full),
		cmocka_unit_test(long_lines), cmocka_unit_test(misses),
	};

	return cmocka_run_group_tests_name("printk", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * disk.c - the udev links of disk names
 */
#include "unit.h"

#include "config/disk.h"

static void paths(void **state)
{
	/* as udev 252 makes them for labels of ext4 and partitions of GPT */
	static const struct {
		const char *name, *path;
	} rows[] = {
		{"/dev/mapper/vg-crash", "/dev/mapper/vg-crash"},
		{"/dev/a b", "/dev/a b"},
		{"UUID=12-34", "/dev/disk/by-uuid/12-34"},
		{"PARTUUID=a-01", "/dev/disk/by-partuuid/a-01"},
		{"LABEL=my crash/x\\y", "/dev/disk/by-label/my\\x20crash\\x2fx\\x5cy"},
		{"PARTLABEL=*", "/dev/disk/by-partlabel/\\x2a"},
		{"PARTLABEL=#+-.:=@_", "/dev/disk/by-partlabel/#+-.:=@_"},
		{"LABEL=a%b(c)", "/dev/disk/by-label/a\\x25b\\x28c\\x29"},
		{"LABEL=\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80",
		 "/dev/disk/by-label/\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"},
		/* invalid UTF-8: a single byte, overlong, a surrogate, too large, cut off */
		{"LABEL=\xfc", "/dev/disk/by-label/\\xfc"},
		{"LABEL=\xc0\xaf", "/dev/disk/by-label/\\xc0\\xaf"},
		{"LABEL=\xe0\x80\xaf", "/dev/disk/by-label/\\xe0\\x80\\xaf"},
		{"LABEL=\xed\xa0\x80", "/dev/disk/by-label/\\xed\\xa0\\x80"},
		{"LABEL=\xf4\x90\x80\x80", "/dev/disk/by-label/\\xf4\\x90\\x80\\x80"},
		{"LABEL=\xe2\x82", "/dev/disk/by-label/\\xe2\\x82"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char *out = malloc(DISK_PATH_BYTES), *name = strdup(rows[i].name);

		assert_non_null(out);
		assert_non_null(name);
		disk_path(name, out);
		expect(strcmp(out, rows[i].path) == 0, "%s: path %s", rows[i].name, out);
		free(name);
		free(out);
	}
}

/* The longest name fits, with all its characters encoded. */
static void the_longest(void **state)
{
	char name[TARGET_DISK_BYTES + 1], *out = malloc(DISK_PATH_BYTES);

	(void)state;
	assert_non_null(out);
	memset(name, ' ', sizeof(name));
	memcpy(name, "PARTLABEL=", 10);
	name[TARGET_DISK_BYTES] = '\0';
	disk_path(name, out);
	assert_int_equal(strlen(out), 23 + 4 * (TARGET_DISK_BYTES - 10));
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),
		cmocka_unit_test(the_longest),
	};

	return cmocka_run_group_tests_name("disk", tests, NULL, NULL);
}

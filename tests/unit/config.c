// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config.c - a file, words of the kernel command line, and the resulting settings
 *
 * The expected results are the settings as text, and the messages, one on each line.
 */
#include "unit.h"

#include "config/config.h"

struct said {
	char text[8192];
	size_t used;
};

static void note(void *arg, const char *message)
{
	struct said *s = arg;

	s->used += (size_t)snprintf(s->text + s->used, sizeof(s->text) - s->used, "%s\n", message);
}

/* Parse @file, in a buffer with the one more byte that config_file() needs; then parse @words. */
static void run(struct config *c, struct said *s, char **text, const char *file, size_t bytes,
		const char *const words[])
{
	s->used = 0;
	s->text[0] = '\0';
	config_init(c, "conf", note, s);
	*text = malloc(bytes + 1);
	assert_non_null(*text);
	memcpy(*text, file, bytes);
	config_file(c, *text, bytes);
	for (size_t i = 0; words && words[i]; i++)
		config_word(c, words[i]);
	config_finish(c);
}

/* The configuration as text: KEY=VALUE, and the targets, with @ before the last resort. */
static const char *given(const struct config *c)
{
	static char out[4096];
	size_t used = 0;

	out[0] = '\0';
	for (unsigned int i = 0; i < c->nr_targets; i++)
		used += (size_t)snprintf(out + used, sizeof(out) - used, "%s%s ",
					 i >= c->nr_explicit ? "@" : "", c->target[i].text);
	for (int i = 0; i < KEYS_NR; i++)
		if (c->value[i].text)
			used += (size_t)snprintf(out + used, sizeof(out) - used, "%s=%s ",
						 keys_table[i].name, c->value[i].text);
	if (used)
		out[used - 1] = '\0';
	return out;
}

#define LAST "@dir:/var/crash"

static const struct {
	const char *file, *words[4], *given, *said;
} rows[] = {
	/* the grammar */
	{"", {0}, LAST, ""},
	{"\n\n", {0}, LAST, ""},
	{"target = dir:/a\nrearm=no\n", {0}, "dir:/a " LAST " rearm=no", ""},
	{"\n# c\n   # target = dir:/x\n\t target\t=\tdir:/a b \t\n", {0}, "dir:/a b " LAST, ""},
	{"rearm = yes # why\r\nwhen = late\r\n\r\n", {0}, LAST " when=late rearm=yes", ""},
	{"rearm = no", {0}, LAST " rearm=no", ""},
	{"target = dir:/a=b#c", {0}, "dir:/a=b#c " LAST, ""},
	{"#rearm = no\nrearm = no#x\n",
	 {0},
	 LAST,
	 "conf, line 2: rearm: 'no#x' is not accepted (accepted: auto, yes or no)\n"},
	/* a wrong line is ignored; the other lines are used */
	{"rearm\nwhen = late\n",
	 {0},
	 LAST " when=late",
	 "conf, line 1: the line has no '=' (accepted: key = value)\n"},
	{"rearm =\n",
	 {0},
	 LAST,
	 "conf, line 1: rearm: '' is not accepted (accepted: auto, yes or no)\n"},
	{"rearm = \033[2J\001\n",
	 {0},
	 LAST,
	 "conf, line 1: rearm: '?[2J?' is not accepted (accepted: auto, yes or no)\n"},
	{"\nrearm = no\n\nrearm = yes\n",
	 {0},
	 LAST " rearm=no",
	 "conf, line 4: rearm is set twice, the first time in line 2\n"},
	{"rearm = maybe\nrearm = yes\n",
	 {0},
	 LAST " rearm=yes",
	 "conf, line 1: rearm: 'maybe' is not accepted (accepted: auto, yes or no)\n"},
	{"target = iscsi:me:hush@h\ntarget = ram:\n",
	 {0},
	 "ram: " LAST,
	 "conf, line 1: target: the target does not have the form of its kind (accepted: "
	 "iscsi:[user:password[:user:password]@]server:[protocol]:[port]:[lun]:name[;fs=/path])\n"},
	/* values that exclude each other */
	{"format = elf\ncompress = zstd\n",
	 {0},
	 LAST " format=elf",
	 "conf, line 2: compress: zstd cannot be used with format = elf, which is not compressed "
	 "(accepted: none)\n"},
	{"compress = lzo\ndump_level = 1\nformat = elf\n",
	 {0},
	 LAST " compress=lzo dump_level=1",
	 "conf, line 3: compress: lzo cannot be used with format = elf, which is not compressed "
	 "(accepted: none)\n"},
	{"compress = none\nformat = elf\n", {0}, LAST " format=elf compress=none", ""},
	{"compress = lzo\n",
	 {"format=elf"},
	 LAST " format=elf compress=none",
	 "kernel command line: compress: lzo cannot be used with format = elf, which is not "
	 "compressed (accepted: none)\n"},
	/* the command line overrides the file, unless its value is wrong */
	{"rearm = no\nwhen = late\n", {"rearm=yes"}, LAST " when=late rearm=yes", ""},
	{"rearm = no\n",
	 {"rearm=maybe"},
	 LAST " rearm=no",
	 "kernel command line: rearm: 'maybe' is not accepted (accepted: auto, yes or no)\n"},
	{"", {"rearm=yes", "rearm=no"}, LAST " rearm=no", ""},
	{"",
	 {"rearm"},
	 LAST,
	 "kernel command line: rearm has no value (accepted: auto, yes or no)\n"},
	{"", {"ssh_key=/x"}, LAST, "kernel command line: ssh_key is accepted in conf only\n"},
	{"target = dir:/a\ntarget = dir:/b\n", {"target=dir:/c"}, "dir:/c " LAST, ""},
	{"target = dir:/a\n", {"target=dir:/c", "target=ram:"}, "dir:/c ram: " LAST, ""},
	{"target = dir:/a\n",
	 {"target=dir:c"},
	 "dir:/a " LAST,
	 "kernel command line: target: the path is not absolute (accepted: dir:/path)\n"},
	/* the last resort */
	{"target = dir:/a\nfallback = none\n", {0}, "dir:/a fallback=none", ""},
	{"target = dir:/a\nfallback = none\n",
	 {"fallback=dir"},
	 "dir:/a " LAST " fallback=dir",
	 ""},
	{"fallback = none\n", {0}, LAST " fallback=none", ""},
	{"target = dir:/var/crash\ntarget = dir:/b\n", {0}, "dir:/var/crash dir:/b", ""},
	{"target = dir:/var/crash/x\n", {0}, "dir:/var/crash/x " LAST, ""},
	{"target = dir:/a\ntarget = none\n", {0}, "dir:/a none", ""},
};

static void sources(void **state)
{
	struct config c;
	struct said s;
	char *text;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		run(&c, &s, &text, rows[i].file, strlen(rows[i].file), rows[i].words);
		expect(strcmp(given(&c), rows[i].given) == 0, "row %zu, %s: settings %s", i,
		       rows[i].file, given(&c));
		expect(strcmp(s.text, rows[i].said) == 0, "row %zu, %s: messages %s", i,
		       rows[i].file, s.text);
		free(text);
	}
}

static void the_defaults(void **state)
{
	struct config c;
	struct said s;
	char *text;

	(void)state;
	run(&c, &s, &text, "timeout = 5\n", 12, NULL);
	assert_string_equal(config_get(&c, KEYS_TIMEOUT), "5");
	assert_string_equal(config_get(&c, KEYS_STALL_TIMEOUT), "60");
	assert_string_equal(config_get(&c, KEYS_MEMORY), "");
	assert_int_equal(c.value[KEYS_TIMEOUT].line, 1);
	assert_int_equal(c.value[KEYS_TIMEOUT].source, CONFIG_FROM_FILE);
	free(text);
}

/* The error for an unknown key lists the known keys of the file or of the command line. */
static void unknown_keys(void **state)
{
	static const char *const words[] = {"colour=blue", NULL};
	struct config c;
	struct said s;
	char *text, *second;

	(void)state;
	run(&c, &s, &text, "colour = blue", 13, words);
	assert_int_equal(c.nr_errors, 2);
	assert_true(
		says(s.text, "conf, line 1: the key 'colour' is not known (accepted: target, "));
	second = strchr(s.text, '\n') + 1;
	assert_true(says(second, "kernel command line: the key 'colour' is not known"));
	assert_true(says(second, ", memory)"));
	assert_null(strstr(second, "ssh_key"));
	*second = '\0';
	assert_true(says(s.text, "ssh_key"));
	free(text);
}

static void hostile(void **state)
{
	static char file[CONFIG_FILE_BYTES];
	struct config c;
	struct said s;
	char *text;

	(void)state;
	run(&c, &s, &text, "rearm = n\0o\nwhen = late\n", 24, NULL);
	assert_string_equal(s.text, "conf, line 1: the line has a NUL character\n");
	assert_string_equal(config_get(&c, KEYS_WHEN), "late");
	free(text);
	memset(file, 'k', sizeof(file));
	run(&c, &s, &text, file, sizeof(file), NULL);
	assert_string_equal(s.text, "conf, line 1: the line has no '=' (accepted: key = value)\n");
	free(text);
	file[5000] = '=';
	run(&c, &s, &text, file, sizeof(file), NULL);
	assert_true(says(s.text, "the key '(5000 characters)' is not known"));
	free(text);
}

static void too_many_targets(void **state)
{
	char file[CONFIG_TARGETS_MAX * 16 + 32] = "";
	struct config c;
	struct said s;
	char *text;

	(void)state;
	for (unsigned int i = 0; i < CONFIG_TARGETS_MAX; i++)
		strcat(file, "target=ram:\n");
	run(&c, &s, &text, file, strlen(file), NULL);
	assert_string_equal(s.text, "");
	assert_int_equal(c.nr_targets, CONFIG_TARGETS_MAX + 1);
	free(text);
	strcat(file, "target=ram:\n");
	run(&c, &s, &text, file, strlen(file), NULL);
	assert_string_equal(s.text, "conf, line 65: target: there are more than 64 targets\n");
	assert_int_equal(c.nr_targets, CONFIG_TARGETS_MAX + 1);
	free(text);
}

/* A key whose lines in the file are all invalid gets the value that the copy has. */
static void fallback(void **state)
{
	static const struct {
		const char *file, *copy, *given;
		bool nothing;
	} cases[] = {
		{"", "rearm = no", LAST, true},
		{"colour = blue\n", "rearm = no", LAST, true},
		{"rearm = maybe\n", "rearm = no", LAST " rearm=no", true},
		{"rearm = maybe\nrearm = yes", "rearm = no", LAST " rearm=yes", false},
		{"when = late\n", "rearm = no", LAST " when=late", false},
		{"target = ram:\ntarget = x:", "target = dir:/a", "ram: " LAST, false},
		{"target = x:", "target = dir:/a\ntarget = ram:", "dir:/a ram: " LAST, true},
		{"when = late", "target = dir:/a", LAST " when=late", false},
		{"format = elf\ncompress = x", "compress = lzo", LAST " format=elf", false},
	};
	struct config c, copy;
	struct said s;

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		char *text = strdup(cases[i].file), *other = strdup(cases[i].copy);

		s.used = 0;
		config_init(&c, "conf", note, &s);
		config_init(&copy, "copy", note, &s);
		config_file(&c, text, strlen(text));
		config_file(&copy, other, strlen(other));
		expect(config_sets_nothing(&c) == cases[i].nothing,
		       "row %zu: config_sets_nothing()", i);
		config_fallback(&c, &copy);
		config_finish(&c);
		expect(strcmp(given(&c), cases[i].given) == 0, "row %zu: settings %s", i,
		       given(&c));
		free(text);
		free(other);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources),	    cmocka_unit_test(the_defaults),
		cmocka_unit_test(unknown_keys),	    cmocka_unit_test(hostile),
		cmocka_unit_test(too_many_targets), cmocka_unit_test(fallback),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - the command line of fadump-save: dumps on devices without a file system, and in memory
 * In: arguments.  Out: for each device, a list of its content, the result of a check, its dump in a
 * directory, or an empty device; an exit status.
 * Does not know: tar, formats, how a device is read.
 *
 * The order is important: a dump must be durable in its directory before its device is marked empty
 * or its memory is released.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../util/log.h"
#include "../util/tarname.h"
#include "archive.h"
#include "configured.h"
#include "convert.h"
#include "extract.h"
#include "moved.h"
#include "ramdump.h"
#include "verify.h"

#ifndef FADUMP_VERSION
#error "FADUMP_VERSION comes from the Makefile"
#endif

enum option_id { OPT_TO = 1, OPT_KEEP, OPT_CONFIG, OPT_HELP, OPT_VERSION };

static const struct option options[] = {
	{"to", required_argument, NULL, OPT_TO},	 {"keep", no_argument, NULL, OPT_KEEP},
	{"config", required_argument, NULL, OPT_CONFIG}, {"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},	 {NULL, 0, NULL, 0},
};

static const char usage[] =
	"Usage: fadump-save list | verify | extract | erase | convert [options] [DEV...]\n"
	"Manage crash dumps on devices without a file system, and in memory.\n"
	"\n"
	"  list           print the content of each device\n"
	"  verify         check the dump; on a device, read all of it\n"
	"  extract        save the dump in a directory, then mark the device empty\n"
	"  erase          mark the device empty; the dump on it is lost\n"
	"  convert        convert an LKCD dump, a file or a device, to kdump\n"
	"\n"
	"DEV is a device or, except for convert, " SAVE_RAMDUMP_PATH ", which has the dumps\n"
	"in memory.\n"
	"\n"
	"  --to DIR       for extract and convert: save below DIR (default: /var/crash)\n"
	"  --keep         for extract: leave the dump on the device\n"
	"  --config FILE  without DEV: use the raw targets of FILE (default: /etc/fadump.conf)\n"
	"  --help, --version\n"
	"\n"
	"Exit status: 0 done, 1 the dump on a device is damaged, 2 usage, 3 device, 4 directory,\n"
	"5 no space, 6 no dump.  See fadump-save(8).\n";

struct arguments {
	const char *to, *config;
	bool keep;
	bool configured; /* the devices are from the configuration: do not report empty devices */
};

static enum save_status usage_error(const char *what, const char *which)
{
	log_line("%s%s; see fadump-save --help", what, which);
	return SAVE_USAGE;
}

static enum save_status nothing(const char *device, bool is_empty)
{
	log_line("%s: there is no dump on it%s", device, is_empty ? "; it is empty" : "");
	return SAVE_NOTHING;
}

static void stamp(char *out, size_t out_bytes, int64_t time_s)
{
	const time_t when = (time_t)time_s;
	struct tm tm;

	if (!gmtime_r(&when, &tm) || !strftime(out, out_bytes, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(out, out_bytes, "?");
}

static enum save_status list_member(void *arg, struct save_archive *s, const struct save_member *m)
{
	char when[32];

	(void)arg;
	(void)s;
	stamp(when, sizeof(when), m->time_s);
	printf("%15" PRIu64 " %s %s\n", m->bytes, when, m->name);
	return SAVE_DONE;
}

static enum save_status list(const struct arguments *args, struct save_archive *s)
{
	(void)args;
	printf("%s: a dump\n", s->path);
	return save_archive_walk(s, list_member, NULL);
}

static enum save_status verify(const struct arguments *args, struct save_archive *s)
{
	struct save_facts facts;
	enum save_status status = save_verify(s, true, &facts);
	char when[32];

	(void)args;
	if (status == SAVE_DONE) {
		stamp(when, sizeof(when), facts.time_s);
		printf("%s: a complete dump of %s UTC, %" PRIu64 " bytes\n", s->path, when,
		       facts.vmcore_bytes);
	}
	return status;
}

static enum save_status extract(const struct arguments *args, struct save_archive *s)
{
	char path[SAVE_CRASH_DIR_BYTES];
	struct save_facts facts;
	enum save_status status = save_verify(s, false, &facts);

	if (status == SAVE_DONE)
		status = save_extract(s, args->to, facts.time_s, path);
	if (status != SAVE_DONE)
		return status;
	printf("%s: saved to %s\n", s->path, path);
	/* only now: the copy of the dump must be durable before the device is marked empty */
	return args->keep ? SAVE_DONE : save_archive_erase(s);
}

static enum save_status erase(const struct arguments *args, struct save_archive *s)
{
	(void)args;
	return save_archive_erase(s);
}

/* ---- the same commands for dumps in memory --------------------------------------------- */

static enum save_status list_file(void *arg, const struct save_ramdump_file *f)
{
	char when[32];

	(void)arg;
	stamp(when, sizeof(when), f->time_s);
	printf("%15" PRIu64 " %s %s\n", f->bytes, when, f->name);
	return SAVE_DONE;
}

static enum save_status list_memory(void *arg, const char *path, const char *name)
{
	(void)arg;
	(void)name;
	printf("%s: a dump, in memory\n", path);
	return save_ramdump_files(path, list_file, NULL);
}

static enum save_status verify_memory(void *arg, const char *path, const char *name)
{
	enum save_status status = save_ramdump_verify(path);

	(void)arg;
	(void)name;
	if (status == SAVE_DONE)
		printf("%s: a complete dump\n", path);
	return status;
}

struct moving {
	const struct arguments *args;
	const char *at;
};

static enum save_status move_memory(void *arg, const char *path, const char *name)
{
	const struct moving *m = arg;
	char to[SAVE_CRASH_DIR_BYTES];
	enum save_status status = save_ramdump_copy(path, name, m->args->to, to);

	if (status != SAVE_DONE)
		return status;
	printf("%s: saved to %s\n", path, to);
	if (m->args->keep)
		return SAVE_DONE;
	save_moved_report(m->at, path, to);
	/* only now: the copy must be durable and equal before the original is removed */
	return save_ramdump_drop(path);
}

static enum save_status drop_memory(void *arg, const char *path, const char *name)
{
	(void)arg;
	(void)name;
	return save_ramdump_drop(path);
}

/* ---- dumps of another kind ------------------------------------------------------------- */

static enum save_status convert(const struct arguments *args, const char *source)
{
	char path[SAVE_CRASH_DIR_BYTES];
	enum save_status status = save_convert(source, args->to, path);

	if (status == SAVE_DONE)
		printf("%s: saved to %s\n", source, path);
	return status;
}

struct command {
	const char *name;
	enum save_status (*run)(const struct arguments *args, struct save_archive *s);
	save_ramdump_each_fn *memory;
	bool writes;
	enum save_status (*other)(const struct arguments *args, const char *source);
};

static const struct command commands[] = {
	{"list", list, list_memory, false, NULL},
	{"verify", verify, verify_memory, false, NULL},
	{"extract", extract, move_memory, true, NULL},
	{"erase", erase, drop_memory, true, NULL},
	{"convert", NULL, NULL, false, convert},
};

static enum save_status run_memory(const struct command *c, const struct arguments *args,
				   const char *at)
{
	struct moving m = {.args = args, .at = at};
	enum save_status status = save_ramdump_each(at, c->memory, &m);

	if (status == SAVE_DONE && c->writes && !args->keep)
		save_ramdump_leave(at);
	if (status != SAVE_NOTHING)
		return status;
	if (c->run != list)
		return args->configured ? SAVE_DONE : nothing(at, false);
	printf("%s: empty\n", at);
	return SAVE_DONE;
}

static enum save_status run_one(const struct command *c, const struct arguments *args,
				const char *device)
{
	bool is_empty = false;
	struct save_archive s;
	enum save_status status;

	if (c->other)
		return c->other(args, device);
	if (save_ramdump_is(device))
		return run_memory(c, args, device);
	status = save_archive_open(&s, device, c->writes && !args->keep, &is_empty);
	if (status == SAVE_DEVICE)
		return status;
	if (status == SAVE_DONE) {
		status = c->run(args, &s);
	} else if (c->run == list) {
		printf("%s: %s\n", device, is_empty ? "empty" : "no dump");
		status = SAVE_DONE;
	} else {
		status = args->configured ? SAVE_DONE : nothing(device, is_empty);
	}
	save_archive_close(&s);
	return status;
}

/* Process all devices, even if one fails.  Returns the status of the first failure. */
static enum save_status run_all(const struct command *c, struct arguments *args, char *device[],
				unsigned int nr)
{
	enum save_status all = SAVE_DONE;

	for (unsigned int i = 0; i < nr; i++) {
		enum save_status one = run_one(c, args, device[i]);

		all = all == SAVE_DONE ? one : all;
	}
	return all;
}

static enum save_status take_option(struct arguments *args, int id)
{
	switch (id) {
	case OPT_TO:
		args->to = optarg;
		return *optarg ? SAVE_DONE : usage_error("--to needs a directory", "");
	case OPT_KEEP:
		args->keep = true;
		return SAVE_DONE;
	case OPT_CONFIG:
		args->config = optarg;
		return SAVE_DONE;
	case OPT_HELP:
		fputs(usage, stdout);
		exit(fflush(stdout) || ferror(stdout) ? SAVE_TARGET : SAVE_DONE);
	case OPT_VERSION:
		puts("fadump-save " FADUMP_VERSION);
		exit(fflush(stdout) || ferror(stdout) ? SAVE_TARGET : SAVE_DONE);
	default:
		return SAVE_USAGE; /* getopt_long() has logged the error */
	}
}

static enum save_status run(const char *name, struct arguments *args, int argc, char *argv[])
{
	static char memory_path[] = SAVE_RAMDUMP_PATH, *memory[] = {memory_path};
	enum save_status status, in_memory = SAVE_DONE;
	struct save_configured configured;
	size_t i = 0;

	while (i < sizeof(commands) / sizeof(commands[0]) && strcmp(name, commands[i].name) != 0)
		i++;
	if (i == sizeof(commands) / sizeof(commands[0]))
		return usage_error("unknown command ", name);
	if (args->to && commands[i].run != extract && !commands[i].other)
		return usage_error("--to is for extract and convert", "");
	if (args->keep && commands[i].run != extract)
		return usage_error("--keep is for extract", "");
	args->to = args->to ? args->to : "/var/crash";
	if (argc)
		return run_all(&commands[i], args, argv, (unsigned int)argc);
	if (commands[i].run == erase || commands[i].other)
		return usage_error(name, " needs a device");
	args->configured = true;
	if (save_ramdump_is(memory[0]))
		in_memory = run_all(&commands[i], args, memory, 1);
	status = save_configured_read(&configured, args->config) ? SAVE_USAGE : SAVE_DONE;
	if (status == SAVE_DONE)
		status = run_all(&commands[i], args, configured.device, configured.nr);
	save_configured_free(&configured);
	return in_memory == SAVE_DONE ? status : in_memory;
}

int main(int argc, char *argv[])
{
	struct arguments args = {0};
	enum save_status status = SAVE_DONE;
	static char name[] = "fadump-save"; /* getopt_long() begins its messages with this name */
	int id;

	log_program(name);
	if (argc > 0)
		argv[0] = name;
	while (status == SAVE_DONE && (id = getopt_long(argc, argv, "", options, NULL)) != -1)
		status = take_option(&args, id);
	if (status == SAVE_DONE && optind == argc)
		status = usage_error(
			"a command is missing: list, verify, extract, erase or convert", "");
	if (status == SAVE_DONE)
		status = run(argv[optind], &args, argc - optind - 1, argv + optind + 1);
	if ((fflush(stdout) || ferror(stdout)) && status == SAVE_DONE) {
		log_line("standard output cannot be written");
		status = SAVE_TARGET;
	}
	return (int)status;
}

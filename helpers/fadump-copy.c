// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fadump-copy.c - the command line of the copier
 * In: arguments.  Out: a job for the pipeline, its result as exit status and report.
 * Does not know: anything about dumps.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encode/workers.h"
#include "pipeline.h"
#include "util/log.h"
#include "util/parse.h"

#ifndef FADUMP_VERSION
#error "FADUMP_VERSION comes from the Makefile"
#endif

enum { EXIT_USAGE = 2 }; /* the other statuses are enum pipeline_status */

enum option_id {
	OPT_SOURCE = 1,
	OPT_FILE,
	OPT_THREADS,
	OPT_NO_MMAP,
	OPT_NO_DMESG,
	OPT_REPORT,
	OPT_QUIET,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option options[] = {
	{"source", required_argument, NULL, OPT_SOURCE},
	{"file", required_argument, NULL, OPT_FILE},
	{"threads", required_argument, NULL, OPT_THREADS},
	{"no-mmap", no_argument, NULL, OPT_NO_MMAP},
	{"no-dmesg", no_argument, NULL, OPT_NO_DMESG},
	{"report", required_argument, NULL, OPT_REPORT},
	{"quiet", no_argument, NULL, OPT_QUIET},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

static const char usage[] =
	"Usage: fadump-copy [options] --file PATH\n"
	"Save the memory of a crashed kernel.\n"
	"\n"
	"  --file PATH    the dump to make; PATH.incomplete until it is durable\n"
	"  --source PATH  ELF64 vmcore to read (default: /proc/vmcore)\n"
	"  --threads N    threads that look at pages, 1 to 16 (default: one per CPU)\n"
	"  --no-mmap      read the source instead of mapping it\n"
	"  --no-dmesg     do not save the kernel log as vmcore-dmesg.txt beside PATH\n"
	"  --report PATH  write what was done to PATH as key=value lines\n"
	"  --quiet        no progress\n"
	"  --help, --version\n"
	"\n"
	"Exit status: 0 complete, 1 complete but for unreadable pages, 2 usage, 3 source,\n"
	"4 target, 5 no space, 6 no memory or thread.  See fadump-copy(8).\n";

struct arguments {
	struct pipeline_job job;
	const char *report; /* NULL: none */
};

static int usage_error(const char *what, const char *which)
{
	log_line("%s%s; see fadump-copy --help", what, which);
	return EXIT_USAGE;
}

/* Keep a path given once. */
static int take_path(const char **path, const char *option, const char *arg)
{
	if (*path)
		return usage_error(option, " is given twice");
	if (!*arg)
		return usage_error(option, " needs a path");
	*path = arg;
	return 0;
}

static int take_option(struct arguments *args, int id)
{
	uint64_t n;

	switch (id) {
	case OPT_SOURCE:
		return take_path(&args->job.source, "--source", optarg);
	case OPT_FILE:
		return take_path(&args->job.file, "--file", optarg);
	case OPT_REPORT:
		return take_path(&args->report, "--report", optarg);
	case OPT_THREADS:
		if (args->job.threads)
			return usage_error("--threads", " is given twice");
		if (!parse_u64(optarg, 10, PIPELINE_THREADS_MAX, &n) || n == 0)
			return usage_error("--threads needs a number from 1 to 16, not ", optarg);
		args->job.threads = (unsigned int)n;
		return 0;
	case OPT_NO_MMAP:
		args->job.use_mmap = false;
		return 0;
	case OPT_NO_DMESG:
		args->job.save_log = false;
		return 0;
	case OPT_QUIET:
		args->job.quiet = true;
		return 0;
	case OPT_HELP:
		fputs(usage, stdout);
		exit(fflush(stdout) ? PIPELINE_SINK : 0);
	case OPT_VERSION:
		puts("fadump-copy " FADUMP_VERSION);
		exit(fflush(stdout) ? PIPELINE_SINK : 0);
	default:
		return EXIT_USAGE; /* getopt_long() has said it */
	}
}

static int parse_arguments(struct arguments *args, int argc, char *argv[])
{
	static char name[] = "fadump-copy"; /* what getopt_long() says begins with it */
	int id, err = 0;

	if (argc > 0)
		argv[0] = name;
	while (!err && (id = getopt_long(argc, argv, "", options, NULL)) != -1)
		err = take_option(args, id);
	if (err)
		return err;
	if (optind < argc)
		return usage_error("unexpected argument ", argv[optind]);
	if (!args->job.file)
		return usage_error("--file", " is missing");
	if (!args->job.source)
		args->job.source = "/proc/vmcore";
	if (!args->job.threads)
		args->job.threads = workers_cpus();
	if (args->job.threads > PIPELINE_THREADS_MAX)
		args->job.threads = PIPELINE_THREADS_MAX;
	return 0;
}

/* The dump is what counts: a report that cannot be written is said and no more. */
static void write_report(const char *path, int status, const struct pipeline_result *r)
{
	FILE *f = fopen(path, "we");
	int bad = !f;

	if (f) {
		fprintf(f, "bytes=%llu\nstored_bytes=%llu\nlost_pages=%llu\nseconds=%.1f\n",
			(unsigned long long)r->file_bytes, (unsigned long long)r->stored_bytes,
			(unsigned long long)r->lost_pages, r->seconds);
		if (status > PIPELINE_PAGES_LOST)
			fprintf(f, "error=%s\n", log_last());
		bad = ferror(f);
		bad |= fclose(f);
	}
	if (bad)
		log_line("%s: cannot write the report: %s", path, strerror(errno));
}

int main(int argc, char *argv[])
{
	struct arguments args = {.job = {.use_mmap = true, .save_log = true}};
	struct pipeline_result result;
	int status = parse_arguments(&args, argc, argv);

	if (status)
		return status;
	signal(SIGPIPE, SIG_IGN); /* a console that goes away must not end the copy */
	status = (int)pipeline_run(&args.job, &result);
	if (args.report)
		write_report(args.report, status, &result);
	return status;
}

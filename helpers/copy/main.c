// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - the command line of fadump-copy
 * In: arguments.  Out: a job for the pipeline, its result as exit status and report.
 * Does not know: how a dump is made.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../encode/encoder.h"
#include "../format/format.h"
#include "../release/release.h"
#include "../sink/block.h"
#include "../util/log.h"
#include "../util/parse.h"
#include "pipeline.h"
#include "printlog.h"
#include "report.h"

#ifndef FADUMP_VERSION
#error "FADUMP_VERSION comes from the Makefile"
#endif

#define MEMORY_MIB_MAX	    (UINT64_C(1) << 30)
#define STALL_TIMEOUT_S_MAX 86400u

enum { EXIT_USAGE = 2 }; /* for the other statuses see enum pipeline_status */

enum option_id {
	OPT_SOURCE = 1,
	OPT_FILE,
	OPT_STREAM,
	OPT_BLOCK,
	OPT_DMESG,
	OPT_RAW_FORCE,
	OPT_RAW_OVERWRITE,
	OPT_OPALCORE,
	OPT_RELEASE_REGION,
	OPT_FORMAT,
	OPT_COMPRESS,
	OPT_DUMP_LEVEL,
	OPT_THREADS,
	OPT_MEMORY,
	OPT_STALL_TIMEOUT,
	OPT_NO_MMAP,
	OPT_NO_DMESG,
	OPT_REPORT,
	OPT_QUIET,
	OPT_FEATURES,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option options[] = {
	{"source", required_argument, NULL, OPT_SOURCE},
	{"file", required_argument, NULL, OPT_FILE},
	{"stream", no_argument, NULL, OPT_STREAM},
	{"block", required_argument, NULL, OPT_BLOCK},
	{"dmesg", no_argument, NULL, OPT_DMESG},
	{"raw-force", no_argument, NULL, OPT_RAW_FORCE},
	{"raw-overwrite", no_argument, NULL, OPT_RAW_OVERWRITE},
	{"opalcore", required_argument, NULL, OPT_OPALCORE},
	{"release-region", required_argument, NULL, OPT_RELEASE_REGION},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"compress", required_argument, NULL, OPT_COMPRESS},
	{"dump-level", required_argument, NULL, OPT_DUMP_LEVEL},
	{"threads", required_argument, NULL, OPT_THREADS},
	{"memory", required_argument, NULL, OPT_MEMORY},
	{"stall-timeout", required_argument, NULL, OPT_STALL_TIMEOUT},
	{"no-mmap", no_argument, NULL, OPT_NO_MMAP},
	{"no-dmesg", no_argument, NULL, OPT_NO_DMESG},
	{"report", required_argument, NULL, OPT_REPORT},
	{"quiet", no_argument, NULL, OPT_QUIET},
	{"features", no_argument, NULL, OPT_FEATURES},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

static const char usage[] =
	"Usage: fadump-copy [options] --file PATH | --block DEV | --stream | --dmesg\n"
	"Save the memory of a crashed kernel.\n"
	"\n"
	"  --file PATH      the dump to make; named PATH.incomplete until it is durable\n"
	"  --block DEV      write to a device, as a tar archive from its first sector on\n"
	"  --raw-force      write even if DEV contains a file system or other data\n"
	"  --raw-overwrite  write even if DEV holds a dump that was not extracted\n"
	"  --opalcore PATH  with --block: also store this file\n"
	"  --stream         write to standard output, flattened, for makedumpfile -R\n"
	"  --dmesg          write only the kernel log, to standard output\n"
	"  --release-region PATH  release saved memory to the kernel through the file PATH\n"
	"  --source PATH    ELF64 vmcore to read (default: /proc/vmcore)\n"
	"  --format F       kdump (default), elf; flat with --stream\n"
	"  --compress C     zstd[:LEVEL], lzo, zlib[:LEVEL], none (default: the first built in)\n"
	"  --dump-level N   exclude 1 zero, 2 non-private cache, 4 cache, 8 user, 16 free pages;\n"
	"                   N is the sum of these numbers (default: 31, all)\n"
	"  --threads N      threads that compress, 1 to 128 (default: one per CPU)\n"
	"  --memory MIB     use at most MIB of memory (default: half of the available memory)\n"
	"  --stall-timeout S  stop when the target accepts no data for S seconds (default: wait)\n"
	"  --no-mmap        read the source instead of mapping it\n"
	"  --no-dmesg       do not save the kernel log (vmcore-dmesg.txt)\n"
	"  --report PATH    write the result to PATH as key=value lines\n"
	"  --quiet          print no progress\n"
	"  --features       print the built-in features: codecs, and block for --block\n"
	"  --help, --version\n"
	"\n"
	"Exit status: 0 complete, 1 complete except for unreadable pages, 2 usage, 3 source,\n"
	"4 target, 5 no space, 6 no memory or thread, 7 complete, with pages that the dump\n"
	"level excludes, 8 the target is stalled.  See fadump-copy(8).\n";

struct arguments {
	struct pipeline_job job;
	struct sink_block_job block; /* path NULL: none */
	struct release release;
	const char *release_region; /* path, NULL: none */
	bool stream, only_log;
	const char *format;			       /* value of the option; NULL: not given */
	const char *compress;			       /* value of the option; NULL: not given */
	const char *level;			       /* value of the option; NULL: not given */
	const char *report;			       /* NULL: none */
	uint64_t threads, memory_mib, stall_timeout_s; /* 0: not given */
};

static int usage_error(const char *what, const char *which)
{
	log_line("%s%s; see fadump-copy --help", what, which);
	return EXIT_USAGE;
}

/* Store the text of an option that may occur once.  Returns 0 or EXIT_USAGE (logged). */
static int take_text(const char **text, const char *option, const char *arg)
{
	if (*text)
		return usage_error(option, " is given twice");
	if (!*arg)
		return usage_error(option, " needs a value");
	*text = arg;
	return 0;
}

/*
 * Store the number, from 1 to @max, of an option that may occur once; until then *@number is 0.
 * Returns 0 or EXIT_USAGE (logged).
 */
static int take_number(uint64_t *number, const char *option, const char *arg, uint64_t max)
{
	if (*number)
		return usage_error(option, " is given twice");
	if (parse_u64(arg, 10, max, number) && *number)
		return 0;
	log_line("%s needs a number from 1 to %llu, not %s; see fadump-copy --help", option,
		 (unsigned long long)max, arg);
	return EXIT_USAGE;
}

/* Print @text and end the program. */
static _Noreturn void answer(const char *text)
{
	fputs(text, stdout);
	exit(fflush(stdout) || ferror(stdout) ? PIPELINE_SINK : 0);
}

static int take_option(struct arguments *args, int id)
{
	switch (id) {
	case OPT_SOURCE:
		return take_text(&args->job.source, "--source", optarg);
	case OPT_FILE:
		return take_text(&args->job.file, "--file", optarg);
	case OPT_STREAM:
		args->stream = true;
		return 0;
	case OPT_BLOCK:
		return take_text(&args->block.path, "--block", optarg);
	case OPT_DMESG:
		args->only_log = true;
		return 0;
	case OPT_RAW_FORCE:
		args->block.force = true;
		return 0;
	case OPT_RAW_OVERWRITE:
		args->block.overwrite = true;
		return 0;
	case OPT_OPALCORE:
		return take_text(&args->block.opalcore, "--opalcore", optarg);
	case OPT_RELEASE_REGION:
		return take_text(&args->release_region, "--release-region", optarg);
	case OPT_FORMAT:
		return take_text(&args->format, "--format", optarg);
	case OPT_COMPRESS:
		return take_text(&args->compress, "--compress", optarg);
	case OPT_DUMP_LEVEL:
		return take_text(&args->level, "--dump-level", optarg);
	case OPT_REPORT:
		return take_text(&args->report, "--report", optarg);
	case OPT_THREADS:
		return take_number(&args->threads, "--threads", optarg, PIPELINE_THREADS_MAX);
	case OPT_MEMORY:
		return take_number(&args->memory_mib, "--memory", optarg, MEMORY_MIB_MAX);
	case OPT_STALL_TIMEOUT:
		return take_number(&args->stall_timeout_s, "--stall-timeout", optarg,
				   STALL_TIMEOUT_S_MAX);
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
		answer(usage);
	case OPT_VERSION:
		answer("fadump-copy " FADUMP_VERSION "\n");
	case OPT_FEATURES:
		for (unsigned int i = 0; encoder_name(i); i++)
			printf("%s%s", i ? " " : "", encoder_name(i));
		answer(sink_block_built ? " block\n" : "\n");
	default:
		return EXIT_USAGE; /* getopt_long() has logged the error */
	}
}

/* Set format, codec and level of the dump.  The format of a stream is kdump, flattened. */
static int choose_format(struct arguments *args)
{
	struct pipeline_job *job = &args->job;
	const char *name = args->format;
	char why[ENCODER_WHY_BYTES];
	uint64_t level = PIPELINE_LEVEL_MAX;

	job->codec = encoder_default();
	job->format = &format_kdump;
	if (name && strcmp(name, "elf") == 0)
		job->format = &format_elf;
	else if (name && strcmp(name, "kdump") != 0 && strcmp(name, "flat") != 0)
		return usage_error("--format is kdump, elf or flat, not ", name);
	if (name && args->stream != (strcmp(name, "flat") == 0))
		return usage_error(
			"--stream writes only --format flat, and --format flat needs --stream", "");
	if (args->compress && !encoder_parse(args->compress, &job->codec, why))
		return usage_error("--compress: ", why);
	if (!job->format->encodes && args->compress && job->codec.encoder != &none_encoder)
		return usage_error("--format elf does not compress", "");
	if (args->level && !parse_u64(args->level, 10, PIPELINE_LEVEL_MAX, &level))
		return usage_error("--dump-level needs a number from 0 to 31, not ", args->level);
	if (!job->format->encodes)
		job->codec = (struct encoder_choice){.encoder = &none_encoder};
	job->dump_level = (unsigned int)level;
	return 0;
}

/*
 * Check that exactly one of the four modes is set, that options for a device are used only with a
 * device, and that memory is not released with a stream.
 */
static int choose_target(struct arguments *args)
{
	const struct sink_block_job *block = &args->block;
	const int targets =
		(args->job.file != NULL) + (block->path != NULL) + args->stream + args->only_log;

	if (!targets)
		return usage_error("--file, --block, --stream or --dmesg is missing", "");
	if (targets > 1)
		return usage_error("--file, --block, --stream and --dmesg exclude each other", "");
	if (!block->path && (block->force || block->overwrite || block->opalcore))
		return usage_error("--raw-force, --raw-overwrite and --opalcore need --block", "");
	if (args->stream && args->release_region)
		return usage_error("--release-region cannot be used with --stream", "");
	args->job.block = block->path ? block : NULL;
	return 0;
}

static int parse_arguments(struct arguments *args, int argc, char *argv[])
{
	static char name[] = "fadump-copy"; /* getopt_long() begins its messages with this name */
	int id, err = 0;

	if (argc > 0)
		argv[0] = name;
	while (!err && (id = getopt_long(argc, argv, "", options, NULL)) != -1)
		err = take_option(args, id);
	if (err)
		return err;
	if (optind < argc)
		return usage_error("unexpected argument ", argv[optind]);
	err = choose_target(args);
	if (err)
		return err;
	if (!args->job.source)
		args->job.source = "/proc/vmcore";
	args->job.threads = (unsigned int)args->threads;
	args->job.memory_bytes = args->memory_mib << 20;
	args->job.stall_timeout_s = (unsigned int)args->stall_timeout_s;
	err = choose_format(args);
	if (err || !args->release_region)
		return err;
	args->job.release = &args->release;
	return release_open(&args->release, args->release_region) ? EXIT_USAGE : 0;
}

/* Write the file of --report.  A failure is logged and does not change the exit status. */
static void write_report(const struct arguments *args, int status, const struct pipeline_result *r)
{
	const char *path = args->report;
	char text[REPORT_BYTES];
	FILE *f = fopen(path, "we");
	int err = f ? 0 : errno;

	if (f) {
		report_format(text, &args->job, r);
		if (status == PIPELINE_STALLED) /* the other counters are still changing */
			fprintf(f, "stored_bytes=%llu\n", (unsigned long long)r->stored_bytes);
		else
			fputs(text, f);
		if (args->job.release)
			fprintf(f, "released_bytes=%llu\nheld_bytes=%llu\n",
				(unsigned long long)atomic_load(&args->release.bytes),
				(unsigned long long)release_held(&args->release));
		if (!pipeline_is_durable((enum pipeline_status)status))
			fprintf(f, "error=%s\n", log_last());
		if (fflush(f) || ferror(f)) /* an earlier write may have failed */
			err = errno ? errno : EIO;
		if (fclose(f) && !err)
			err = errno;
	}
	if (err)
		log_line("%s: cannot write the report: %s", path, strerror(err));
}

/* Write the report and exit, without a cleanup, which would wait for the threads that hang. */
static void end_stalled(void *arg, uint64_t stored_bytes)
{
	const struct arguments *args = arg;
	const struct pipeline_result result = {.stored_bytes = stored_bytes};

	if (args->report)
		write_report(args, PIPELINE_STALLED, &result);
	_exit(PIPELINE_STALLED);
}

int main(int argc, char *argv[])
{
	struct arguments args = {.job = {.use_mmap = true, .save_log = true}};
	struct pipeline_result result = {0};
	int status = parse_arguments(&args, argc, argv);

	if (status)
		return status;
	args.job.stalled = end_stalled;
	args.job.stalled_arg = &args;
	signal(SIGPIPE, SIG_IGN); /* the copy must continue when the console is lost */
	status = (int)(args.only_log ? printlog_run(&args.job) : pipeline_run(&args.job, &result));
	if (args.report)
		write_report(&args, status, &result);
	return status;
}

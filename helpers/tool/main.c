// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - fadump-tool: computations for the shell code of the capture
 * In: arguments.  Out: lines name=value on standard output, an exit status.
 * Does not know: keys, targets, dump nodes, sizes (see the other files here and config/).
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../config/disk.h"
#include "../config/keys.h"
#include "../config/target.h"
#include "../util/log.h"
#include "../util/parse.h"
#include "node_report.h"
#include "place.h"
#include "retune.h"
#include "settings.h"
#include "sizes.h"

#ifndef FADUMP_VERSION
#error "FADUMP_VERSION comes from the Makefile"
#endif

enum option_id {
	OPT_ROOT = 1u << 0,
	OPT_FILE = 1u << 1,
	OPT_CHECK = 1u << 2,
	OPT_MASK = 1u << 3,
	OPT_BEFORE = 1u << 4,
	OPT_SHOW = 1u << 5,
	OPT_HELP = 1u << 6,
	OPT_VERSION = 1u << 7,
	OPT_TREE = 1u << 8,
	OPT_FSTAB = 1u << 9,
	OPT_RECORD = 1u << 10,
	OPT_NEWER = 1u << 11,
};

static const struct option options[] = {
	{"root", required_argument, NULL, OPT_ROOT},
	{"file", required_argument, NULL, OPT_FILE},
	{"newer", required_argument, NULL, OPT_NEWER},
	{"check", no_argument, NULL, OPT_CHECK},
	{"mask", no_argument, NULL, OPT_MASK},
	{"before", required_argument, NULL, OPT_BEFORE},
	{"show", no_argument, NULL, OPT_SHOW},
	{"tree", required_argument, NULL, OPT_TREE},
	{"fstab", required_argument, NULL, OPT_FSTAB},
	{"record", required_argument, NULL, OPT_RECORD},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

static const char usage[] =
	"Usage: fadump-tool COMMAND [options] [argument...]\n"
	"Parse settings and compute values for fadump-capture and dracut.  Most commands\n"
	"print lines name=value.\n"
	"\n"
	"  config [KEY=VALUE]...  the configuration: file, words of the kernel command line, "
	"defaults\n"
	"  config --check         the values of the file, for the initramfs; errors are fatal\n"
	"  target TARGET          the parts of a target; -: read TARGET from standard input\n"
	"  target --mask TARGET   the target without passwords\n"
	"  node [FILE]            sections of the firmware's dump node, pages to take out of use\n"
	"  regions FILE           the same from powerpc/fadump_region of debugfs\n"
	"  sizes --before KB      adjust the limits that were computed for KB kilobytes of memory\n"
	"  sizes --show           the sysctls of a machine with this memory; nothing is changed\n"
	"  place PATH             PATH without symbolic links; the next mount that PATH needs\n"
	"  lasting PATH           whether the file system of PATH survives a power failure\n"
	"  cmdline                the settings in the kernel command line\n"
	"  keys                   the table of keys\n"
	"\n"
	"  --root DIR     precedes the paths of the system; mounts and limits are not changed "
	"then\n"
	"  --file FILE    the configuration (default: /etc/fadump.conf below the root)\n"
	"  --tree DIR     the mount point of the root file system (place, lasting)\n"
	"  --fstab FILE   the fstab of that root, as findmnt prints it (place)\n"
	"  --record FILE  mounts at build time, in the same form (place)\n"
	"  --newer FILE   another version of the configuration, used if it differs and sets a key\n"
	"  --help, --version\n"
	"\n"
	"Exit status: 0 good, 1 a value or the configuration is bad, 2 usage, 4 a file cannot be\n"
	"read, or standard output cannot be written.  See fadump-tool(8).\n";

struct arguments {
	const char *file, *newer;
	struct place_system place;
	uint64_t before_kb;
	unsigned int given; /* enum option_id */
	int nr;
	char **word;
};

static int usage_error(const char *what, const char *which)
{
	log_line("%s%s; see fadump-tool --help", what, which);
	return SETTINGS_USAGE;
}

/* ---- commands -------------------------------------------------------------------------- */

static int config(const struct arguments *args)
{
	const struct settings_files files = {args->place.root, args->file, args->newer};

	if (!(args->given & OPT_CHECK))
		return settings_print(&files, args->word, args->nr);
	if (args->nr || args->newer)
		return usage_error("config --check accepts no KEY=VALUE and no --newer", "");
	return settings_check(args->place.root, args->file);
}

/* Print @text, which may be any text, in a form that is safe in messages. */
static int mask(const char *text)
{
	char masked[TARGET_BYTES + 4];

	if (strlen(text) >= TARGET_BYTES) {
		printf("(%zu characters)\n", strlen(text));
		return SETTINGS_GOOD;
	}
	target_mask(text, masked);
	for (char *p = masked; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	puts(masked);
	return SETTINGS_GOOD;
}

/*
 * Read a line of standard input, without its newline.  A secret is not passed as an argument,
 * because every process can read the arguments of other processes.
 */
static char *standard_input(void)
{
	static char line[TARGET_BYTES + 1]; /* one byte more, to detect a line that is too long */

	if (!fgets(line, sizeof(line), stdin))
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static int target(const struct arguments *args)
{
	static struct target t;
	static char path[DISK_PATH_BYTES];
	const char *text = args->word[0], *why;

	if (strcmp(text, "-") == 0)
		text = standard_input();
	if (args->given & OPT_MASK)
		return mask(text);
	why = target_parse(&t, text);
	if (why) {
		printf("error=target: %s (accepted: %s)\n", why, target_form(text));
		return SETTINGS_BAD;
	}
	printf("kind=%s\n", target_kind_name(t.kind));
	for (int i = 0; i < TARGET_PARTS; i++)
		if (t.part[i])
			printf("%s=%s\n", target_part_name((enum target_part)i), t.part[i]);
	if (t.part[TARGET_DEVICE])
		printf("disk=%s\n", disk_path(t.part[TARGET_DEVICE], path));
	return SETTINGS_GOOD;
}

static int node(const struct arguments *args)
{
	return node_report(args->place.root, args->nr ? args->word[0] : NULL, node_parse);
}

static int regions(const struct arguments *args)
{
	return node_report(args->place.root, args->nr ? args->word[0] : NULL, node_regions);
}

static void print_retuned(void *arg, const char *key, const char *line)
{
	(void)arg;
	printf("%s=%s\n", key, line);
}

static int show_sizes(const struct arguments *args)
{
	struct sizes_row row[SIZES_MAX];
	struct sizes_machine m;
	int err = retune_machine(args->place.root, &m);

	if (err) {
		printf("error=/proc/meminfo cannot be read: %s\n", strerror(-err));
		return SETTINGS_READ;
	}
	for (unsigned int i = 0, nr = sizes_table(&m, row); i < nr; i++) {
		printf("%s", row[i].file);
		for (unsigned int w = 0; w < row[i].nr; w++) {
			if (row[i].word[w] == SIZES_KEEP)
				printf(" -");
			else
				printf(" %" PRIu64, row[i].word[w]);
		}
		puts(row[i].nr ? "" : " =");
	}
	return SETTINGS_GOOD;
}

static int sizes(const struct arguments *args)
{
	struct retune r = {
		.root = args->place.root, .before_kb = args->before_kb, .line = print_retuned};
	int err;

	if (args->given & OPT_SHOW)
		return show_sizes(args);
	if (!(args->given & OPT_BEFORE))
		return usage_error("sizes needs --before or --show", "");
	err = retune_all(&r);
	if (err) {
		printf("error=/proc/meminfo cannot be read: %s\n", strerror(-err));
		return SETTINGS_READ;
	}
	printf("changed=%u\n", r.changed);
	return SETTINGS_GOOD;
}

static int place(const struct arguments *args)
{
	return place_print(&args->place, args->word[0]);
}

static int lasts(const struct arguments *args)
{
	return place_print_lasting(args->place.root, args->place.tree, args->word[0]);
}

static int cmdline(const struct arguments *args)
{
	return settings_cmdline(args->place.root);
}

static int keys(const struct arguments *args)
{
	(void)args;
	return settings_keys();
}

struct command {
	const char *name;
	int (*run)(const struct arguments *args);
	unsigned int accepted; /* options */
	int min, max;	       /* number of arguments; max -1: no limit */
};

static const struct command commands[] = {
	{"config", config, OPT_ROOT | OPT_FILE | OPT_NEWER | OPT_CHECK, 0, -1},
	{"target", target, OPT_MASK, 1, 1},
	{"node", node, OPT_ROOT, 0, 1},
	{"regions", regions, OPT_ROOT, 1, 1},
	{"sizes", sizes, OPT_ROOT | OPT_BEFORE | OPT_SHOW, 0, 0},
	{"place", place, OPT_ROOT | OPT_TREE | OPT_FSTAB | OPT_RECORD, 1, 1},
	{"lasting", lasts, OPT_ROOT | OPT_TREE, 1, 1},
	{"cmdline", cmdline, OPT_ROOT, 0, 0},
	{"keys", keys, 0, 0, 0},
};

/* ---- arguments ------------------------------------------------------------------------- */

/* Returns the variable that stores the argument of the option @id as text; NULL: there is none. */
static const char **text_of(struct arguments *args, int id)
{
	switch (id) {
	case OPT_ROOT:
		return &args->place.root;
	case OPT_FILE:
		return &args->file;
	case OPT_NEWER:
		return &args->newer;
	case OPT_TREE:
		return &args->place.tree;
	case OPT_FSTAB:
		return &args->place.fstab;
	case OPT_RECORD:
		return &args->place.record;
	default:
		return NULL;
	}
}

static int take_option(struct arguments *args, int id)
{
	args->given |= (unsigned int)id;
	if (text_of(args, id))
		*text_of(args, id) = optarg;
	switch (id) {
	case OPT_BEFORE:
		return parse_u64(optarg, 10, SIZES_KB_MAX, &args->before_kb)
			       ? SETTINGS_GOOD
			       : usage_error("--before needs a number of kB, not ", optarg);
	case OPT_HELP:
		fputs(usage, stdout);
		exit(fflush(stdout) || ferror(stdout) ? SETTINGS_READ : SETTINGS_GOOD);
	case OPT_VERSION:
		puts("fadump-tool " FADUMP_VERSION);
		exit(fflush(stdout) || ferror(stdout) ? SETTINGS_READ : SETTINGS_GOOD);
	case '?':
		return SETTINGS_USAGE; /* getopt_long() has printed an error message */
	default:
		return SETTINGS_GOOD;
	}
}

static int run(struct arguments *args, const char *name)
{
	size_t i = 0;

	while (i < sizeof(commands) / sizeof(commands[0]) && strcmp(name, commands[i].name) != 0)
		i++;
	if (i == sizeof(commands) / sizeof(commands[0]))
		return usage_error("unknown command ", name);
	/* the output contains these names, and each result must be one line */
	if (keys_has_control(args->place.root) || (args->file && keys_has_control(args->file)) ||
	    (args->newer && keys_has_control(args->newer)))
		return usage_error("a file name has a control character", "");
	for (const struct option *o = options; o->name; o++)
		if ((args->given & ~commands[i].accepted) & (unsigned int)o->val)
			return usage_error(name, " does not accept one of these options");
	if (args->nr < commands[i].min)
		return usage_error(name, " needs an argument");
	if (commands[i].max >= 0 && args->nr > commands[i].max)
		return usage_error(name, " has too many arguments");
	return commands[i].run(args);
}

int main(int argc, char *argv[])
{
	static char name[] = "fadump-tool"; /* getopt_long() begins its messages with this name */
	struct arguments args = {.place = {.root = "", .tree = ""}};
	int id, status = SETTINGS_GOOD;

	log_program(name);
	if (argc > 0)
		argv[0] = name;
	while (!status && (id = getopt_long(argc, argv, "", options, NULL)) != -1)
		status = take_option(&args, id);
	if (!status && optind == argc)
		status = usage_error("a command is missing", "");
	if (!status) {
		args.nr = argc - optind - 1;
		args.word = argv + optind + 1;
		status = run(&args, argv[optind]);
	}
	if (fflush(stdout) || ferror(stdout)) {
		log_line("standard output cannot be written");
		return status ? status : SETTINGS_READ;
	}
	return status;
}

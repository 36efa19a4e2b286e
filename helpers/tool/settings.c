// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * settings.c - the configuration as lines of text, for the shell
 * In: a file, words of the kernel command line.  Out: lines name=value on standard output.  No
 * value has a control character, so that "while IFS= read -r line" can read them.
 * Does not know: the grammar (config.c), the keys (keys.c), the use of a value.
 *
 * The lines target= and explicit= may contain passwords: they are for the calling program.  Only
 * masked= may be shown to users.
 */
#include "settings.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../config/cmdline.h"
#include "../config/config.h"
#include "../config/target.h"
#include "../util/log.h"
#include "files.h"

/* buffer for the text of a file; larger than the limit, to detect a file that is too long */
typedef char text_of_file[CONFIG_FILE_BYTES + 2];
static text_of_file text, newer_text;

static void print_line(void *arg, const char *message)
{
	printf("%s=%s\n", (const char *)arg, message);
}

static void print_nothing(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

/* Returns the error text for the result @n of a read that failed; NULL: the read succeeded. */
static const char *read_error(ssize_t n)
{
	if (n == -EINVAL)
		return "it is not a regular file";
	if (n < 0)
		return strerror((int)-n);
	return n > (ssize_t)CONFIG_FILE_BYTES ? "it is longer than 65536 bytes" : NULL;
}

/*
 * Read the text of the file.  Returns its size, 0 if an optional file is missing, or -errno and the
 * error text *@why.
 */
static ssize_t read_text(const struct settings_files *files, const char **why)
{
	const ssize_t n = files->file ? files_read("", files->file, text, sizeof(text))
				      : files_read(files->root, CONFIG_PATH, text, sizeof(text));

	if (n == -ENOENT && !files->file)
		return 0;
	*why = read_error(n);
	return *why && n >= 0 ? -EFBIG : n;
}

/*
 * Keys that are not accepted on the kernel command line describe files that were installed when the
 * initramfs was built: warn if their values have changed since.
 */
static void print_stale(const struct config *c, const struct config *copy)
{
	for (int i = 0; i < KEYS_NR; i++)
		if (!keys_table[i].cmdline &&
		    strcmp(config_get(c, (enum keys_id)i), config_get(copy, (enum keys_id)i)) != 0)
			printf("warning=%s: %s was changed after the initramfs was built and "
			       "needs a new initramfs: run dracut -f\n",
			       c->file, keys_table[i].name);
}

/*
 * Parse the newer file into @c if it can replace the text of @bytes in @text, the copy.  Returns
 * false if the copy must be used: the newer file is missing, equal, unreadable or without any
 * setting (like a file that was being written when the system crashed).
 */
static bool take_newer(struct config *c, const char *newer, size_t bytes)
{
	static char kind[] = "warning";
	const ssize_t n = files_read_regular(newer, newer_text, sizeof(newer_text));
	struct config copy;

	if (n == -ENOENT || (n == (ssize_t)bytes && memcmp(text, newer_text, bytes) == 0))
		return false;
	if (read_error(n)) {
		printf("warning=%s cannot be read: %s: the copy in the initramfs is used\n", newer,
		       read_error(n));
		return false;
	}
	config_init(&copy, CONFIG_PATH, print_nothing, NULL);
	config_file(&copy, text, bytes);
	config_init(c, newer, print_line, kind);
	config_file(c, newer_text, (size_t)n);
	if (config_sets_nothing(c)) {
		if (!config_sets_nothing(&copy))
			printf("warning=%s sets nothing: the copy in the initramfs is used\n",
			       newer);
		return false;
	}
	config_fallback(c, &copy);
	print_stale(c, &copy);
	printf("newer=%s\n", newer);
	return true;
}

static void print_masked(const struct config *c, unsigned int nr)
{
	char masked[TARGET_BYTES + 4];

	for (unsigned int i = 0; i < nr; i++)
		printf("masked=%s\n", target_mask(c->target[i].text, masked));
}

/*
 * Print the options of fadump-copy that are configured; for other options fadump-copy has defaults.
 */
static void print_options(const struct config *c)
{
	printf("options=");
	for (int i = 0, n = 0; i < KEYS_NR; i++)
		if (keys_table[i].option && c->value[i].text)
			printf("%s--%s %s", n++ ? " " : "", keys_table[i].option, c->value[i].text);
	puts("");
}

/* Returns the private key for ssh: the configured one, or the first of the usual files that exists.
 */
static const char *ssh_key(const struct config *c, const char *root)
{
	static const char *const usual[] = {
		"/root/.ssh/kdump_id_rsa",
		"/root/.ssh/id_ed25519",
		"/root/.ssh/id_ecdsa",
		"/root/.ssh/id_rsa",
	};

	for (size_t i = 0; !c->value[KEYS_SSH_KEY].text && i < sizeof(usual) / sizeof(usual[0]);
	     i++)
		if (files_exist(root, usual[i]))
			return usual[i];
	return config_get(c, KEYS_SSH_KEY);
}

/* Parse the files into @c.  Returns 0, or -errno if the file cannot be read. */
static int parse_files(struct config *c, const struct settings_files *files)
{
	static char kind[] = "warning";
	static text_of_file copy; /* parsing modifies the text */
	const char *why = NULL;
	const ssize_t n = read_text(files, &why);
	const size_t bytes = n > 0 ? (size_t)n : 0;

	memcpy(copy, text, bytes);
	if (files->newer && take_newer(c, files->newer, bytes))
		return 0;
	config_init(c, files->file ? files->file : CONFIG_PATH, print_line, kind);
	config_file(c, copy, bytes);
	if (why)
		printf("warning=%s cannot be read: %s\n", c->file, why);
	return why ? (int)n : 0;
}

int settings_print(const struct settings_files *files, char *const words[], int nr)
{
	struct config c;
	const int err = parse_files(&c, files);

	for (int i = 0; i < nr; i++)
		config_word(&c, words[i]);
	config_finish(&c);
	for (unsigned int i = 0; i < c.nr_targets; i++)
		printf("target=%s\n", c.target[i].text);
	print_masked(&c, c.nr_targets);
	for (unsigned int i = 0; i < c.nr_explicit; i++)
		printf("explicit=%s\n", c.target[i].text);
	for (int i = 0; i < KEYS_NR; i++)
		if (!keys_table[i].repeats)
			printf("%s=%s\n", keys_table[i].name,
			       i == KEYS_SSH_KEY ? ssh_key(&c, files->root)
						 : config_get(&c, (enum keys_id)i));
	print_options(&c);
	return err && files->file ? SETTINGS_READ : SETTINGS_GOOD;
}

/* ---- for the initramfs ----------------------------------------------------------------- */

/* Print the name of @kind, unless it was @printed before. */
static void print_kind(bool printed[TARGET_KINDS], unsigned int kind)
{
	if (!printed[kind])
		printf(" %s", target_kind_name((enum target_kind)kind));
	printed[kind] = true;
}

/* Print the kind whose name is the @bytes at @name. */
static void print_kind_named(bool printed[TARGET_KINDS], const char *name, size_t bytes)
{
	for (unsigned int kind = 0; kind < TARGET_KINDS; kind++) {
		const char *other = target_kind_name((enum target_kind)kind);

		if (strlen(other) == bytes && memcmp(other, name, bytes) == 0)
			print_kind(printed, kind);
	}
}

/*
 * Print the kinds of targets that the initramfs must support: dir and ram, the words of include,
 * the kinds of the configured targets.  nfs includes nfs4.
 */
static void print_kinds(const struct config *c)
{
	bool printed[TARGET_KINDS] = {[TARGET_DIR] = true, [TARGET_RAM] = true};
	struct target t;

	printf("kinds=dir ram");
	for (const char *p = config_get(c, KEYS_INCLUDE); *p; p += strspn(p, " ")) {
		const size_t bytes = strcspn(p, " ");

		print_kind_named(printed, p, bytes);
		p += bytes;
	}
	for (unsigned int i = 0; i < c->nr_targets; i++)
		if (!target_parse(&t, c->target[i].text) && t.kind != TARGET_NONE)
			print_kind(printed, t.kind == TARGET_NFS4 ? TARGET_NFS : t.kind);
	puts("");
}

static void print_servers(const struct config *c)
{
	struct target t;

	for (unsigned int i = 0; i < c->nr_targets; i++)
		if (!target_parse(&t, c->target[i].text) && t.part[TARGET_SERVER])
			printf("server=%s\n", t.part[TARGET_SERVER]);
}

int settings_check(const char *root, const char *file)
{
	static char kind[] = "error";
	const struct settings_files files = {.root = root, .file = file};
	const char *why = NULL;
	struct config c;
	const ssize_t n = read_text(&files, &why);

	config_init(&c, file ? file : CONFIG_PATH, print_line, kind);
	if (why) {
		printf("error=%s cannot be read: %s\n", c.file, why);
		return SETTINGS_READ;
	}
	config_file(&c, text, (size_t)n);
	for (unsigned int i = 0; i < c.nr_targets; i++)
		printf("target=%s\n", c.target[i].text);
	print_masked(&c, c.nr_targets);
	for (int i = 0; i < KEYS_NR; i++)
		if (c.value[i].text)
			printf("%s=%s\n", keys_table[i].name, c.value[i].text);
	if (!c.value[KEYS_SSH_KEY].text)
		printf("ssh_key=%s\n", ssh_key(&c, root));
	if (!c.value[KEYS_SSH_KNOWN_HOSTS].text)
		printf("ssh_known_hosts=%s\n", config_get(&c, KEYS_SSH_KNOWN_HOSTS));
	print_kinds(&c);
	print_servers(&c);
	return c.nr_errors ? SETTINGS_BAD : SETTINGS_GOOD;
}

/* Print @setting as one line.  A setting with a control character is not valid: it is skipped. */
static void print_setting(void *arg, const char *setting)
{
	(void)arg;
	if (!keys_has_control(setting))
		puts(setting);
}

int settings_cmdline(const char *root)
{
	static char line[CONFIG_CMDLINE_BYTES];
	const ssize_t n = files_read(root, "/proc/cmdline", line, sizeof(line));

	if (n < 0) {
		log_line("/proc/cmdline cannot be read: %s", strerror((int)-n));
		return SETTINGS_READ;
	}
	line[strcspn(line, "\n")] = '\0';
	return config_cmdline(line, print_setting, NULL) ? SETTINGS_READ : SETTINGS_GOOD;
}

int settings_keys(void)
{
	for (int i = 0; i < KEYS_NR; i++) {
		const struct keys_key *k = &keys_table[i];

		printf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k->name, keys_type_name(k->type),
		       k->accepted, k->usual ? k->usual : "-", k->cmdline ? "cmdline" : "file",
		       k->repeats ? "list" : "once", k->secret ? "secret" : "open",
		       k->option ? k->option : "-");
	}
	return SETTINGS_GOOD;
}

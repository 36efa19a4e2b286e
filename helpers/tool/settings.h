/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings.h - the configuration as lines of text, for the shell
 */
#ifndef FADUMP_TOOL_SETTINGS_H
#define FADUMP_TOOL_SETTINGS_H

/* The exit status of fadump-tool. */
enum settings_status { SETTINGS_GOOD, SETTINGS_BAD, SETTINGS_USAGE, SETTINGS_READ = 4 };

/* The files of a configuration. */
struct settings_files {
	const char *root;
	const char *file;  /* NULL: CONFIG_PATH below @root, which may be missing */
	const char *newer; /* NULL: none; used if it differs, is readable and sets a key */
};

/*
 * Print the effective value of every key, for a capture: from the files, the @nr @words KEY=VALUE
 * and the defaults.  Each error is a line warning=.  Returns SETTINGS_GOOD, or SETTINGS_READ if
 * @files->file is not NULL and cannot be read.
 */
int settings_print(const struct settings_files *files, char *const words[], int nr);

/*
 * Print the values that the file sets, for the build of an initramfs; also the files of ssh, the
 * kinds of targets to support (kinds=) and the servers (server=).  Each error is a line error=.
 * Returns SETTINGS_GOOD, SETTINGS_BAD or SETTINGS_READ.
 */
int settings_check(const char *root, const char *file);

/*
 * Print the settings in the kernel command line, @root/proc/cmdline: a line KEY=VALUE for each.
 * Returns SETTINGS_GOOD, or SETTINGS_READ if the file cannot be read (logged) or memory is missing.
 */
int settings_cmdline(const char *root);

/*
 * Print the table of keys: a line for each key, its columns separated by tabs.  Returns
 * SETTINGS_GOOD.
 */
int settings_keys(void);

#endif

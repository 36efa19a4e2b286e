/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmdline.h - find settings in a kernel command line
 */
#ifndef FADUMP_CONFIG_CMDLINE_H
#define FADUMP_CONFIG_CMDLINE_H

/* Size of a buffer for a kernel command line: COMMAND_LINE_SIZE is 2048 on powerpc and x86; with
 * the embedded bootconfig, a command line has at most 64 KiB (kernel 6.12). */
#define CONFIG_CMDLINE_BYTES 65536

/*
 * Calls @each with "KEY=VALUE" for each word fadump_KEY=VALUE of @line, then for each word
 * rd.fadump.KEY=VALUE whose KEY has no word fadump_KEY=.  KEY is a key that the command line may
 * set, and VALUE is not empty; all other words are for other programs.  VALUE is not checked.
 * The string @setting is valid only during the call of @each.  hook.sh applies the same rules with
 * getarg of dracut.  Returns 0 or -ENOMEM.
 */
int config_cmdline(const char *line, void (*each)(void *arg, const char *setting), void *arg);

#endif

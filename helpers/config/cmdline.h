/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmdline.h - find settings in a kernel command line
 */
#ifndef FADUMP_CONFIG_CMDLINE_H
#define FADUMP_CONFIG_CMDLINE_H

/* Longer than a kernel command line: COMMAND_LINE_SIZE is 2048 on powerpc and x86, at most 64 KiB
 * with the embedded bootconfig (kernel 6.12). */
#define CONFIG_CMDLINE_BYTES 65536

/*
 * Calls @each with "KEY=VALUE" for each word fadump_KEY=VALUE of @line, then for each word
 * rd.fadump.KEY=VALUE whose KEY has no word fadump_KEY=.  KEY is a key that the command line may
 * set, and VALUE is not empty; all other words are for other programs.  VALUE is not checked.
 * A setting is valid during the call only.  hook.sh has the same rules, with dracut's reader.
 * Returns 0 or -ENOMEM.
 */
int config_cmdline(const char *line, void (*each)(void *arg, const char *setting), void *arg);

#endif

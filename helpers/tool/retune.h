/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * retune.h - adjust limits that were computed for the small memory of the capture kernel
 */
#ifndef FADUMP_TOOL_RETUNE_H
#define FADUMP_TOOL_RETUNE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Called for each failure; and, with a root other than "", for each change to process 1 or to a
 * mount, which is then reported but not made.  @text is one line without control characters.
 */
typedef void retune_line(void *arg, const char *key, const char *text);

struct retune {
	const char *root;   /* "": this machine; else only files below @root are changed */
	uint64_t before_kb; /* MemTotal before the release */
	retune_line *line;  /* key "warning", "limits" or "remount" */
	void *arg;
	unsigned int changed; /* out: number of adjusted limits */
};

/*
 * Adjust sysctls, the limits of process 1 and the sizes of file systems in memory.  No value is
 * lowered, and values from sysctl.KEY= on the kernel command line are kept.  Returns 0; or -errno
 * if meminfo cannot be read, and nothing is changed then.
 */
int retune_all(struct retune *r);

/* Read the input of sizes_table() below @root into @m.  Returns 0 or -errno (not logged). */
struct sizes_machine;
int retune_machine(const char *root, struct sizes_machine *m);

#endif

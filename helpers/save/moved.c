// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * moved.c - update the status file of a capture after its dump was moved
 * In: the file, the old and the new path of the dump.  Out: the file, replaced atomically.
 * Does not know: how a dump is moved.
 */
#include "moved.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../util/log.h"
#include "crash_dir.h"

/*
 * Copy the lines of @in to @out, without the line volatile=.  In values that begin with the path
 * @from, replace @from by @to.
 */
static void rewrite(FILE *in, FILE *out, const char *from, const char *to)
{
	const size_t from_bytes = strlen(from);
	char line[SAVE_CRASH_DIR_BYTES];

	while (fgets(line, sizeof(line), in)) {
		const char *value = strchr(line, '=');

		if (strncmp(line, "volatile=", 9) == 0)
			continue;
		if (value && strncmp(value + 1, from, from_bytes) == 0 &&
		    value[1 + from_bytes] == '/')
			fprintf(out, "%.*s%s%s", (int)(value + 1 - line), line, to,
				value + 1 + from_bytes);
		else
			fputs(line, out);
	}
}

void save_moved_report(const char *at, const char *from, const char *to)
{
	char path[SAVE_CRASH_DIR_BYTES], new[SAVE_CRASH_DIR_BYTES + 8];
	mode_t mask = umask(077);
	FILE *in, *out;
	bool bad;

	snprintf(path, sizeof(path), "%s/../status", at);
	snprintf(new, sizeof(new), "%s.new", path);
	in = fopen(path, "re");
	out = in ? fopen(new, "we") : NULL;
	umask(mask);
	bad = in && !out;
	if (in && out) {
		rewrite(in, out, from, to);
		bad = ferror(in) || ferror(out);
		bad |= fclose(out) != 0;
		bad |= !bad && rename(new, path) != 0;
	}
	if (in)
		fclose(in);
	if (bad)
		log_line("%s: cannot be written: %s", path, strerror(errno));
}

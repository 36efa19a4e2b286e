// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boot.c - directories whose files do not survive a boot
 * In: a path.  Out: yes or no.  No system call.
 * Does not know: links, mounts.
 */
#include "boot.h"

#include <string.h>

bool boot_empties(const char *path)
{
	static const char *const names[] = {"dev", "proc", "run", "sys", "tmp"};
	size_t n;

	while (path[0] == '/' || (path[0] == '.' && (path[1] == '/' || !path[1])))
		path++;
	n = strcspn(path, "/");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n && memcmp(path, names[i], n) == 0)
			return true;
	return false;
}

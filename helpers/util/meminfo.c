// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * meminfo.c - how much memory this machine can spare
 * In: /proc/meminfo.  Out: bytes.
 * Does not know: what for.
 */
#include "meminfo.h"

#include <stdio.h>

uint64_t meminfo_available(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	unsigned long long kib = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return (uint64_t)kib << 10;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * meminfo.c - read the available memory of this machine
 * In: /proc/meminfo.  Out: bytes.
 * Does not know: how the memory is used.
 */
#include "meminfo.h"

#include <stdio.h>
#include <string.h>

#include "fdio.h"

/* Returns the value of @key in bytes; @key includes the colon.  0: @text does not contain @key. */
static uint64_t value(const char *text, const char *key)
{
	const char *at = strstr(text, key);
	unsigned long long kib = 0;

	if (at)
		sscanf(at + strlen(key), "%llu kB", &kib);
	return (uint64_t)kib << 10;
}

/* This function does not use fopen(), which needs memory for a buffer: there may be none. */
uint64_t meminfo_available(void)
{
	char text[1024]; /* the first lines of the file */
	const ssize_t got = fdio_read_file("/proc/meminfo", text, sizeof(text) - 1);
	uint64_t bytes;

	if (got < 0)
		return 0;
	text[got] = '\0';
	bytes = value(text, "MemAvailable:");
	return bytes ? bytes : value(text, "MemFree:");
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * meminfo.c - how much memory this machine can spare
 * In: /proc/meminfo.  Out: bytes.
 * Does not know: what for.
 */
#include "meminfo.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fdio.h"

/* The value of @key, which has its colon, in bytes; 0: there is none. */
static uint64_t value(const char *text, const char *key)
{
	const char *at = strstr(text, key);
	unsigned long long kib = 0;

	if (at)
		sscanf(at + strlen(key), "%llu kB", &kib);
	return (uint64_t)kib << 10;
}

/* Without a stream, which would claim memory: it is asked while there may be little. */
uint64_t meminfo_available(void)
{
	char text[1024]; /* its first lines */
	const int fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	ssize_t got;
	uint64_t bytes;

	if (fd < 0)
		return 0;
	got = fdio_pread(fd, text, sizeof(text) - 1, 0);
	close(fd);
	if (got < 0)
		return 0;
	text[got] = '\0';
	bytes = value(text, "MemAvailable:");
	return bytes ? bytes : value(text, "MemFree:");
}

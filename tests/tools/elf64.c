// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elf64.c - an ELF64 core in memory, of either byte order, for the test tools
 * In: a file.  Out: its headers and segments; a file that is not ELF64 ends the program.
 * Does not know: the program under test (uses none of its code).
 */
#include "elf64.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void differ(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(1);
}

const uint8_t *map_file(const char *name, uint64_t least, uint64_t *bytes)
{
	const void *map;
	struct stat st;
	int fd = open(name, O_RDONLY);

	if (fd < 0 || fstat(fd, &st) != 0 || (uint64_t)st.st_size < least)
		differ("%s: cannot be read, or is too short", name);
	*bytes = (uint64_t)st.st_size;
	map = mmap(NULL, *bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		differ("%s: cannot be mapped", name);
	close(fd);
	return map;
}

uint64_t elf64_get(const struct elf64 *e, uint64_t at, unsigned int bytes)
{
	uint64_t v = 0;

	if (at + bytes > e->bytes || at + bytes < at)
		differ("%s: the file ends before offset %#llx", e->name, (unsigned long long)at);
	for (unsigned int i = 0; i < bytes; i++)
		v = v << 8 | e->at[e->big ? at + i : at + bytes - 1 - i];
	return v;
}

uint64_t elf64_field(const struct elf64 *e, uint64_t i, unsigned int offset)
{
	return elf64_get(e, e->phoff + i * 56 + offset, offset < 8 ? 4 : 8);
}

void elf64_open(struct elf64 *e, const char *name)
{
	e->name = name;
	e->at = map_file(name, 64, &e->bytes);
	e->fd = open(name, O_RDONLY);
	if (memcmp(e->at, "\177ELF\2", 5) != 0)
		differ("%s: is not an ELF64 file", name);
	e->big = e->at[EI_DATA] == ELFDATA2MSB;
	e->phoff = elf64_get(e, 32, 8);
	e->nr = elf64_get(e, 56, 2);
	if (e->nr == 0xffff)
		e->nr = elf64_get(e, elf64_get(e, 40, 8) + 44, 4);
}

uint64_t elf64_next(const struct elf64 *e, uint64_t i, uint32_t type)
{
	while (i < e->nr && elf64_field(e, i, P_TYPE) != type)
		i++;
	return i;
}

uint64_t elf64_hole(const struct elf64 *e, const uint8_t *at)
{
	off_t from = at - e->at, data = lseek(e->fd, from, SEEK_DATA);

	if (data < 0)
		return errno == ENXIO ? e->bytes - (uint64_t)from : 0;
	return (uint64_t)(data - from);
}

const uint8_t *elf64_segment(const struct elf64 *e, uint64_t i)
{
	uint64_t at = elf64_field(e, i, P_OFFSET), bytes = elf64_field(e, i, P_FILESZ);

	if (at > e->bytes || bytes > e->bytes - at)
		differ("%s: the segment of header %llu ends after the file", e->name,
		       (unsigned long long)i);
	return e->at + at;
}

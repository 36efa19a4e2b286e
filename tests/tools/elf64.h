/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elf64.h - an ELF64 core in memory, of either byte order, for the test tools
 *
 * On an error, or if the file ends too early, these functions call differ(), except elf64_hole().
 */
#ifndef TESTS_TOOLS_ELF64_H
#define TESTS_TOOLS_ELF64_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf64 {
	const char *name;
	const uint8_t *at; /* the complete file, mapped */
	uint64_t bytes;
	int fd;
	bool big;
	uint64_t phoff, nr; /* program headers: file offset of the first, number */
};

/* Offsets in a program header. */
#define P_TYPE	 0
#define P_FLAGS	 4
#define P_OFFSET 8
#define P_VADDR	 16
#define P_PADDR	 24
#define P_FILESZ 32
#define P_MEMSZ	 40
#define P_ALIGN	 48

/* Print a difference or an error, and exit with status 1. */
void differ(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Map the file @name, which must have at least @least bytes.  Stores its size in @bytes. */
const uint8_t *map_file(const char *name, uint64_t least, uint64_t *bytes);

void elf64_open(struct elf64 *e, const char *name);

/* Returns the integer of @bytes bytes at file offset @at, in the byte order of the file. */
uint64_t elf64_get(const struct elf64 *e, uint64_t at, unsigned int bytes);

/* Returns the field at @offset (P_...) of program header @i. */
uint64_t elf64_field(const struct elf64 *e, uint64_t i, unsigned int offset);

/* Returns the index of the first header of @type from index @i on; nr if there is none. */
uint64_t elf64_next(const struct elf64 *e, uint64_t i, uint32_t type);

/*
 * Returns the number of bytes from @at (in the mapping) to the next data of the file; 0 if @at is
 * not in a hole, or on an error.
 */
uint64_t elf64_hole(const struct elf64 *e, const uint8_t *at);

/* Returns the segment of program header @i: P_FILESZ bytes of the mapping. */
const uint8_t *elf64_segment(const struct elf64 *e, uint64_t i);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elf64.h - an ELF64 core in memory, of either byte order, for the comparing tools
 */
#ifndef TESTS_TOOLS_ELF64_H
#define TESTS_TOOLS_ELF64_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf64 {
	const char *name;
	const uint8_t *at; /* the whole file, mapped */
	uint64_t bytes;
	bool big;
	uint64_t phoff, nr;
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

/* Say what is different and exit with status 1. */
void differ(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Map all of file @name, which must be @least bytes.  Its size goes to @bytes. */
const uint8_t *map_file(const char *name, uint64_t least, uint64_t *bytes);

void elf64_open(struct elf64 *e, const char *name);

/* The number of @bytes bytes at file offset @at. */
uint64_t elf64_get(const struct elf64 *e, uint64_t at, unsigned int bytes);

/* The field at @offset (P_...) of program header @i. */
uint64_t elf64_field(const struct elf64 *e, uint64_t i, unsigned int offset);

/* Index of the next header of @type from @i on, or nr. */
uint64_t elf64_next(const struct elf64 *e, uint64_t i, uint32_t type);

/* The file bytes of header @i, all P_FILESZ of them. */
const uint8_t *elf64_segment(const struct elf64 *e, uint64_t i);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elfcore.h - the headers of an ELF64 vmcore, either byte order
 *
 * Format: System V gABI, "ELF Header", "Program Header", and its PN_XNUM rule; which of it
 * a kernel writes: fs/proc/vmcore.c and arch/powerpc/kernel/fadump.c, Linux 6.12.
 */
#ifndef FADUMP_ELFCORE_H
#define FADUMP_ELFCORE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELFCORE_EHDR_BYTES 64u
#define ELFCORE_PHDR_BYTES 56u
#define ELFCORE_SHDR_BYTES 64u
#define ELFCORE_NHDR_BYTES 12u

/*
 * More segments than this are absurd (a kernel writes one per contiguous range of RAM) and
 * would not fit the memory budget.
 */
#define ELFCORE_PHDRS_MAX 131072u

struct elfcore {
	bool swap;	   /* byte order of the file is not this machine's */
	uint8_t ident[16]; /* e_ident */
	uint16_t machine;  /* e_machine */
	uint32_t flags;	   /* e_flags */
	uint64_t phdrs_at; /* file offset of the program headers, bytes */
	uint32_t nr_phdrs; /* 0 until elfcore_xnum() where xnum_at is set */
	uint64_t xnum_at;  /* file offset of section header 0, 0: nr_phdrs is known */
};

struct elfcore_note {
	uint32_t name_bytes;
	uint32_t desc_bytes;
	uint32_t type;
};

/*
 * Decode the first @bytes of a file.  Returns NULL, or what is wrong with them as a static
 * text that reads on from the file's name.
 */
const char *elfcore_header(struct elfcore *core, const uint8_t *buf, size_t bytes);

/* Take the number of program headers from section header 0.  Returns as elfcore_header(). */
const char *elfcore_xnum(struct elfcore *core, const uint8_t shdr[ELFCORE_SHDR_BYTES]);

/* Decode one program header. */
void elfcore_phdr(const struct elfcore *core, const uint8_t buf[ELFCORE_PHDR_BYTES],
		  Elf64_Phdr *phdr);

/* Decode one note header. */
void elfcore_note(const struct elfcore *core, const uint8_t buf[ELFCORE_NHDR_BYTES],
		  struct elfcore_note *note);

/* The other way round, for whoever writes a core: byte order and identity are @core's. */
void elfcore_put_header(const struct elfcore *core, uint32_t nr_phdrs, uint64_t xnum_at,
			uint8_t buf[ELFCORE_EHDR_BYTES]);
void elfcore_put_phdr(const struct elfcore *core, const Elf64_Phdr *phdr,
		      uint8_t buf[ELFCORE_PHDR_BYTES]);
void elfcore_put_xnum(const struct elfcore *core, uint32_t nr_phdrs,
		      uint8_t buf[ELFCORE_SHDR_BYTES]);

/* A 32 or 64-bit number of the dead kernel, as this machine sees it. */
uint32_t elfcore_u32(const struct elfcore *core, const void *raw);
uint64_t elfcore_u64(const struct elfcore *core, const void *raw);

#endif

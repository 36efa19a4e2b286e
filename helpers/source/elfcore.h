/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elfcore.h - the headers of an ELF64 vmcore, both byte orders
 *
 * Format: System V gABI, "ELF Header", "Program Header", and its PN_XNUM rule; the headers are
 * written by fs/proc/vmcore.c and arch/powerpc/kernel/fadump.c, Linux 6.12.
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
 * The largest accepted number of segments: data about more segments would not fit in the memory
 * budget.  A kernel writes one segment for each contiguous range of RAM.
 */
#define ELFCORE_PHDRS_MAX 131072u

struct elfcore {
	bool swap;	   /* the byte order of the file differs from that of this machine */
	uint8_t ident[16]; /* e_ident */
	uint16_t machine;  /* e_machine */
	uint32_t flags;	   /* e_flags */
	uint64_t phdrs_at; /* file offset of the program headers, bytes */
	uint32_t nr_phdrs; /* 0 until elfcore_xnum() if xnum_at is set */
	uint64_t xnum_at;  /* file offset of section header 0; 0: nr_phdrs is known */
};

struct elfcore_note {
	uint32_t name_bytes;
	uint32_t desc_bytes;
	uint32_t type;
};

/*
 * Decode the ELF header in @buf, the first @bytes of a file, to @core.  Returns NULL, or the error
 * as a static text that follows the file's name in a message.
 */
const char *elfcore_header(struct elfcore *core, const uint8_t *buf, size_t bytes);

/* Read the number of program headers from section header 0.  Returns the values of
 * elfcore_header(). */
const char *elfcore_xnum(struct elfcore *core, const uint8_t shdr[ELFCORE_SHDR_BYTES]);

/* Decode one program header. */
void elfcore_phdr(const struct elfcore *core, const uint8_t buf[ELFCORE_PHDR_BYTES],
		  Elf64_Phdr *phdr);

/* Decode one note header. */
void elfcore_note(const struct elfcore *core, const uint8_t buf[ELFCORE_NHDR_BYTES],
		  struct elfcore_note *note);

/*
 * Encode headers of a new core, with the byte order and the identity of @core.  @xnum_at is the
 * file offset of section header 0, which has the number of program headers; 0: @nr_phdrs is less
 * than PN_XNUM, and there is no section header.
 */
void elfcore_put_header(const struct elfcore *core, uint32_t nr_phdrs, uint64_t xnum_at,
			uint8_t buf[ELFCORE_EHDR_BYTES]);
void elfcore_put_phdr(const struct elfcore *core, const Elf64_Phdr *phdr,
		      uint8_t buf[ELFCORE_PHDR_BYTES]);
void elfcore_put_xnum(const struct elfcore *core, uint32_t nr_phdrs,
		      uint8_t buf[ELFCORE_SHDR_BYTES]);

/* Returns the number at @raw, of 32 or 64 bits, converted from the byte order of @core. */
uint32_t elfcore_u32(const struct elfcore *core, const void *raw);
uint64_t elfcore_u64(const struct elfcore *core, const void *raw);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notes.h - find the VMCOREINFO note of a vmcore
 */
#ifndef FADUMP_NOTES_H
#define FADUMP_NOTES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "elfcore.h"
#include "vmcoreinfo.h"

/*
 * Read @bytes at file offset @at.  Returns the number of bytes read (less than @bytes only at the
 * end of the file), or -errno.
 */
typedef ssize_t notes_read_fn(const void *arg, void *buf, size_t bytes, uint64_t at);

struct notes_reader {
	notes_read_fn *read;
	const void *arg;
	uint64_t file_bytes;
};

struct notes {
	uint64_t bytes;		  /* size of all PT_NOTEs together */
	unsigned int nr_prstatus; /* number of NT_PRSTATUS notes: one for each CPU */
	struct vmcoreinfo info;	  /* bytes == 0: there is none; the caller frees the text */
	uint64_t info_at;	  /* offset of the text in the sequence of all notes */
};

/*
 * Walk the PT_NOTEs among the core->nr_phdrs headers @phdrs, and set @out.  A missing or damaged
 * note is not an error.  Returns NULL, or the error as a static text to print after the file's
 * name; the caller frees out->info.text in both cases.
 */
const char *notes_walk(const struct notes_reader *reader, const struct elfcore *core,
		       const Elf64_Phdr *phdrs, struct notes *out);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * notes.c - find the VMCOREINFO note of a vmcore
 * In: a vmcore with its program headers.  Out: the note's text, the size of all notes.
 * Does not know: what the text says; other notes, which travel as they are.
 *
 * Note layout: System V gABI, "Note Section"; the kernel pads name and descriptor to
 * 4 bytes (fs/proc/vmcore.c, Linux 6.12).
 */
#include "notes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../util/log.h"
#include "vmcore.h"

/* The largest machine has a few thousand CPUs with a dozen notes each. */
#define NOTES_MAX (1u << 20)

#define NAME "VMCOREINFO"

static uint64_t padded(uint64_t bytes)
{
	return (bytes + 3) & ~UINT64_C(3);
}

/* @notes_at is where the text is when all notes lie one after the other. */
static void take_vmcoreinfo(struct vmcore *src, uint64_t at, uint32_t bytes, uint64_t notes_at)
{
	char *text;

	if (src->info.bytes || bytes == 0 || bytes > VMCOREINFO_BYTES_MAX)
		return;
	text = malloc(bytes);
	if (!text || vmcore_read_at(src, text, bytes, at) != (ssize_t)bytes) {
		free(text);
		return;
	}
	src->info.text = text;
	src->info.bytes = bytes;
	src->info_at = notes_at;
}

/* @raw has the header and at least sizeof(NAME) bytes of the name. */
static bool is_named(const uint8_t *raw, const struct elfcore_note *note, const char *name)
{
	const size_t bytes = strlen(name) + 1; /* the terminating NUL counts */

	return note->name_bytes == bytes && memcmp(raw + ELFCORE_NHDR_BYTES, name, bytes) == 0;
}

/* Walk one PT_NOTE as far as its headers make sense. */
static void walk(struct vmcore *src, const Elf64_Phdr *p, unsigned int *budget)
{
	const uint64_t end = p->p_offset + p->p_filesz;
	uint64_t at = p->p_offset;

	for (; *budget && end - at >= ELFCORE_NHDR_BYTES; (*budget)--) {
		uint8_t raw[ELFCORE_NHDR_BYTES + sizeof(NAME)];
		struct elfcore_note note;
		uint64_t desc_at, next;
		ssize_t got = vmcore_read_at(src, raw, sizeof(raw), at);

		if (got < (ssize_t)ELFCORE_NHDR_BYTES)
			return;
		elfcore_note(&src->core, raw, &note);
		desc_at = at + ELFCORE_NHDR_BYTES + padded(note.name_bytes);
		next = desc_at + padded(note.desc_bytes);
		if (desc_at > end || note.desc_bytes > end - desc_at)
			return;
		if (got == sizeof(raw) && is_named(raw, &note, NAME))
			take_vmcoreinfo(src, desc_at, note.desc_bytes,
					src->notes_bytes + (desc_at - p->p_offset));
		if (note.type == NT_PRSTATUS && got == sizeof(raw) && is_named(raw, &note, "CORE"))
			src->nr_prstatus++;
		if (next >= end)
			return;
		at = next;
	}
}

int notes_read(struct vmcore *src)
{
	unsigned int budget = NOTES_MAX;

	for (uint32_t i = 0; i < src->core.nr_phdrs; i++) {
		const Elf64_Phdr *p = &src->phdrs[i];

		if (p->p_type != PT_NOTE || p->p_filesz == 0)
			continue;
		if (p->p_offset > src->file_bytes || p->p_filesz > src->file_bytes - p->p_offset ||
		    src->notes_bytes + p->p_filesz > src->file_bytes) {
			log_line("%s is truncated: a PT_NOTE reaches past its end", src->name);
			return -EINVAL;
		}
		walk(src, p, &budget);
		src->notes_bytes += p->p_filesz;
	}
	return 0;
}

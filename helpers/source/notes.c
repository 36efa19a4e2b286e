// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * notes.c - find the VMCOREINFO note of a vmcore
 * In: program headers, a way to read the file.  Out: the text of the note, the number of
 * NT_PRSTATUS notes, the size of all notes.
 * No system call.
 * Does not know: the meaning of the text; the content of other notes.
 *
 * Note layout: System V gABI, "Note Section"; the kernel pads name and descriptor to 4 bytes
 * (fs/proc/vmcore.c, Linux 6.12).
 */
#include "notes.h"

#include <stdlib.h>
#include <string.h>

/* The largest number of notes that are read: a machine with thousands of CPUs has fewer. */
#define NOTES_MAX (1u << 20)

#define NAME "VMCOREINFO"

static uint64_t padded(uint64_t bytes)
{
	return (bytes + 3) & ~UINT64_C(3);
}

/*
 * Read the text, @bytes at file offset @at, and store it in @out.  @notes_at is the offset of the
 * text in the sequence of all notes.  A second text, and one that is empty, too large or
 * unreadable, is ignored.
 */
static void take_vmcoreinfo(const struct notes_reader *r, uint64_t at, uint32_t bytes,
			    uint64_t notes_at, struct notes *out)
{
	char *text;

	if (out->info.bytes || bytes == 0 || bytes > VMCOREINFO_BYTES_MAX)
		return;
	text = malloc(bytes);
	if (!text || r->read(r->arg, text, bytes, at) != (ssize_t)bytes) {
		free(text);
		return;
	}
	out->info.text = text;
	out->info.bytes = bytes;
	out->info_at = notes_at;
}

/*
 * True when the note has the name @name.  @raw contains the header of the note and the sizeof(NAME)
 * bytes after it.
 */
static bool is_named(const uint8_t *raw, const struct elfcore_note *note, const char *name)
{
	const size_t bytes = strlen(name) + 1; /* with the terminating NUL */

	return note->name_bytes == bytes && memcmp(raw + ELFCORE_NHDR_BYTES, name, bytes) == 0;
}

/* Walk the PT_NOTE @p up to the first invalid header, at most *@budget notes, and update @out. */
static void walk(const struct notes_reader *r, const struct elfcore *core, const Elf64_Phdr *p,
		 unsigned int *budget, struct notes *out)
{
	const uint64_t end = p->p_offset + p->p_filesz;
	uint64_t at = p->p_offset;

	for (; *budget && end - at >= ELFCORE_NHDR_BYTES; (*budget)--) {
		uint8_t raw[ELFCORE_NHDR_BYTES + sizeof(NAME)];
		struct elfcore_note note;
		uint64_t desc_at, next;
		ssize_t got = r->read(r->arg, raw, sizeof(raw), at);

		if (got < (ssize_t)ELFCORE_NHDR_BYTES)
			return;
		elfcore_note(core, raw, &note);
		desc_at = at + ELFCORE_NHDR_BYTES + padded(note.name_bytes);
		next = desc_at + padded(note.desc_bytes);
		if (desc_at > end || note.desc_bytes > end - desc_at)
			return;
		if (got == sizeof(raw) && is_named(raw, &note, NAME))
			take_vmcoreinfo(r, desc_at, note.desc_bytes,
					out->bytes + (desc_at - p->p_offset), out);
		if (note.type == NT_PRSTATUS && got == sizeof(raw) && is_named(raw, &note, "CORE"))
			out->nr_prstatus++;
		if (next >= end)
			return;
		at = next;
	}
}

const char *notes_walk(const struct notes_reader *reader, const struct elfcore *core,
		       const Elf64_Phdr *phdrs, struct notes *out)
{
	const uint64_t end = reader->file_bytes;
	unsigned int budget = NOTES_MAX;

	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < core->nr_phdrs; i++) {
		const Elf64_Phdr *p = &phdrs[i];

		if (p->p_type != PT_NOTE || p->p_filesz == 0)
			continue;
		if (p->p_offset > end || p->p_filesz > end - p->p_offset ||
		    out->bytes + p->p_filesz > end)
			return "is truncated: a PT_NOTE reaches past its end";
		walk(reader, core, p, &budget, out);
		out->bytes += p->p_filesz;
	}
	return NULL;
}

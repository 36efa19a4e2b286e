// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * format.c - code that all formats share
 * In: a source with notes.  Out: the same notes in the dump.
 * Does not know: the content of a note.
 */
#include "format.h"

#include "../sink/output.h"
#include "../source/vmcore.h"

#define PART_BYTES 4096u /* bytes of one read; a failed read loses all of them */

int format_copy_notes(const struct format_job *job, uint64_t at)
{
	const struct vmcore *src = job->src;
	int err = 0;

	for (uint32_t i = 0; i < src->core.nr_phdrs && !err; i++) {
		uint64_t from = src->phdrs[i].p_offset, left = src->phdrs[i].p_filesz;

		if (src->phdrs[i].p_type != PT_NOTE)
			continue;
		while (left && !err) {
			uint8_t buf[PART_BYTES];
			size_t part = left < sizeof(buf) ? left : sizeof(buf);

			if (vmcore_read_at(src, buf, part, from) == (ssize_t)part)
				err = output_write(job->out, buf, part, at);
			else
				++*job->lost_pages;
			from += part;
			at += part;
			left -= part;
		}
	}
	return err;
}

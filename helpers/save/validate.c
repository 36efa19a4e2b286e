// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * validate.c - check the headers of a dump; read a value of its status
 * In: the beginning of a dump, its size and format; the text of a status.  Out: the error; a value.
 * No system call.
 * Does not know: devices, archives.
 *
 * Formats: see format/kdump_layout.h and source/elfcore.h.
 */
#include "validate.h"

#include <stdbool.h>
#include <string.h>

#include "../source/elfcore.h"

#define KDUMP_HEAD_BYTES 464u
#define KDUMP_STATUS_AT	 424u
#define KDUMP_BLOCK_AT	 428u
#define KDUMP_SUB_AT	 432u
#define KDUMP_BITMAP_AT	 436u
#define KDUMP_PARTIAL	 0x8u /* DUMP_DH_COMPRESSED_INCOMPLETE */
#define BLOCK_MIN	 4096u
#define BLOCK_MAX	 65536u

static uint32_t get32(const uint8_t *from, bool swap)
{
	uint32_t v;

	memcpy(&v, from, sizeof(v));
	return swap ? __builtin_bswap32(v) : v;
}

static bool is_block(uint32_t v)
{
	return v >= BLOCK_MIN && v <= BLOCK_MAX && (v & (v - 1)) == 0;
}

static const char *validate_kdump(const uint8_t *head, size_t head_bytes, uint64_t bytes)
{
	bool swap;
	uint64_t blocks, block;

	if (head_bytes < KDUMP_HEAD_BYTES || memcmp(head, "KDUMP   ", 8) != 0)
		return "vmcore is not a kdump file, but status has format=kdump";
	swap = !is_block(get32(head + KDUMP_BLOCK_AT, false));
	block = get32(head + KDUMP_BLOCK_AT, swap);
	if (!is_block((uint32_t)block))
		return "vmcore has a damaged header";
	if (get32(head + KDUMP_STATUS_AT, swap) & KDUMP_PARTIAL)
		return "vmcore is marked as incomplete";
	blocks = 1 + (uint64_t)get32(head + KDUMP_SUB_AT, swap) +
		 get32(head + KDUMP_BITMAP_AT, swap);
	return blocks > bytes / block ? "vmcore is shorter than its own headers" : NULL;
}

static const char *validate_elf(const uint8_t *head, size_t head_bytes, uint64_t bytes)
{
	struct elfcore core;
	Elf64_Phdr ph;

	if (head_bytes < ELFCORE_EHDR_BYTES || elfcore_header(&core, head, head_bytes))
		return "vmcore is not an ELF core, but status has format=elf";
	for (uint64_t i = 0; i < core.nr_phdrs; i++) {
		const uint64_t at = core.phdrs_at + i * ELFCORE_PHDR_BYTES;

		if (at < core.phdrs_at || at > bytes || bytes - at < ELFCORE_PHDR_BYTES)
			return "vmcore is shorter than its own headers";
		if (at > head_bytes || head_bytes - at < ELFCORE_PHDR_BYTES)
			break; /* the other headers were not read; the checked headers are valid */
		elfcore_phdr(&core, head + at, &ph);
		if (ph.p_offset > bytes || ph.p_filesz > bytes - ph.p_offset)
			return "vmcore is shorter than its headers say";
	}
	return NULL;
}

const char *save_validate_vmcore(const uint8_t *head, size_t head_bytes, uint64_t bytes,
				 const char *format)
{
	if (strcmp(format, "kdump") == 0)
		return validate_kdump(head, head_bytes, bytes);
	if (strcmp(format, "elf") == 0)
		return validate_elf(head, head_bytes, bytes);
	return "status has no known format of the dump";
}

void save_validate_value(const char *text, const char *key, char *out, size_t out_bytes)
{
	const size_t key_bytes = strlen(key);

	*out = '\0';
	while (text && *text) {
		const char *end = strchr(text, '\n');
		size_t n = end ? (size_t)(end - text) : strlen(text);

		if (n > key_bytes && strncmp(text, key, key_bytes) == 0 && text[key_bytes] == '=') {
			n -= key_bytes + 1;
			n = n < out_bytes ? n : out_bytes - 1;
			memcpy(out, text + key_bytes + 1, n);
			out[n] = '\0';
			return;
		}
		text = end ? end + 1 : NULL;
	}
}

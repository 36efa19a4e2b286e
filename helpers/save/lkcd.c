// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lkcd.c - parse the headers of an LKCD dump, and decode run-length encoded pages
 * In: bytes of the dump, which may be invalid.  Out: values of the headers; a page.
 * No system call.
 * Does not know: files, zlib (convert.c).
 */
#include "lkcd.h"

#include <string.h>

#define MAGIC UINT64_C(0xa8190173618f23ed)
/* Flag bits of versions and records that Mission Critical Linux added. */
#define FLAVOURS 0xc0000000u
/* Start of the kernel addresses of i386, added to page addresses in some dumps of version 1. */
#define KERNEL_AT UINT64_C(0xc0000000)
#define FIRST_AT  65536u
#define PAGE_MIN  4096u
#define PAGE_MAX  65536u
#define VERSION_9 9u

/* Offsets of the header fields that are at the same offset in all versions. */
#define VERSION_AT 8u
#define PAGE_AT	   20u

/*
 * Offsets of the header fields that move between versions and, up to version 7, between 32-bit and
 * 64-bit compilers.
 */
struct shape {
	uint32_t from, to; /* first and last version */
	bool is_long;	   /* the time has 64 bits */
	uint32_t time_at, uts_at, codec_at;
};

#define NO_CODEC 0u /* versions up to 4 have one codec and no field for it */

static const struct shape shapes[] = {
	{1, 1, false, 316, 324, NO_CODEC}, {1, 1, true, 320, 336, NO_CODEC},
	{2, 4, false, 308, 316, NO_CODEC}, {2, 4, true, 312, 328, NO_CODEC},
	{5, 7, false, 308, 316, 712},	   {5, 7, true, 312, 328, 728},
	{8, 10, true, 308, 324, 722},
};

/* Versions 9 and 10: offset of the field with the offset of the first record. */
#define BUFFER_AT 734u

static uint32_t get32(bool swap, const uint8_t *from)
{
	uint32_t v;

	memcpy(&v, from, sizeof(v));
	return swap ? __builtin_bswap32(v) : v;
}

static uint64_t get64(bool swap, const uint8_t *from)
{
	uint64_t v;

	memcpy(&v, from, sizeof(v));
	return swap ? __builtin_bswap64(v) : v;
}

bool save_lkcd_is(const uint8_t *head, size_t bytes)
{
	return bytes >= SAVE_LKCD_HEAD_BYTES &&
	       (get64(false, head) == MAGIC || get64(true, head) == MAGIC);
}

/*
 * Copy the six names of utsname.  False: a name has no NUL, or the first (system) or the fifth
 * (machine) is empty or begins with a space or a control character.
 */
static bool take_uts(struct save_lkcd *l, const uint8_t *from)
{
	memcpy(l->uts, from, sizeof(l->uts));
	for (size_t i = 0; i < 6; i++) {
		if (!memchr(l->uts[i], 0, sizeof(l->uts[i])))
			return false;
	}
	return (uint8_t)l->uts[0][0] > ' ' && (uint8_t)l->uts[4][0] > ' ';
}

static const struct shape *find_shape(struct save_lkcd *l, const uint8_t *head)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const struct shape *s = &shapes[i];

		if (l->version >= s->from && l->version <= s->to && take_uts(l, head + s->uts_at))
			return s;
	}
	return NULL;
}

const char *save_lkcd_header(struct save_lkcd *l, const uint8_t head[SAVE_LKCD_HEAD_BYTES])
{
	const struct shape *s;
	uint64_t first_at;

	memset(l, 0, sizeof(*l));
	l->swap = get64(false, head) != MAGIC;
	l->version = get32(l->swap, head + VERSION_AT) & ~FLAVOURS;
	l->page_bytes = get32(l->swap, head + PAGE_AT);
	if (l->version < 1 || l->version > 10)
		return "its version is not 1 to 10";
	if (l->page_bytes < PAGE_MIN || l->page_bytes > PAGE_MAX ||
	    (l->page_bytes & (l->page_bytes - 1)) != 0)
		return "its header has an invalid page size";
	s = find_shape(l, head);
	if (!s)
		return "its header has no valid system name";
	l->time_s =
		s->is_long ? get64(l->swap, head + s->time_at) : get32(l->swap, head + s->time_at);
	l->codec = s->codec_at == NO_CODEC ? SAVE_LKCD_RLE : get32(l->swap, head + s->codec_at);
	first_at = l->version >= VERSION_9 ? get64(l->swap, head + BUFFER_AT) : 0;
	l->first_at = first_at ? first_at : FIRST_AT;
	return l->codec > SAVE_LKCD_GZIP ? "its compression is not known" : NULL;
}

void save_lkcd_first(struct save_lkcd *l, const uint8_t in[SAVE_LKCD_RECORD_BYTES])
{
	l->base = l->version == 1 && get64(l->swap, in) == KERNEL_AT ? KERNEL_AT : 0;
}

const char *save_lkcd_record(const struct save_lkcd *l, const uint8_t in[SAVE_LKCD_RECORD_BYTES],
			     struct save_lkcd_page *page)
{
	const uint64_t address = get64(l->swap, in) - l->base;
	const uint32_t flags = get32(l->swap, in + 12);

	page->pfn = flags & FLAVOURS ? address : address / l->page_bytes;
	page->bytes = get32(l->swap, in + 8);
	if (flags & SAVE_LKCD_END) {
		page->kind = SAVE_LKCD_END;
		return NULL;
	}
	page->kind = flags & (SAVE_LKCD_RAW | SAVE_LKCD_COMPRESSED);
	if (page->kind != SAVE_LKCD_RAW && page->kind != SAVE_LKCD_COMPRESSED)
		return "a page is neither raw nor compressed";
	if (page->pfn >= SAVE_LKCD_PFN_MAX)
		return "a page has an impossible address";
	if (page->kind == SAVE_LKCD_RAW ? page->bytes && page->bytes != l->page_bytes
					: page->bytes > l->page_bytes || page->bytes == 0)
		return "a page has an impossible size";
	if (page->kind == SAVE_LKCD_COMPRESSED && l->codec == SAVE_LKCD_NONE)
		return "a page is compressed in an unknown way";
	return NULL;
}

/*
 * The bytes 0 COUNT BYTE encode COUNT + 1 times BYTE; 0 0 encodes one zero; any other byte encodes
 * itself.
 */
bool save_lkcd_expand(uint8_t *out, size_t out_bytes, const uint8_t *in, size_t in_bytes)
{
	size_t o = 0, i = 0;

	while (i < in_bytes) {
		uint8_t byte = in[i++];
		size_t count = 1;

		if (byte == 0) {
			if (i == in_bytes)
				return false;
			count = in[i++];
			if (count && i == in_bytes)
				return false;
			byte = count ? in[i++] : 0;
			count++;
		}
		if (count > out_bytes - o)
			return false;
		memset(out + o, byte, count);
		o += count;
	}
	return o == out_bytes;
}

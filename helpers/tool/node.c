// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * node.c - parse the firmware's description of the dump, and find two pages to retire
 * In: the bytes of the dump node or of debugfs, mem_reserved, smaps.  Out: sections, addresses.
 * No system call, no allocation.
 * Does not know: how a page is retired, whether a dump was saved.
 */
#include "node.h"

#include <string.h>

#include "../util/parse.h"

#define HEADER_BYTES  40u
#define SECTION_BYTES 40u
#define VERSION	      1u
/* The largest number of hexadecimal digits of an address or a size in a line of regions. */
#define DIGITS_MAX 15u

static uint64_t big_endian(const uint8_t *p, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | *p++;
	return value;
}

static const char *parse(struct node *n, const uint8_t *data, size_t bytes)
{
	unsigned int nr;
	uint64_t at;

	if (bytes < HEADER_BYTES || big_endian(data, 4) != VERSION)
		return "it has no header of version 1";
	nr = (unsigned int)big_endian(data + 4, 2);
	at = big_endian(data + 8, 4);
	if (at < HEADER_BYTES || at > bytes)
		return "the offset of its first section is invalid";
	if (nr > NODE_SECTIONS_MAX || nr * SECTION_BYTES > bytes - at)
		return "it is shorter than its sections";
	for (; n->nr < nr; n->nr++, at += SECTION_BYTES) {
		struct node_section *s = &n->section[n->nr];

		s->type = (uint16_t)big_endian(data + at + 4, 2);
		s->source = big_endian(data + at + 8, 8);
		s->length = big_endian(data + at + 16, 8);
		s->destination = big_endian(data + at + 32, 8);
		/* no machine has 2^63 bytes of memory, and shell arithmetic is signed */
		if ((s->source | s->length | s->destination) >> 63)
			return "a section is beyond 2^63 bytes";
	}
	return NULL;
}

const char *node_parse(struct node *n, const void *data, size_t bytes)
{
	const char *why;

	n->nr = 0;
	why = parse(n, data, bytes > NODE_BYTES ? NODE_BYTES : bytes);
	if (why)
		n->nr = 0;
	return why;
}

/* ---- regions --------------------------------------------------------------------------- */

/*
 * Returns the next word, *@bytes long, of the line that ends at @end; *@bytes is 0 if there is
 * none.
 */
static const char *next_word(const char *at, const char *end, size_t *bytes)
{
	const char *word;

	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	word = at;
	while (at < end && *at != ' ' && *at != '\t')
		at++;
	*bytes = (size_t)(at - word);
	return word;
}

/*
 * Parse a number in lower-case hexadecimal digits; a leading 0x and a trailing comma are optional.
 */
static bool region_number(const char *word, size_t bytes, uint64_t *out)
{
	char digits[DIGITS_MAX + 1];

	if (bytes && word[bytes - 1] == ',')
		bytes--;
	if (bytes >= 2 && word[0] == '0' && word[1] == 'x') {
		word += 2;
		bytes -= 2;
	}
	if (!bytes || bytes > DIGITS_MAX)
		return false;
	memcpy(digits, word, bytes);
	digits[bytes] = '\0';
	return digits[strspn(digits, "0123456789abcdef")] == '\0' &&
	       parse_u64(digits, 16, UINT64_MAX, out);
}

/*
 * Parse the line "DUMP: Src: A, Dest: B, Size: C, ..." into @s.  Other lines only set *@is_dump to
 * false.  Returns false for a DUMP line that is malformed.
 */
static bool region_line(const char *at, const char *end, struct node_section *s, bool *is_dump)
{
	uint64_t *const field[] = {NULL, &s->source, NULL, &s->destination, NULL, &s->length};
	const char *word;
	size_t bytes;

	word = next_word(at, end, &bytes);
	*is_dump = bytes == 5 && memcmp(word, "DUMP:", 5) == 0;
	if (!*is_dump)
		return true;
	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
		word = next_word(word + bytes, end, &bytes);
		if (field[i] && !region_number(word, bytes, field[i]))
			return false;
	}
	s->type = NODE_BOOT_MEMORY;
	return true;
}

static const char *regions(struct node *n, const char *text, size_t bytes)
{
	const char *end = text + bytes;

	while (text < end) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));
		struct node_section s;
		bool is_dump;

		line_end = line_end ? line_end : end;
		if (!region_line(text, line_end, &s, &is_dump))
			return "a DUMP: line is malformed";
		if (is_dump && n->nr == NODE_SECTIONS_MAX)
			return "it has too many DUMP: lines";
		if (is_dump)
			n->section[n->nr++] = s;
		text = line_end + 1;
	}
	return n->nr ? NULL : "it has no DUMP: line";
}

const char *node_regions(struct node *n, const void *text, size_t bytes)
{
	const char *why;

	n->nr = 0;
	why = regions(n, text, bytes);
	if (why)
		n->nr = 0;
	return why;
}

/* ---- the pages to retire --------------------------------------------------------------- */

bool node_param_area(const struct node *n, uint64_t *at)
{
	for (unsigned int i = 0; i < n->nr; i++) {
		const struct node_section *s = &n->section[i];

		if (s->type == NODE_PARAM_AREA && s->length) {
			*at = s->source;
			return true;
		}
	}
	return false;
}

enum node_broken node_broken_page(const struct node *n, const char *reserved, uint64_t page_bytes,
				  uint64_t *at)
{
	uint64_t bytes, start;

	if (!page_bytes || !parse_u64(reserved, 10, INT64_MAX, &bytes))
		return NODE_UNKNOWN;
	if (bytes % page_bytes == 0)
		return NODE_WHOLE;
	if (!n->nr)
		return NODE_UNKNOWN;
	start = n->section[0].destination;
	if (start % page_bytes || start > INT64_MAX - bytes)
		return NODE_UNKNOWN;
	*at = start + bytes - bytes % page_bytes;
	return NODE_BROKEN;
}

uint64_t node_page_bytes(const char *smaps)
{
	static const char key[] = "KernelPageSize:";
	const char *line = smaps;
	uint64_t kib = 0;

	while (line && strncmp(line, key, sizeof(key) - 1) != 0) {
		const char *end = strchr(line, '\n');

		line = end ? end + 1 : NULL;
	}
	if (!line)
		return 65536;
	line += sizeof(key) - 1;
	line += strspn(line, " \t");
	while (*line >= '0' && *line <= '9' && kib < 1024 * 1024)
		kib = kib * 10 + (uint64_t)(*line++ - '0');
	return kib && kib <= 1024 * 1024 ? kib * 1024 : 65536;
}

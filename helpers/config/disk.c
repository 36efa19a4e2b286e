// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * disk.c - the path of the disk of a target
 * In: /dev/..., UUID=, LABEL=, PARTUUID= or PARTLABEL=.  Out: a path.
 * No system call, no allocation.
 * Does not know: whether the disk exists, its use.
 *
 * libblkid could evaluate a tag, too, but helpers/deps.sh builds only its probing code, and
 * fadump-tool and fadump-save are linked without it.
 */
#include "disk.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *tag, *folder;
} tags[] = {
	{"UUID=", "uuid"},
	{"LABEL=", "label"},
	{"PARTUUID=", "partuuid"},
	{"PARTLABEL=", "partlabel"},
};

/* True for a character that udev does not encode (blkid_encode_string() of libblkid, encode.c). */
static bool is_plain(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       strchr("#+-.:=@_", c);
}

/* Returns the length of the multi-byte UTF-8 character at @p, 2 to 4 bytes; 0: there is none. */
static size_t utf8(const unsigned char *p)
{
	/* limits of the second byte: no overlong forms, no surrogates, nothing above U+10FFFF */
	const unsigned char low = *p == 0xe0 ? 0xa0 : *p == 0xf0 ? 0x90 : 0x80;
	const unsigned char high = *p == 0xed ? 0x9f : *p == 0xf4 ? 0x8f : 0xbf;
	const size_t bytes = *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;

	if (!bytes || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < bytes; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return bytes;
}

/* Writes @text to @out as udev encodes it; a byte becomes at most four bytes. */
static void encode(char *out, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p;) {
		const size_t bytes = is_plain(*p) ? 1 : utf8(p);

		if (bytes) {
			memcpy(out, p, bytes);
			out += bytes;
			p += bytes;
		} else {
			out += sprintf(out, "\\x%02x", *p++);
		}
	}
	*out = '\0';
}

const char *disk_path(const char *name, char out[DISK_PATH_BYTES])
{
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		const size_t n = strlen(tags[i].tag);

		if (strncmp(name, tags[i].tag, n) == 0) {
			encode(out + sprintf(out, "/dev/disk/by-%s/", tags[i].folder), name + n);
			return out;
		}
	}
	return strcpy(out, name);
}

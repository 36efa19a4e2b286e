// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tmpfs.c - file systems in memory whose limits follow from the amount of memory
 * In: the text of /proc/mounts; the old and the new amount of memory.  Out: options of a remount.
 * No system call, no allocation.
 * Does not know: how to remount a file system (retune.c).
 */
#include "tmpfs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "../util/parse.h"

/*
 * Copy one field of a line to @out.  Returns the text after the blank that follows it; NULL: there
 * is no field, or it does not fit.
 */
static const char *field(const char *text, char *out, size_t bytes)
{
	const size_t n = strcspn(text, " \n");

	if (!n || n >= bytes)
		return NULL;
	memcpy(out, text, n);
	out[n] = '\0';
	return text[n] == ' ' ? text + n + 1 : text + n;
}

/* Decode \040 and other octal escapes in place (mangle_path() of fs/seq_file.c). */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' &&
		    text[2] <= '7' && text[3] >= '0' && text[3] <= '7') {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				       (text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

bool tmpfs_read(const char *text, struct tmpfs_mount *m)
{
	char type[16];

	text = field(text, m->place, sizeof(m->place)); /* skip the device */
	text = text ? field(text, m->place, sizeof(m->place)) : NULL;
	text = text ? field(text, type, sizeof(type)) : NULL;
	text = text ? field(text, m->options, sizeof(m->options)) : NULL;
	if (!text || (strcmp(type, "tmpfs") != 0 && strcmp(type, "devtmpfs") != 0))
		return false;
	unescape(m->place);
	return true;
}

/*
 * Find the option @name in @options: "size=", whose value is copied to @value, or "ro".  False: the
 * option is missing.
 */
static bool option(const char *options, const char *name, char *value, size_t bytes)
{
	const size_t n = strlen(name);

	for (const char *p = options; p; p = strchr(p, ',')) {
		size_t len;

		p += *p == ',';
		len = strcspn(p, ",");
		if (len < n || len - n >= bytes || strncmp(p, name, n) != 0)
			continue;
		memcpy(value, p + n, len - n);
		value[len - n] = '\0';
		return true;
	}
	return false;
}

/* True when @text is a number between @wanted minus @percent and @wanted plus 5 percent. */
static bool is_near(const char *text, uint64_t wanted, unsigned int percent)
{
	uint64_t value;

	return parse_u64(text, 10, UINT64_MAX, &value) && value > wanted - wanted * percent / 100 &&
	       value < wanted + wanted / 20;
}

bool tmpfs_change(const struct tmpfs_memory *m, const char *options,
		  char change[TMPFS_CHANGE_BYTES])
{
	char size[24], inodes[24];
	unsigned int share = 0;
	size_t used = 0;

	if (option(options, "size=", size, sizeof(size))) {
		size[strcspn(size, "k")] = '\0';
		if (is_near(size, m->before_kb * 20 / 100, 5))
			share = 20;
		if (is_near(size, m->before_kb * 50 / 100, 5))
			share = 50;
	}
	if (share)
		used = (size_t)snprintf(change, TMPFS_CHANGE_BYTES, "size=%u%%", share);
	/* 30 percent: devtmpfs is mounted before the kernel has freed all of its memory */
	if (option(options, "nr_inodes=", inodes, sizeof(inodes)) &&
	    is_near(inodes, m->before_kb * 512 / m->page_bytes, 30))
		used += (size_t)snprintf(change + used, TMPFS_CHANGE_BYTES - used,
					 "%snr_inodes=%" PRIu64, used ? "," : "",
					 m->now_kb * 512 / m->page_bytes);
	return used > 0;
}

unsigned long tmpfs_flags(const char *options)
{
	static const struct {
		const char *name;
		unsigned long flag;
	} flags[] = {
		{"ro", MS_RDONLY},
		{"nosuid", MS_NOSUID},
		{"nodev", MS_NODEV},
		{"noexec", MS_NOEXEC},
		{"sync", MS_SYNCHRONOUS},
		{"dirsync", MS_DIRSYNC},
		{"mand", MS_MANDLOCK},
		{"nosymfollow", 256 /* MS_NOSYMFOLLOW, Linux 5.10 */},
		{"lazytime", 1ul << 25 /* MS_LAZYTIME */},
	};
	unsigned long all = 0;
	char rest[2];

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (option(options, flags[i].name, rest, 1))
			all |= flags[i].flag;
	return all;
}

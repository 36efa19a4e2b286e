// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tarname.c - recognize our tar archives by the names of their members
 * In: a name, or the first bytes of a device.  Out: whether the archive is one of ours.  No system
 * call.
 * Does not know: sizes, devices; the rest of a tar header (libarchive).
 *
 * Format: POSIX.1-2017 pax, "ustar Interchange Format": name at 0, 100 bytes, magic at 257.
 */
#include "tarname.h"

#include <stddef.h>
#include <string.h>

#define NAME_BYTES 100u
#define MAGIC_AT   257u

bool tarname_is_known(const char *name)
{
	static const char *const names[] = {TARNAME_LOG, TARNAME_STATUS, TARNAME_VMCORE,
					    TARNAME_OPAL};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

bool tarname_is_tar(const uint8_t head[TARNAME_BYTES])
{
	return memcmp(head + MAGIC_AT, "ustar", 5) == 0;
}

bool tarname_is_ours(const uint8_t head[TARNAME_BYTES])
{
	const char *name = (const char *)head;

	return tarname_is_tar(head) && memchr(name, '\0', NAME_BYTES) &&
	       (strcmp(name, TARNAME_LOG) == 0 || strcmp(name, TARNAME_STATUS) == 0);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmcoreinfo.c - read keys of the VMCOREINFO note
 * In: the text of the VMCOREINFO note, which may be damaged.  Out: values.  No system call.
 * Does not know: the location of the note, the use of a key.
 */
#include "vmcoreinfo.h"

#include <stdio.h>
#include <string.h>

#include "../util/parse.h"

#define VALUE_MAX 64

bool vmcoreinfo_text(const struct vmcoreinfo *info, const char *key, char *out, size_t out_bytes)
{
	const size_t key_len = strlen(key);
	const char *at, *end;

	if (info->bytes == 0)
		return false;
	at = info->text;
	end = at + info->bytes;
	while (at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		size_t line = (size_t)((eol ? eol : end) - at);

		if (line > key_len && at[key_len] == '=' && memcmp(at, key, key_len) == 0) {
			size_t len = line - key_len - 1;

			if (len >= out_bytes || memchr(at + key_len + 1, '\0', len))
				return false;
			memcpy(out, at + key_len + 1, len);
			out[len] = '\0';
			return true;
		}
		if (!eol)
			break;
		at = eol + 1;
	}
	return false;
}

static bool value_of(const struct vmcoreinfo *info, const char *kind, const char *name,
		     char value[VALUE_MAX])
{
	char key[VALUE_MAX * 2];

	snprintf(key, sizeof(key), name ? "%s(%s)" : "%s", kind, name);
	return vmcoreinfo_text(info, key, value, VALUE_MAX);
}

bool vmcoreinfo_number(const struct vmcoreinfo *info, const char *kind, const char *name,
		       uint64_t *out)
{
	char value[VALUE_MAX];

	return value_of(info, kind, name, value) &&
	       parse_u64(value, strcmp(kind, "SYMBOL") == 0 ? 16 : 10, UINT64_MAX, out);
}

bool vmcoreinfo_signed(const struct vmcoreinfo *info, const char *kind, const char *name,
		       int64_t *out)
{
	char value[VALUE_MAX];
	bool minus;
	uint64_t v;

	if (!value_of(info, kind, name, value))
		return false;
	minus = value[0] == '-';
	if (!parse_u64(value + minus, 10, INT64_MAX, &v))
		return false;
	*out = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * table.c - parse the lines of fstab, of /proc/mounts and of findmnt --raw
 * In: a file.  Out: its entries, decoded.
 * Does not know: the purpose of an entry.
 *
 * If the initramfs has findmnt, which reads fstab with libmount, its output is parsed, else fstab
 * itself.  getmntent() of musl 1.2.3 cannot be used: it does not decode fields.
 */
#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/parse.h"

#define BLANKS " \t\r\n"

int table_byte(const char *text, int digits, int base)
{
	char copy[4] = "";
	uint64_t value;

	memcpy(copy, text, strnlen(text, (size_t)digits));
	return strlen(copy) == (size_t)digits && parse_u64(copy, base, 0xff, &value) ? (int)value
										     : -1;
}

void table_decode(char *field, enum table_form form)
{
	char *to = field;

	for (const char *from = field; *from;) {
		int value = -1, skip = 4; /* \040 and \x20 */

		if (from[0] == '\\' && form != TABLE_HEX)
			value = table_byte(from + 1, 3, 8);
		else if (from[0] == '\\' && from[1] == 'x')
			value = table_byte(from + 2, 2, 16);
		if (value <= 0) {
			value = (unsigned char)*from;
			skip = 1;
		}
		*to++ = (char)value;
		from += skip;
	}
	*to = '\0';
}

/* Returns the next field of *@rest, not decoded; "" at the end of the line. */
static char *next_field(char **rest)
{
	char *field = *rest + strspn(*rest, BLANKS), *end = field + strcspn(field, BLANKS);

	*rest = *end ? end + 1 : end;
	*end = '\0';
	return field;
}

/* Like next_field(), but decoded. */
static const char *next_decoded(char **rest, enum table_form form)
{
	char *field = next_field(rest);

	table_decode(field, form);
	return field;
}

int table_read(const char *file, enum table_form form,
	       int (*each)(void *arg, const struct table_entry *entry), void *arg)
{
	struct table_entry entry = {.line = 0};
	FILE *f = fopen(file, "re");
	char *line = NULL;
	size_t bytes = 0;
	int result = 0;

	if (!f)
		return -errno;
	while (!result && getline(&line, &bytes, f) >= 0) {
		char *rest = line;

		entry.line++;
		if (form == TABLE_FSTAB && line[strspn(line, BLANKS)] == '#')
			continue;
		entry.source = next_decoded(&rest, form);
		entry.target = next_decoded(&rest, form);
		entry.type = next_decoded(&rest, form);
		entry.options = next_field(&rest);
		if (entry.target[0] || entry.source[0] == '+')
			result = each(arg, &entry);
	}
	if (!result && ferror(f))
		result = -EIO;
	free(line);
	fclose(f);
	return result;
}

const char *table_option(const char *options, const char *name)
{
	const size_t n = strlen(name);

	while (*options) {
		if (strncmp(options, name, n) == 0 && strchr(",=", options[n]))
			return options + n;
		options += strcspn(options, ",");
		options += *options == ',';
	}
	return NULL;
}

bool table_has_option(const char *options, const char *name)
{
	return table_option(options, name) != NULL;
}

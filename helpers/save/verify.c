// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verify.c - check that the archive on a device is a complete dump
 * In: the members of an archive.  Out: success, or the first error.
 * Does not know: formats of dumps (validate.c), tar (archive.c), the destination of a dump.
 */
#include "verify.h"

#include <stdlib.h>
#include <string.h>

#include "../util/log.h"
#include "../util/parse.h"
#include "../util/tarname.h"
#include "validate.h"

struct verify {
	bool whole;
	struct save_facts *facts;
	size_t head_bytes, status_bytes;
	uint8_t head[SAVE_VALIDATE_BYTES];
	char status[TARNAME_STATUS_MAX + 1];
};

/*
 * Copy the first bytes of the member, at most @most, to @to, and add their number to *@taken.  With
 * @whole also read the remaining bytes.
 */
static enum save_status take(struct save_archive *s, void *to, size_t most, bool whole,
			     size_t *taken)
{
	enum save_status status;
	const void *data;
	size_t bytes;

	do {
		status = save_archive_data(s, &data, &bytes);
		if (status == SAVE_DONE && bytes && *taken < most) {
			const size_t part = bytes < most - *taken ? bytes : most - *taken;

			memcpy((char *)to + *taken, data, part);
			*taken += part;
		}
	} while (status == SAVE_DONE && bytes && (whole || *taken < most));
	return status;
}

static enum save_status look(void *arg, struct save_archive *s, const struct save_member *member)
{
	struct verify *v = arg;
	size_t none = 0;

	if (strcmp(member->name, TARNAME_STATUS) == 0)
		return take(s, v->status, TARNAME_STATUS_MAX, true, &v->status_bytes);
	if (strcmp(member->name, TARNAME_VMCORE) == 0) {
		v->facts->vmcore_bytes = member->bytes;
		v->facts->time_s = member->time_s;
		return take(s, v->head, sizeof(v->head), v->whole, &v->head_bytes);
	}
	return v->whole ? take(s, NULL, 0, true, &none) : SAVE_DONE;
}

static const char *validate(const struct verify *v)
{
	char bytes[24], format[16];
	uint64_t said;

	save_validate_value(v->status, "bytes", bytes, sizeof(bytes));
	save_validate_value(v->status, "format", format, sizeof(format));
	if (!parse_u64(bytes, 10, UINT64_MAX, &said))
		return "status has no size of the dump";
	if (said != v->facts->vmcore_bytes)
		return "the size of vmcore differs from the size in status";
	return save_validate_vmcore(v->head, v->head_bytes, said, format);
}

enum save_status save_verify(struct save_archive *s, bool whole, struct save_facts *facts)
{
	struct verify *v = calloc(1, sizeof(*v));
	enum save_status status;
	const char *wrong = NULL;

	if (!v) {
		log_line("%s: no memory", s->path);
		return SAVE_DEVICE;
	}
	v->whole = whole;
	v->facts = facts;
	status = save_archive_walk(s, look, v);
	if (status == SAVE_DONE)
		wrong = validate(v);
	if (wrong) {
		log_line("%s: the dump on it is damaged: %s", s->path, wrong);
		status = SAVE_DAMAGED;
	}
	free(v);
	return status;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * extract.c - the members of an archive become files in a directory of their own
 * In: an archive.  Out: durable files (place.c).
 * Does not know: what is in them; what becomes of the device.
 */
#include "extract.h"

#include "../util/log.h"

struct member {
	struct save_archive *s;
	const struct save_member *member;
	uint64_t at; /* so much of it was had */
};

static enum save_status next_piece(void *arg, const void **data, size_t *bytes)
{
	struct member *m = arg;
	enum save_status status = save_archive_data(m->s, data, bytes);

	if (status != SAVE_DONE)
		return status;
	m->at += *bytes;
	if (*bytes || m->at == m->member->bytes)
		return SAVE_DONE;
	log_line("%s: the archive on it ends within %s", m->s->path, m->member->name);
	return SAVE_DAMAGED;
}

static enum save_status save_member(void *arg, struct save_archive *s,
				    const struct save_member *member)
{
	struct member m = {.s = s, .member = member};

	return save_place_file(arg, member->name, next_piece, &m);
}

enum save_status save_extract(struct save_archive *s, const char *to, int64_t time_s,
			      char path[SAVE_PLACE_BYTES])
{
	char name[SAVE_PLACE_NAME_BYTES];
	enum save_status status;

	save_place_name(time_s, name);
	status = save_place_make(to, name, path);
	if (status != SAVE_DONE)
		return status;
	status = save_archive_walk(s, save_member, path);
	if (status == SAVE_DONE)
		status = save_place_settle(to);
	if (status != SAVE_DONE)
		save_place_remove(path);
	return status;
}

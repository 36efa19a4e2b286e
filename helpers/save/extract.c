// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * extract.c - extract the members of an archive to a new directory
 * In: an archive.  Out: durable files (crash_dir.c).
 * Does not know: the content of the files; when the device is marked empty.
 */
#include "extract.h"

#include "../util/log.h"

struct member {
	struct save_archive *s;
	const struct save_member *member;
	uint64_t at; /* bytes read so far */
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

	return save_crash_dir_file(arg, member->name, next_piece, &m);
}

enum save_status save_extract(struct save_archive *s, const char *to, int64_t time_s,
			      char path[SAVE_CRASH_DIR_BYTES])
{
	char name[SAVE_CRASH_DIR_NAME_BYTES];
	enum save_status status;

	save_crash_dir_name(time_s, name);
	status = save_crash_dir_make(to, name, path);
	if (status != SAVE_DONE)
		return status;
	status = save_archive_walk(s, save_member, path);
	if (status == SAVE_DONE)
		status = save_crash_dir_settle(to);
	if (status != SAVE_DONE)
		save_crash_dir_remove(path);
	return status;
}

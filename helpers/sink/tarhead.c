// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tarhead.c - the header of a member of a tar archive
 * In: a name, a size, a time.  Out: the block that libarchive writes as the header.
 * Does not know: where and when the block is written.
 */
#include "tarhead.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

struct caught {
	uint8_t *head;
	size_t bytes; /* number of bytes that libarchive wrote */
	bool enough;  /* refuse further data: only the header is needed */
};

static la_ssize_t catch (struct archive *a, void *arg, const void *buf, size_t bytes)
{
	struct caught *c = arg;

	if (c->enough) {
		archive_set_error(a, ECANCELED, "not the data");
		return -1;
	}
	if (c->bytes == 0 && bytes == TARNAME_BYTES)
		memcpy(c->head, buf, bytes);
	c->bytes += bytes;
	return (la_ssize_t)bytes;
}

static bool describe(struct archive_entry *e, const char *name, uint64_t bytes, int64_t mtime)
{
	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0600);
	archive_entry_set_uname(e, "root");
	archive_entry_set_gname(e, "root");
	archive_entry_set_size(e, (la_int64_t)bytes);
	archive_entry_set_mtime(e, mtime, 0);
	return bytes <= INT64_MAX;
}

int sink_tarhead(uint8_t head[TARNAME_BYTES], const char *name, uint64_t bytes, int64_t mtime)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	struct caught caught = {.head = head};
	int err = a && e ? 0 : -ENOMEM;

	if (!err &&
	    (!describe(e, name, bytes, mtime) || archive_write_set_format_gnutar(a) != ARCHIVE_OK ||
	     archive_write_set_bytes_per_block(a, 0) != ARCHIVE_OK ||
	     archive_write_open(a, &caught, NULL, catch, NULL) != ARCHIVE_OK ||
	     archive_write_header(a, e) != ARCHIVE_OK || caught.bytes != TARNAME_BYTES))
		err = -EINVAL;
	if (a) {
		caught.enough = true; /* otherwise libarchive would write @bytes of zeros now */
		archive_write_free(a);
	}
	archive_entry_free(e);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * convert.c - convert an LKCD dump to kdump
 * In: a file or device with any content.  Out: a durable file with the pages of the dump, in the
 * order of their addresses.
 * Does not know: the headers of LKCD (lkcd.c) and of kdump (format/).
 *
 * LKCD has no index, so all records are read first to find the pages; then the pages are read.  In
 * memory, the list entry of a page is as large as the record of the page in the source, so a small
 * source cannot cause a large allocation.
 */
#include "convert.h"

#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../format/kdump_layout.h"
#include "../sink/file.h"
#include "../source/memmap.h"
#include "../util/devsize.h"
#include "../util/fdio.h"
#include "../util/log.h"
#include "../util/tarname.h"
#include "lkcd.h"
#include "pages.h"

struct convert {
	const char *name;
	int fd;
	uint64_t bytes; /* size of the source */
	struct save_lkcd head;
	struct save_pages pages;
	struct kdump_layout layout;

	struct libdeflate_decompressor *inflate;
	struct libdeflate_compressor *deflate;
	uint8_t *raw, *packed; /* a page each */

	struct sink_file file;
	uint8_t *buf; /* data to be written at offset buf_at */
	uint64_t buf_at;
	size_t buf_bytes;
};

#define BUF_BYTES   (1u << 20)
#define LEVEL	    1	 /* level of zlib */
#define ZLIB_FLAG   0x1u /* page_desc.flags of kdump-compressed: DUMP_DH_COMPRESSED_ZLIB */
#define BITMAP_PART 4096u

static enum save_status damaged(const struct convert *c, const char *what)
{
	log_line("%s: the dump is damaged: %s", c->name, what);
	return SAVE_DAMAGED;
}

static enum save_status bad_source(const struct convert *c, const char *what, int err)
{
	log_line("%s: %s: %s", c->name, what, strerror(-err));
	return SAVE_DEVICE;
}

/* ---- the source ------------------------------------------------------------------------ */

/*
 * Read all @bytes at offset @at to @buf.  SAVE_DONE; or (logged) SAVE_DEVICE, or SAVE_DAMAGED if
 * the source ends before the last byte.
 */
static enum save_status fetch(const struct convert *c, void *buf, size_t bytes, uint64_t at)
{
	ssize_t got = fdio_pread(c->fd, buf, bytes, at);

	if (got < 0)
		return bad_source(c, "cannot read", (int)got);
	return (size_t)got == bytes ? SAVE_DONE : damaged(c, "it ends before its end marker");
}

static enum save_status open_source(struct convert *c)
{
	uint8_t head[SAVE_LKCD_HEAD_BYTES];
	int err = devsize_look(c->name);
	const char *wrong;
	uint32_t sector;
	ssize_t got;

	if (!err) {
		c->fd = open(c->name, O_RDONLY | O_CLOEXEC);
		err = c->fd < 0 ? -errno : devsize(c->fd, &c->bytes, &sector);
	}
	if (err)
		return bad_source(c, "cannot open", err);
	got = fdio_pread(c->fd, head, sizeof(head), 0);
	if (got < 0)
		return bad_source(c, "cannot read", (int)got);
	if (!save_lkcd_is(head, (size_t)got)) {
		log_line("%s: it contains no LKCD dump", c->name);
		return SAVE_NOTHING;
	}
	wrong = save_lkcd_header(&c->head, head);
	return wrong ? damaged(c, wrong) : SAVE_DONE;
}

/* Read all records up to the end record, list their pages in c->pages and sort them. */
static enum save_status find_pages(struct convert *c)
{
	uint8_t record[SAVE_LKCD_RECORD_BYTES];
	struct save_lkcd_page page;
	uint64_t at = c->head.first_at;
	enum save_status status;
	const char *wrong;

	while (at < c->bytes && c->bytes - at >= sizeof(record)) {
		status = fetch(c, record, sizeof(record), at);
		if (status != SAVE_DONE)
			return status;
		if (at == c->head.first_at)
			save_lkcd_first(&c->head, record);
		wrong = save_lkcd_record(&c->head, record, &page);
		if (wrong)
			return damaged(c, wrong);
		if (page.kind == SAVE_LKCD_END)
			return save_pages_sort(&c->pages, c->head.page_bytes)
				       ? bad_source(c, "cannot be converted", -ENOMEM)
				       : SAVE_DONE;
		if (save_pages_add(&c->pages, page.pfn, at))
			return bad_source(c, "cannot be converted", -ENOMEM);
		at += sizeof(record) + page.bytes;
	}
	return damaged(c, "it ends before its end marker");
}

/* Read the page whose record is at offset @at to c->raw. */
static enum save_status read_page(struct convert *c, uint64_t at)
{
	const size_t page_bytes = c->head.page_bytes;
	uint8_t record[SAVE_LKCD_RECORD_BYTES];
	struct save_lkcd_page page;
	enum save_status status = fetch(c, record, sizeof(record), at);
	bool good;

	if (status != SAVE_DONE)
		return status;
	if (save_lkcd_record(&c->head, record, &page) || page.kind == SAVE_LKCD_END)
		return damaged(c, "it changes while it is read");
	if (page.kind == SAVE_LKCD_RAW) {
		memset(c->raw, 0, page_bytes);
		return fetch(c, c->raw, page.bytes, at + sizeof(record));
	}
	status = fetch(c, c->packed, page.bytes, at + sizeof(record));
	if (status != SAVE_DONE)
		return status;
	if (c->head.codec == SAVE_LKCD_RLE)
		good = save_lkcd_expand(c->raw, page_bytes, c->packed, page.bytes);
	else /* the result must be exactly one page: the data has no size field */
		good = libdeflate_zlib_decompress(c->inflate, c->packed, page.bytes, c->raw,
						  page_bytes, NULL) == LIBDEFLATE_SUCCESS;
	return good ? SAVE_DONE : damaged(c, "a page cannot be decompressed");
}

/* ---- the dump -------------------------------------------------------------------------- */

static int flush(struct convert *c)
{
	int err = c->buf_bytes ? sink_file_write(&c->file, c->buf, c->buf_bytes, c->buf_at) : 0;

	c->buf_at += c->buf_bytes;
	c->buf_bytes = 0;
	return err;
}

static int append(struct convert *c, const void *data, size_t bytes)
{
	int err = c->buf_bytes + bytes > BUF_BYTES ? flush(c) : 0;

	memcpy(c->buf + c->buf_bytes, data, bytes);
	c->buf_bytes += bytes;
	return err;
}

/*
 * Append c->raw to the dump, compressed if that makes it smaller, and make its descriptor @desc.  A
 * page of zeros gets only a descriptor.  Returns 0 or -errno (not logged).
 */
static int store(struct convert *c, uint8_t desc[KDUMP_DESC_BYTES])
{
	const size_t page_bytes = c->head.page_bytes;
	const uint64_t at = c->buf_at + c->buf_bytes;
	const void *data = c->raw;
	uint32_t flag = 0;
	size_t bytes;

	if (c->raw[0] == 0 && memcmp(c->raw, c->raw + 1, page_bytes - 1) == 0) {
		kdump_layout_desc(&c->layout, desc, c->layout.zero_at, (uint32_t)page_bytes, 0);
		return 0;
	}
	bytes = libdeflate_zlib_compress(c->deflate, c->raw, page_bytes, c->packed, page_bytes - 1);
	if (bytes) {
		data = c->packed;
		flag = ZLIB_FLAG;
	}
	bytes = bytes ? bytes : page_bytes;
	kdump_layout_desc(&c->layout, desc, at, (uint32_t)bytes, flag);
	return append(c, data, bytes);
}

/* Write both bitmaps, which are equal: LKCD does not describe memory without a stored page. */
static int write_bitmaps(struct convert *c)
{
	const struct kdump_layout *lay = &c->layout;
	const struct memmap *map = &c->pages.map;
	uint8_t bits[BITMAP_PART];
	int err = 0;

	for (uint64_t pfn = 0; !err && pfn < lay->max_pfn; pfn += BITMAP_PART * 8) {
		const size_t i = memmap_from(map, pfn * lay->page_bytes);
		uint64_t at = map->extents[i].paddr / lay->page_bytes / 8 / BITMAP_PART;

		/* skip parts without bits, which remain holes */
		pfn = at * BITMAP_PART * 8 > pfn ? at * BITMAP_PART * 8 : pfn;
		at = pfn / 8;
		kdump_layout_bitmap1(lay, map, pfn, bits, sizeof(bits));
		err = sink_file_write(&c->file, bits, sizeof(bits), lay->bitmap1_at + at);
		if (!err)
			err = sink_file_write(&c->file, bits, sizeof(bits), lay->bitmap2_at + at);
	}
	return err;
}

static enum save_status write_pages(struct convert *c)
{
	uint8_t descs[4096 / KDUMP_DESC_BYTES * KDUMP_DESC_BYTES];
	uint64_t at = c->layout.descs_at;
	enum save_status status;
	size_t n = 0;
	int err = 0;

	c->buf_at = c->layout.data_at;
	for (size_t i = 0; i < c->pages.nr && !err; i++) {
		status = read_page(c, c->pages.page[i].at);
		if (status != SAVE_DONE)
			return status;
		err = store(c, descs + n);
		n += KDUMP_DESC_BYTES;
		if (!err && (n == sizeof(descs) || i + 1 == c->pages.nr)) {
			err = sink_file_write(&c->file, descs, n, at);
			at += n;
			n = 0;
		}
	}
	err = err ? err : flush(c);
	return err ? save_crash_dir_error(c->file.tmp_path, "cannot write", err) : SAVE_DONE;
}

static enum save_status write_dump(struct convert *c)
{
	const struct kdump_layout *lay = &c->layout;
	enum save_status status;
	int err = write_bitmaps(c);

	if (err)
		return save_crash_dir_error(c->file.tmp_path, "cannot write", err);
	status = write_pages(c);
	if (status != SAVE_DONE)
		return status;
	err = sink_file_resize(&c->file, c->buf_at);
	if (err)
		return save_crash_dir_status(err);
	kdump_layout_complete(&c->layout);
	err = sink_file_write(&c->file, lay->head, lay->head_bytes, 0);
	return err ? save_crash_dir_error(c->file.tmp_path, "cannot write", err) : SAVE_DONE;
}

static enum save_status make_file(struct convert *c, const char *path)
{
	char name[SAVE_CRASH_DIR_BYTES + 32];
	enum save_status status;
	int err;

	snprintf(name, sizeof(name), "%s/" TARNAME_VMCORE, path);
	err = sink_file_open(&c->file, name);
	if (err)
		return save_crash_dir_status(err);
	status = write_dump(c);
	if (status != SAVE_DONE) {
		sink_file_abandon(&c->file);
		return status;
	}
	err = sink_file_commit(&c->file);
	return err ? save_crash_dir_status(err) : SAVE_DONE;
}

static enum save_status plan(struct convert *c)
{
	struct kdump_layout_facts facts = {.swap = c->head.swap,
					   .page_bytes = c->head.page_bytes,
					   .codec_flag = ZLIB_FLAG,
					   .crash_s = c->head.time_s};
	int err;

	if (!c->pages.nr)
		return damaged(c, "it contains no pages");
	memcpy(facts.uts, c->head.uts, sizeof(facts.uts));
	err = kdump_layout_plan(&c->layout, &c->pages.map, &facts);
	c->raw = malloc(c->head.page_bytes);
	c->packed = malloc(c->head.page_bytes);
	c->buf = malloc(BUF_BYTES);
	c->inflate = libdeflate_alloc_decompressor();
	c->deflate = libdeflate_alloc_compressor(LEVEL);
	if (!err && (!c->raw || !c->packed || !c->buf || !c->inflate || !c->deflate))
		err = -ENOMEM;
	return err ? bad_source(c, "cannot be converted", err) : SAVE_DONE;
}

static void clean_up(struct convert *c)
{
	if (c->fd >= 0)
		close(c->fd);
	save_pages_free(&c->pages);
	kdump_layout_free(&c->layout);
	libdeflate_free_decompressor(c->inflate);
	libdeflate_free_compressor(c->deflate);
	free(c->raw);
	free(c->packed);
	free(c->buf);
}

enum save_status save_convert(const char *source, const char *to, char path[SAVE_CRASH_DIR_BYTES])
{
	struct convert c = {.name = source, .fd = -1};
	char name[SAVE_CRASH_DIR_NAME_BYTES];
	enum save_status status = open_source(&c);

	if (status == SAVE_DONE)
		status = find_pages(&c);
	if (status == SAVE_DONE)
		status = plan(&c);
	if (status == SAVE_DONE) {
		save_crash_dir_name((int64_t)c.head.time_s, name);
		status = save_crash_dir_make(to, name, path);
		if (status == SAVE_DONE) {
			status = make_file(&c, path);
			if (status == SAVE_DONE)
				status = save_crash_dir_settle(to);
			if (status != SAVE_DONE)
				save_crash_dir_remove(path);
		}
	}
	clean_up(&c);
	return status;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmesg.c - save the crashed kernel's log, next to the dump or without a dump
 * In: a vmcore.  Out: vmcore-dmesg.txt as a file, which shows the cause of the crash even if the
 * dump fails, or as a member of an archive; or the text on standard output.
 * Does not know: the ring buffer (source/printk.c), durability (sink/).
 */
#include "dmesg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sink/file.h"
#include "../sink/output.h"
#include "../sink/stream.h"
#include "../source/printk.h"
#include "../source/vmcore.h"
#include "../util/log.h"

#define NAME  "vmcore-dmesg.txt"
#define BATCH (16u << 10)

struct dmesg {
	const struct vmcore *src;
	const char *path;   /* path of a separate log file, or NULL */
	struct output *out; /* an output that stores the log; both NULL: standard output */
	struct sink_file sink;
	bool open;
	uint64_t written;
	size_t held;
	char batch[BATCH]; /* collects the short lines of the ring, as each write to a remote target
			      is slow */
};

static bool read_memory(void *arg, uint64_t va, void *buf, size_t bytes)
{
	const struct dmesg *d = arg;

	return vmcore_read_virt(d->src, va, buf, bytes);
}

/*
 * Write the batch to the file, which the first call creates, so that no empty file remains if the
 * dump has no log.  Returns 0 or -errno (logged).
 */
static int flush_file(struct dmesg *d)
{
	int err = d->open ? 0 : sink_file_open(&d->sink, d->path);

	d->open = !err;
	if (!err) {
		err = sink_file_write(&d->sink, d->batch, d->held, d->written);
		if (err)
			log_line("%s: cannot write: %s", d->sink.tmp_path, strerror(-err));
	}
	return err;
}

static int flush_stream(struct dmesg *d)
{
	int err = sink_stream_write(d->batch, d->held);

	if (err)
		log_line(SINK_STREAM_NAME ": cannot write: %s", strerror(-err));
	return err;
}

static int flush(struct dmesg *d)
{
	int err;

	if (d->out)
		err = output_log(d->out, d->batch, d->held);
	else
		err = d->path ? flush_file(d) : flush_stream(d);
	d->written += d->held;
	d->held = 0;
	return err;
}

static int take_text(void *arg, const char *text, size_t bytes)
{
	struct dmesg *d = arg;
	int err = 0;

	while (bytes && !err) {
		size_t part = BATCH - d->held < bytes ? BATCH - d->held : bytes;

		memcpy(d->batch + d->held, text, part);
		d->held += part;
		text += part;
		bytes -= part;
		if (d->held == BATCH)
			err = flush(d);
	}
	return err;
}

/*
 * Decode the log and write it.  Returns 0, -ENODATA or the -errno of a write, as dmesg_print()
 * does.
 */
static int decode(struct dmesg *d)
{
	const struct printk_io io = {.read = read_memory, .emit = take_text, .arg = d};
	const char *wrong;
	int err;

	wrong = printk_decode(&d->src->core, &d->src->info, &io, &err);
	if (wrong && !err)
		log_line("the kernel log is not %ssaved: %s",
			 d->held || d->written ? "completely " : "", wrong);
	if (!err && d->held)
		err = flush(d);
	if (d->open && !err)
		sink_file_commit(&d->sink);
	else if (d->open)
		sink_file_abandon(&d->sink);
	return wrong && !err ? -ENODATA : err;
}

void dmesg_archive(const struct vmcore *src, struct output *out)
{
	struct dmesg *d = calloc(1, sizeof(*d));

	if (d) {
		d->src = src;
		d->out = out;
		decode(d);
	} else {
		log_line("no memory for the kernel log");
	}
	free(d);
}

void dmesg_save(const struct vmcore *src, const char *dump_path)
{
	const char *slash = strrchr(dump_path, '/');
	const int dir_len = slash ? (int)(slash + 1 - dump_path) : 0;
	struct dmesg *d = calloc(1, sizeof(*d));
	char *path = NULL;

	if (d && asprintf(&path, "%.*s" NAME, dir_len, dump_path) >= 0) {
		d->src = src;
		d->path = path;
		decode(d);
		free(path);
	} else {
		log_line("no memory for the kernel log");
	}
	free(d);
}

int dmesg_print(const struct vmcore *src)
{
	struct dmesg d = {.src = src};
	int err = decode(&d), closed = sink_stream_close();

	return err ? err : closed;
}

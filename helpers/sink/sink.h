/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink.h - the interface between an output and its sink: a file, a device or a flattened stream
 * In: bytes with their offsets in the dump.  Out: a dump that has its final name, or is valid, only
 * when it is complete and durable.
 * Does not know: formats, pages.
 */
#ifndef FADUMP_SINK_H
#define FADUMP_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Implemented by sink_file_ops (file.h), sink_block_ops (block.h) and flat_sink_ops
 * (format/flat.h).  Functions return 0 or -errno.
 */
struct sink_ops {
	bool sequential;     /* no byte may be written twice: headers come last, and once */
	bool reserves;	     /* written zeros reserve space on a disk that becomes full later */
	bool leaves_partial; /* the written part of an abandoned dump remains and is readable */

	/*
	 * Write @bytes at offset @at.  Any thread.  The error is not logged.  -EFAULT: @buf cannot
	 * be read.
	 */
	int (*write)(void *sink, const void *buf, size_t bytes, uint64_t at);

	/*
	 * Append after all appended data, like write().  NULL: output.c computes the offset and
	 * calls write().
	 */
	int (*append)(void *sink, const void *buf, size_t bytes, uint64_t *at);

	/* Write entries of the table, like write().  NULL: write() is used. */
	int (*table)(void *sink, const void *buf, size_t bytes, uint64_t at);

	/*
	 * Called once, before the functions above, with the offsets of the table and the data.
	 * Errors are logged.
	 */
	int (*set_layout)(void *sink, uint64_t table_at, uint64_t data_at);

	/*
	 * Flush the written data to stable storage before later data is written.  Does nothing in a
	 * sink whose data is invisible before commit().  Errors are logged.
	 */
	int (*flush)(void *sink);

	/*
	 * Flush the written data and the name of the incomplete dump.  Errors are logged.  NULL: no
	 * data is durable before commit().
	 */
	int (*settle)(void *sink);

	/*
	 * Called after all writes with the size of the dump: make it durable, then rename it or
	 * make it valid.  Closes the sink.  Errors are logged.
	 */
	int (*commit)(void *sink, uint64_t bytes);

	/* Close the sink without the final name. */
	void (*abandon)(void *sink);

	/*
	 * log(): append @bytes of the kernel log, before the dump (errors are not logged).
	 * status(): set the status text, before commit().  NULL: the sink does not store them.
	 */
	int (*log)(void *sink, const void *buf, size_t bytes);
	void (*status)(void *sink, const char *text);
};

#endif

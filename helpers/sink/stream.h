/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream.h - standard output as a sink
 */
#ifndef FADUMP_SINK_STREAM_H
#define FADUMP_SINK_STREAM_H

#include <stddef.h>

#define SINK_STREAM_NAME "standard output"

/*
 * Check that standard output can be used: it must not be a terminal.  Returns 0 or -errno (logged).
 */
int sink_stream_open(void);

/*
 * Write @bytes.  Returns 0 or -errno (not logged); -EPIPE: the reader has ended.  One thread at a
 * time.
 */
int sink_stream_write(const void *buf, size_t bytes);

/*
 * Close standard output.  Returns 0 when all bytes were passed to the reader, whose exit status
 * tells whether they are durable; otherwise -errno (logged).
 */
int sink_stream_close(void);

#endif

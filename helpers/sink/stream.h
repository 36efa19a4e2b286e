/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream.h - standard output, for whoever reads it
 */
#ifndef FADUMP_SINK_STREAM_H
#define FADUMP_SINK_STREAM_H

#include <stddef.h>

#define SINK_STREAM_NAME "standard output"

/* Is it one that can be used?  Not a terminal.  Returns 0 or -errno (said). */
int sink_stream_open(void);

/*
 * The next bytes.  Returns 0 or -errno, which is not said; a reader that went away is -EPIPE.
 * One thread at a time.
 */
int sink_stream_write(const void *buf, size_t bytes);

/*
 * Close.  0 means that the other end has taken over all bytes; whether they are durable is for
 * the reader to say, by its exit status.  -errno was said.
 */
int sink_stream_close(void);

#endif

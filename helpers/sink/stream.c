// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stream.c - standard output as a sink
 * In: bytes.  Out: the same bytes, in a pipe.
 * Does not know: the content, whether the reader stores it.
 */
#include "stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../util/fdio.h"
#include "../util/log.h"

static int fail(const char *what)
{
	int err = -errno;

	log_line(SINK_STREAM_NAME ": %s: %s", what, strerror(-err));
	return err;
}

int sink_stream_open(void)
{
	if (!isatty(STDOUT_FILENO))
		return 0;
	log_line(SINK_STREAM_NAME " is a terminal; --stream needs a pipe");
	return -EINVAL;
}

int sink_stream_write(const void *buf, size_t bytes)
{
	return fdio_write(STDOUT_FILENO, buf, bytes);
}

int sink_stream_close(void)
{
	int err = 0;

	/* a redirected file can be flushed, a pipe cannot (EINVAL) and need not be */
	if (fsync(STDOUT_FILENO) != 0 && errno != EINVAL && errno != EROFS)
		err = fail("cannot flush");
	if (close(STDOUT_FILENO) != 0 && !err)
		err = fail("cannot close");
	return err;
}

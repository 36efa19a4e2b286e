// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * block.c - instead of ../block.c, where libarchive or libblkid is not there
 * In: a device.  Out: that it cannot be used.
 * Does not know: devices.
 */
#include "../block.h"

#include <errno.h>

#include "../../util/log.h"

size_t sink_block_memory(unsigned int writers)
{
	(void)writers;
	return 0;
}

int sink_block_open(struct sink_block *s, const struct sink_block_job *job, uint64_t least_bytes,
		    unsigned int writers, struct stall *stall)
{
	(void)stall;
	(void)s;
	(void)least_bytes;
	(void)writers;
	log_line("%s: this program was built without libarchive and libblkid, which --block takes",
		 job->path);
	return -ENOTSUP;
}

int sink_block_log(struct sink_block *s, const void *buf, size_t bytes)
{
	(void)s;
	(void)buf;
	(void)bytes;
	return -ENOTSUP;
}

int sink_block_write(struct sink_block *s, const void *buf, size_t bytes, uint64_t at)
{
	(void)at;
	return sink_block_log(s, buf, bytes);
}

int sink_block_resize(struct sink_block *s, uint64_t bytes)
{
	(void)s;
	(void)bytes;
	return -ENOTSUP;
}

void sink_block_status(struct sink_block *s, const char *text)
{
	(void)s;
	(void)text;
}

int sink_block_commit(struct sink_block *s, uint64_t bytes)
{
	return sink_block_resize(s, bytes);
}

void sink_block_abandon(struct sink_block *s)
{
	(void)s;
}

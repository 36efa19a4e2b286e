// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * block.c - replaces ../block.c in a build without libarchive or libblkid
 * In: a device.  Out: an error.
 * Does not know: devices.
 */
#include "../block.h"

#include <errno.h>

#include "../../util/log.h"

const bool sink_block_built = false;

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
	log_line("%s: this program was built without libarchive and libblkid, which --block needs",
		 job->path);
	return -ENOTSUP;
}

/* no operation is ever called, because no device can be opened */
const struct sink_ops sink_block_ops;

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cache.h - a few blocks of a device in memory, so that all writes are large and aligned
 */
#ifndef FADUMP_SINK_CACHE_H
#define FADUMP_SINK_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../util/lock.h"

#define SINK_CACHE_BLOCK_BYTES (512u << 10)

struct sink_cache_block;
struct stall;

struct sink_cache {
	struct lock lock; /* guards the members below */
	int fd;
	uint64_t bytes;	   /* size of the device */
	uint64_t frontier; /* blocks from this index on are neither loaded nor zeroed yet */
	uint64_t clock;
	unsigned int nr_blocks;
	struct sink_cache_block *blocks;
	uint8_t *buffers; /* one mapping */
	int err; /* the first error, which later calls also return, as a block may be lost */
	struct stall *stall; /* notified of each part of a long operation; NULL: no notification */
};

/*
 * Allocate @nr_blocks (at least 1) of SINK_CACHE_BLOCK_BYTES for a device of @bytes.  The caller
 * keeps ownership of its descriptor @fd.  Returns 0 or -ENOMEM (not logged).
 */
int sink_cache_open(struct sink_cache *c, int fd, uint64_t bytes, unsigned int nr_blocks);

/*
 * Write @bytes at offset @at of the device.  Below the highest written offset, bytes that are never
 * written become zeros, so that no old content of the device remains.  Any thread.  Returns 0;
 * -EFAULT: @buf cannot be read, and zeros were written instead; -ENOSPC beyond the end of the
 * device; or -errno of the device, which all later calls also return.  Nothing is logged.
 */
int sink_cache_write(struct sink_cache *c, const void *buf, size_t bytes, uint64_t at);

/*
 * Write all cached blocks, and zeros from the end of the data to offset @end.  The data is not
 * durable until the device is flushed.  No other thread may be writing.  Returns 0 or -errno (not
 * logged).
 */
int sink_cache_finish(struct sink_cache *c, uint64_t end);

void sink_cache_free(struct sink_cache *c);

#endif

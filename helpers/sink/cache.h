/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cache.h - a few blocks of a device in memory: any write becomes a large aligned one
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
	struct lock lock; /* guards all below */
	int fd;
	uint64_t bytes;	   /* size of the device */
	uint64_t frontier; /* blocks before it are what they should be, on the device or here */
	uint64_t clock;
	unsigned int nr_blocks;
	struct sink_cache_block *blocks;
	uint8_t *buffers;    /* one mapping */
	int err;	     /* the first one stays: what a block held may be lost */
	struct stall *stall; /* told of each part of what takes long; NULL: nobody is */
};

/*
 * Claim @nr_blocks, at least 1, of SINK_CACHE_BLOCK_BYTES for the device @fd of @bytes, which
 * stays the caller's.  Returns 0 or -ENOMEM (not said).
 */
int sink_cache_open(struct sink_cache *c, int fd, uint64_t bytes, unsigned int nr_blocks);

/*
 * Put @bytes to offset @at of the device.  What is never put anywhere before the highest offset
 * reads as zeros afterwards, whatever the device had.  Any thread.  Returns 0; -EFAULT: @buf
 * cannot be read, and zeros are there instead; -ENOSPC beyond the device; -errno of the device,
 * then and ever after.  Nothing is said.
 */
int sink_cache_write(struct sink_cache *c, const void *buf, size_t bytes, uint64_t at);

/*
 * Write out all there is, and zeros up to @end, bytes.  Not yet durable: that takes a flush of
 * the device.  No other thread may be writing.  Returns 0 or -errno (not said).
 */
int sink_cache_finish(struct sink_cache *c, uint64_t end);

void sink_cache_free(struct sink_cache *c);

#endif

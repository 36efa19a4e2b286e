/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * block.h - a dump on a device without a file system: a tar archive from sector 0 on
 */
#ifndef FADUMP_SINK_BLOCK_H
#define FADUMP_SINK_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../util/tarname.h"
#include "cache.h"
#include "device.h"
#include "sink.h"

/* Bytes for the text of the status member; the rest is filled with newlines. */
#define SINK_BLOCK_STATUS_BYTES 2048u

struct stall;

struct sink_block_job {
	const char *path;     /* path of the device */
	bool force;	      /* overwrite any content except a dump of ours */
	bool overwrite;	      /* overwrite a dump of ours that was not extracted */
	const char *opalcore; /* a file to add as a member; NULL: none */
};

struct sink_block {
	const char *path;     /* owned by the job */
	const char *opalcore; /* owned by the job */
	struct sink_device dev;
	struct sink_cache cache;
	uint64_t log_bytes;    /* size of the kernel log */
	uint64_t vmcore_at;    /* device offset of the first byte of the dump; 0: not yet known */
	uint64_t vmcore_bytes; /* size of the dump as far as known; it only grows */
	int64_t time_s;	       /* time stamp of all members, seconds since 1970 */
	uint8_t *first;	       /* aligned buffer for sector 0, which is written last */
	char status[SINK_BLOCK_STATUS_BYTES];
};

/* false: this is absent/block.c, and sink_block_open() refuses every device. */
extern const bool sink_block_built;

/*
 * Returns the memory that sink_block_open() allocates, in bytes, for @writers threads that write at
 * different offsets.
 */
size_t sink_block_memory(unsigned int writers);

/*
 * Open the device with sink_device_open(), for a dump of at least @least_bytes.  Each part of a
 * long operation is reported to @stall; NULL: no reports.  Returns 0 when the device no longer
 * contains an archive and this change is durable.  Otherwise returns -errno (logged), and the
 * device is not changed, unless the last step, the write of sector 0, failed.
 */
int sink_block_open(struct sink_block *s, const struct sink_block_job *job, uint64_t least_bytes,
		    unsigned int writers, struct stall *stall);

/* The operations of an open device; sink.h describes what they return. */
extern const struct sink_ops sink_block_ops;

#endif

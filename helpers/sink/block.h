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

/* Room for the text of the status member, in bytes; what it does not fill is line ends. */
#define SINK_BLOCK_STATUS_BYTES 2048u

struct stall;

struct sink_block_job {
	const char *path;     /* of the device */
	bool force;	      /* whatever it carries */
	bool overwrite;	      /* even a dump that was not taken away */
	const char *opalcore; /* a file that becomes a member as well; NULL: none */
};

struct sink_block {
	const char *path;     /* the job's */
	const char *opalcore; /* the job's */
	struct sink_device dev;
	struct sink_cache cache;
	uint64_t log_bytes;    /* of the kernel log */
	uint64_t vmcore_at;    /* device offset of the dump's first byte, 0: not yet known */
	uint64_t vmcore_bytes; /* its size as far as that is known */
	int64_t time_s;	       /* of all members, since 1970 */
	uint8_t *first;	       /* one sector, aligned: the one that is written last */
	char status[SINK_BLOCK_STATUS_BYTES];
};

/* Memory that sink_block_open() claims, in bytes, for @writers threads at different places. */
size_t sink_block_memory(unsigned int writers);

/*
 * Take the device, see sink_device_open(), for a dump of at least @least_bytes.  @stall is told of
 * the parts of what takes long; NULL: nobody is.  When this
 * returns 0 what was on it is no archive any more, and that is durable; before, nothing on it is
 * changed.  Else -errno, said.
 */
int sink_block_open(struct sink_block *s, const struct sink_block_job *job, uint64_t least_bytes,
		    unsigned int writers, struct stall *stall);

/*
 * The next bytes of the kernel log, before all of the dump.  Returns 0 or -errno, which is not
 * said.
 */
int sink_block_log(struct sink_block *s, const void *buf, size_t bytes);

/*
 * Write @bytes at offset @at of the dump; what of it is never written is zeros.  Any thread.
 * Returns 0 or -errno, which is not said; -EFAULT: @buf cannot be read; -ENOSPC.
 */
int sink_block_write(struct sink_block *s, const void *buf, size_t bytes, uint64_t at);

/*
 * The dump has at least @bytes.  One thread, and the first call before any other thread's
 * sink_block_write().  Returns 0 or -errno (said).
 */
int sink_block_resize(struct sink_block *s, uint64_t bytes);

/* The text of the status member; too long, it is cut. */
void sink_block_status(struct sink_block *s, const char *text);

/*
 * The dump is complete and has @bytes: make the archive whole and durable, then valid.  0 means
 * that it survives a power cut from now on.  On -errno (said) there is no archive on the device,
 * or, where only the last flush failed, perhaps the whole one.  Either way @s is closed.
 */
int sink_block_commit(struct sink_block *s, uint64_t bytes);

/* Close; there is no archive on the device. */
void sink_block_abandon(struct sink_block *s);

#endif

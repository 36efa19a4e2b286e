/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target.h - the sink of a job: a file, a device or a stream
 */
#ifndef FADUMP_TARGET_H
#define FADUMP_TARGET_H

#include <stdint.h>

#include "../format/flat.h"
#include "../sink/block.h"
#include "../sink/file.h"

struct output;
struct pipeline_job;
struct stall;

/* Only the member that the job selects is in use. */
struct target {
	union {
		struct sink_file file;
		struct sink_block block;
		struct flat flat;
	};
};

/*
 * Open the sink of @job and make @out write to it.  For a device, which must have room for
 * @least_bytes, @writers is the result of budget_writers().  Every call of this function and of
 * @out that may block on the target is reported to @stall; NULL: no reports.  Returns 0; or -errno
 * (logged), and then nothing is open.
 */
int target_open(struct target *t, struct output *out, const struct pipeline_job *job,
		uint64_t least_bytes, unsigned int writers, struct stall *stall);

#endif

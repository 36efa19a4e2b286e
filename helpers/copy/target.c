// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * target.c - the sink of a job: a file, a device or a stream
 * In: a job.  Out: an output that writes to that sink.
 * Does not know: the data that is written.
 */
#include "target.h"

#include "../sink/output.h"
#include "../sink/stream.h"
#include "../util/stall.h"
#include "job.h"

/* Set @out first: the stall watch may need out->name while the sink is being opened. */
int target_open(struct target *t, struct output *out, const struct pipeline_job *job,
		uint64_t least_bytes, unsigned int writers, struct stall *stall)
{
	int err;

	if (job->file)
		output_open(out, &sink_file_ops, &t->file, job->file, stall);
	else if (job->block)
		output_open(out, &sink_block_ops, &t->block, job->block->path, stall);
	else
		output_open(out, &flat_sink_ops, &t->flat, SINK_STREAM_NAME, stall);
	stall_begin(stall);
	if (job->file)
		err = sink_file_open(&t->file, job->file);
	else if (job->block)
		err = sink_block_open(&t->block, job->block, least_bytes, writers, stall);
	else
		err = flat_open(&t->flat);
	stall_end(stall);
	if (job->file && !err) {
		out->name = t->file.tmp_path;
		out->in_memory = t->file.in_memory;
	}
	return err;
}

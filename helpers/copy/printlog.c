// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * printlog.c - print the crashed kernel's log only
 * In: a job.  Out: the log on standard output.
 * Does not know: the location of the log in the memory of the crashed kernel.
 */
#include "printlog.h"

#include <errno.h>

#include "../source/vmcore.h"
#include "../util/sigbus.h"
#include "dmesg.h"

enum pipeline_status printlog_run(const struct pipeline_job *job)
{
	struct vmcore src;
	int err = sigbus_init();

	if (!err)
		err = vmcore_open(&src, job->source, job->use_mmap);
	if (err)
		return err == -ENOMEM ? PIPELINE_MACHINE : PIPELINE_SOURCE;
	err = dmesg_print(&src);
	vmcore_close(&src);
	switch (err) {
	case 0:
		return PIPELINE_COMPLETE;
	case -ENODATA:
		return PIPELINE_SOURCE;
	case -ENOSPC:
	case -EDQUOT:
		return PIPELINE_NO_SPACE;
	default:
		return PIPELINE_SINK;
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * printlog.c - the dead kernel's log alone
 * In: a job.  Out: the log on standard output.
 * Does not know: dumps; where in the dead kernel its log is.
 */
#include "printlog.h"

#include <errno.h>

#include "dmesg.h"
#include "source/vmcore.h"
#include "util/sigbus.h"

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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printlog.h - the dead kernel's log alone
 */
#ifndef FADUMP_PRINTLOG_H
#define FADUMP_PRINTLOG_H

#include "pipeline.h"

/*
 * Print the log of the crashed kernel to standard output, and close that.  Of @job only the source
 * is looked at.  Returns PIPELINE_COMPLETE; PIPELINE_SOURCE for a source that cannot be read, or a
 * log that cannot be had or only in part, which is printed; PIPELINE_NO_SPACE, PIPELINE_SINK or
 * PIPELINE_MACHINE.  Each failure was said.
 */
enum pipeline_status printlog_run(const struct pipeline_job *job);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printlog.h - print the crashed kernel's log only
 */
#ifndef FADUMP_PRINTLOG_H
#define FADUMP_PRINTLOG_H

#include "job.h"

/*
 * Print the log of the crashed kernel to standard output and close standard output.  Only source
 * and use_mmap of @job are used.  Returns PIPELINE_COMPLETE; PIPELINE_SOURCE for a source that
 * cannot be read, or a log that is missing or incomplete (the readable part is printed);
 * PIPELINE_NO_SPACE, PIPELINE_SINK or PIPELINE_MACHINE.  Each failure is logged.
 */
enum pipeline_status printlog_run(const struct pipeline_job *job);

#endif

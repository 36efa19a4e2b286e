/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pipeline.h - copy one dump from its source to stable storage
 */
#ifndef FADUMP_PIPELINE_H
#define FADUMP_PIPELINE_H

#include "job.h"

/*
 * Save the dump.  The first error ends the copy and is logged in one line.  The written part of a
 * file then remains as FILE.incomplete, or as FILE if only the flush of the name failed.  A device
 * then contains no dump; or its old content, if the device was refused; or possibly the complete
 * dump, if only the last flush failed.  After the return no mapping and no descriptor of the source
 * exists, with any status.  The caller may release the memory (except the ranges that job.release
 * has released) if, and only if, pipeline_is_durable() is true for the status.
 */
enum pipeline_status pipeline_run(const struct pipeline_job *job, struct pipeline_result *result);

#endif

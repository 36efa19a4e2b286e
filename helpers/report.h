/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report.h - what was done, as key=value lines
 */
#ifndef FADUMP_REPORT_H
#define FADUMP_REPORT_H

#include <stddef.h>

struct pipeline_job;
struct pipeline_result;

/* Room for all of it, in bytes, NUL included. */
#define REPORT_BYTES 2048u

/* Write the lines, which fadump-copy(8) explains under --report, to @out, NUL-terminated. */
void report_format(char out[REPORT_BYTES], const struct pipeline_job *job,
		   const struct pipeline_result *result);

#endif

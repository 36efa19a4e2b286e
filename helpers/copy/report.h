/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report.h - the result of a copy as key=value lines
 */
#ifndef FADUMP_REPORT_H
#define FADUMP_REPORT_H

#include <stddef.h>

struct pipeline_job;
struct pipeline_result;

/* Size of the longest report in bytes, including the NUL. */
#define REPORT_BYTES 2048u

/*
 * Write the lines, which fadump-copy(8) explains under --report, to @out, NUL-terminated; main.c
 * adds released_bytes, held_bytes and error.
 */
void report_format(char out[REPORT_BYTES], const struct pipeline_job *job,
		   const struct pipeline_result *result);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report.c - what was done, as key=value lines
 * In: a job and its result.  Out: text.  No system call.
 * Does not know: where it is kept.
 */
#include "report.h"

#include <stdio.h>

#include "format.h"
#include "pipeline.h"

#define REASON_MAX 1024 /* of the text that says why pages were kept */

void report_format(char out[REPORT_BYTES], const struct pipeline_job *job,
		   const struct pipeline_result *r)
{
	const char *why = r->unfiltered;

	snprintf(out, REPORT_BYTES,
		 "bytes=%llu\nstored_bytes=%llu\nlost_pages=%llu\n"
		 "excluded_pages=%llu\nconstant_pages=%llu\nseconds=%.1f\n"
		 "format=%s\ncompress=%s\ndump_level=%u\n%s%.*s%s",
		 (unsigned long long)r->file_bytes, (unsigned long long)r->stored_bytes,
		 (unsigned long long)r->lost_pages, (unsigned long long)r->excluded_pages,
		 (unsigned long long)r->constant_pages, r->seconds,
		 job->file || job->block ? job->format->name : "flat", job->codec.encoder->name,
		 job->dump_level, why ? "unfiltered=" : "", REASON_MAX, why ? why : "",
		 why ? "\n" : "");
}

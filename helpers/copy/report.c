// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report.c - the result of a copy as key=value lines
 * In: a job and its result.  Out: text.  No system call.
 * Does not know: where the text is stored.
 */
#include "report.h"

#include <stdio.h>

#include "../format/format.h"
#include "job.h"

#define REASON_MAX 1024 /* a longer reason why pages were not filtered is cut off; bytes */

void report_format(char out[REPORT_BYTES], const struct pipeline_job *job,
		   const struct pipeline_result *r)
{
	const char *why = r->unfiltered;
	const uint64_t *dropped = r->dropped_pages;

	snprintf(out, REPORT_BYTES,
		 "bytes=%llu\nstored_bytes=%llu\nlost_pages=%llu\n"
		 "excluded_pages=%llu\ncache_pages=%llu\nprivate_cache_pages=%llu\n"
		 "user_pages=%llu\nfree_pages=%llu\npoisoned_pages=%llu\noffline_pages=%llu\n"
		 "constant_pages=%llu\nzero_pages=%llu\nseconds=%.1f\n"
		 "format=%s\ncompress=%s\ndump_level=%u\n%s%.*s%s",
		 (unsigned long long)r->file_bytes, (unsigned long long)r->stored_bytes,
		 (unsigned long long)r->lost_pages, (unsigned long long)r->excluded_pages,
		 (unsigned long long)dropped[FILTER_IS_CACHE],
		 (unsigned long long)dropped[FILTER_IS_CACHE_PRIV],
		 (unsigned long long)dropped[FILTER_IS_USER],
		 (unsigned long long)dropped[FILTER_IS_FREE],
		 (unsigned long long)dropped[FILTER_IS_HWPOISON],
		 (unsigned long long)dropped[FILTER_IS_OFFLINE],
		 (unsigned long long)r->constant_pages, (unsigned long long)r->zero_pages,
		 r->seconds, job->file || job->block ? job->format->name : "flat",
		 job->codec.encoder->name, job->dump_level, why ? "unfiltered=" : "", REASON_MAX,
		 why ? why : "", why ? "\n" : "");
}

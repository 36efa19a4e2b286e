/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress.h - how far the copy is, for a person who waits
 */
#ifndef FADUMP_PROGRESS_H
#define FADUMP_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	uint64_t total_bytes;
	double started_s;  /* CLOCK_MONOTONIC */
	double next_s;	   /* not before this time again */
	double interval_s; /* 0: never */
	bool in_place;	   /* rewrite one line instead of adding lines */
};

/*
 * Seconds between two lines for a stderr of that name: 1 on a pseudo or virtual terminal,
 * 10 on anything slow or stored (a serial console, @tty NULL for what is no terminal).
 */
double progress_interval_s(const char *tty);

/* One line without a newline, as snprintf(). */
int progress_format(char *out, size_t out_bytes, uint64_t done_bytes, uint64_t total_bytes,
		    double elapsed_s);

/* Start the clock; @quiet: never print. */
void progress_start(struct progress *p, uint64_t total_bytes, bool quiet);

/* Print when it is time.  One thread at a time. */
void progress_update(struct progress *p, uint64_t done_bytes);

/* Seconds since progress_start(). */
double progress_seconds(const struct progress *p);

/* Last line.  Returns the seconds since progress_start(). */
double progress_finish(struct progress *p, uint64_t done_bytes);

#endif

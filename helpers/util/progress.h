/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress.h - show the progress of the copy on stderr
 */
#ifndef FADUMP_PROGRESS_H
#define FADUMP_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	uint64_t total_bytes;
	double started_s;  /* CLOCK_MONOTONIC */
	double next_s;	   /* the next line is not printed before this time */
	double interval_s; /* 0: print nothing */
	bool in_place;	   /* rewrite one line instead of adding lines */
};

/*
 * Returns the seconds between two lines: 1 if the terminal @tty is a pseudo or virtual terminal; 10
 * for any other terminal, as it may be a slow serial console, and for NULL (stderr is a file or a
 * pipe).
 */
double progress_interval_s(const char *tty);

/* Format one line without a newline; 1 MB is 10^6 bytes.  Returns the values of snprintf(). */
int progress_format(char *out, size_t out_bytes, uint64_t done_bytes, uint64_t total_bytes,
		    double elapsed_s);

/* Start the clock.  @quiet: print nothing. */
void progress_start(struct progress *p, uint64_t total_bytes, bool quiet);

/* Print a line if the interval has passed.  Only one thread at a time may call this. */
void progress_update(struct progress *p, uint64_t done_bytes);

/* Seconds since progress_start(). */
double progress_seconds(const struct progress *p);

/*
 * Print the last line, unless progress_start() had @quiet.  Returns the seconds since
 * progress_start().
 */
double progress_finish(struct progress *p, uint64_t done_bytes);

#endif

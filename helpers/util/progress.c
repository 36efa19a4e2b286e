// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * progress.c - show the progress of the copy on stderr
 * In: bytes done, repeatedly.  Out: a line on stderr, every 1 or 10 seconds.
 * Does not know: the copied data.
 *
 * A serial console at 9600 baud takes 70 ms to print one line.  A line each second would slow down
 * the copy, so one line is printed every ten seconds, except on a pseudo or virtual terminal.
 */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MB 1000000.0

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double progress_interval_s(const char *tty)
{
	const char vt[] = "/dev/tty";

	if (!tty)
		return 10;
	if (strncmp(tty, "/dev/pts/", 9) == 0)
		return 1;
	/* /dev/tty1 is a screen, /dev/ttyS0 and similar names are serial lines */
	if (strncmp(tty, vt, sizeof(vt) - 1) == 0 && tty[sizeof(vt) - 1] >= '0' &&
	    tty[sizeof(vt) - 1] <= '9')
		return 1;
	return 10;
}

int progress_format(char *out, size_t out_bytes, uint64_t done_bytes, uint64_t total_bytes,
		    double elapsed_s)
{
	const double speed = elapsed_s > 0 ? (double)done_bytes / elapsed_s : 0;
	const double share = total_bytes ? (double)done_bytes / (double)total_bytes : 1;
	int n = snprintf(out, out_bytes, "saving vmcore: %3.0f %%, %.0f of %.0f MB, %.0f MB/s",
			 share * 100, (double)done_bytes / MB, (double)total_bytes / MB,
			 speed / MB);

	if (n < 0 || (size_t)n >= out_bytes || speed <= 0 || done_bytes >= total_bytes)
		return n;
	return n + snprintf(out + n, out_bytes - (size_t)n, ", %.0f s left",
			    (double)(total_bytes - done_bytes) / speed);
}

void progress_start(struct progress *p, uint64_t total_bytes, bool quiet)
{
	char tty[64];
	bool is_tty = ttyname_r(STDERR_FILENO, tty, sizeof(tty)) == 0;

	p->total_bytes = total_bytes;
	p->started_s = now_s();
	p->interval_s = quiet ? 0 : progress_interval_s(is_tty ? tty : NULL);
	p->in_place = is_tty && p->interval_s < 10;
	p->next_s = p->started_s + p->interval_s;
}

static void print(const struct progress *p, uint64_t done_bytes, double now, bool last)
{
	char line[160];
	int n = progress_format(line, sizeof(line) - 6, done_bytes, p->total_bytes,
				now - p->started_s);

	if (n < 0)
		return;
	if (n > (int)sizeof(line) - 7)
		n = (int)sizeof(line) - 7;
	/*
	 * in place: overwrite the end of a longer previous line with blanks, then return to column
	 * 0
	 */
	n += snprintf(line + n, 6, "%s", !p->in_place ? "\n" : last ? "    \n" : "    \r");
	if (write(STDERR_FILENO, line, (size_t)n) < 0) {
		/* stderr cannot be written: no progress is shown */
	}
}

void progress_update(struct progress *p, uint64_t done_bytes)
{
	double now;

	if (p->interval_s == 0)
		return;
	now = now_s();
	if (now < p->next_s)
		return;
	print(p, done_bytes, now, false);
	p->next_s = now + p->interval_s;
}

double progress_seconds(const struct progress *p)
{
	return now_s() - p->started_s;
}

double progress_finish(struct progress *p, uint64_t done_bytes)
{
	const double now = now_s();

	if (p->interval_s != 0)
		print(p, done_bytes, now, true);
	return now - p->started_s;
}

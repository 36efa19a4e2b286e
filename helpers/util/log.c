// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log.c - one line for the person at the console
 * In: a message.  Out: one write to stderr.
 * Does not know: what is a warning and what an error; the words say it.
 */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define LOG_LINE_MAX 1024

void log_line(const char *fmt, ...)
{
	char line[LOG_LINE_MAX];
	int saved = errno;
	int head, body;
	va_list ap;

	head = snprintf(line, sizeof(line), "fadump-copy: ");
	va_start(ap, fmt);
	body = vsnprintf(line + head, sizeof(line) - (size_t)head - 1, fmt, ap);
	va_end(ap);
	if (body < 0)
		body = 0;
	body += head;
	if (body > LOG_LINE_MAX - 2)
		body = LOG_LINE_MAX - 2;
	for (int i = head; i < body; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[body++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)body) < 0) {
		/* nobody listens; there is nothing better to do with a message */
	}
	errno = saved;
}

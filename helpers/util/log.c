// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log.c - one line for the person at the console
 * In: a message.  Out: one write to stderr.
 * Does not know: severities; the message itself contains "warning" if it is one.
 */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINE_MAX 1024

static const char *log_name = "fadump-copy";
static char log_kept[LOG_LINE_MAX];
static atomic_flag log_keeping = ATOMIC_FLAG_INIT; /* the thread that set it writes log_kept */

void log_program(const char *name)
{
	log_name = name;
}

void log_line(const char *fmt, ...)
{
	char line[LOG_LINE_MAX];
	int saved = errno;
	int head, body;
	va_list ap;

	head = snprintf(line, sizeof(line), "%s: ", log_name);
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
	if (!atomic_flag_test_and_set(&log_keeping)) {
		memcpy(log_kept, line + head, (size_t)(body - head));
		log_kept[body - head] = '\0';
		atomic_flag_clear(&log_keeping);
	}
	line[body++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)body) < 0) {
		/* stderr is closed: the message is lost */
	}
	errno = saved;
}

const char *log_last(void)
{
	return log_kept;
}

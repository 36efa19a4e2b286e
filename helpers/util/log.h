/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log.h - one line for the person at the console
 */
#ifndef FADUMP_LOG_H
#define FADUMP_LOG_H

/* The program's name, "fadump-copy" unless this says otherwise; @name stays the caller's. */
void log_program(const char *name);

/*
 * Print "PROGRAM: MESSAGE" and a newline to stderr in one write.  Any thread may call
 * it.  Control bytes that a hostile name brought along are shown as '?'.  Keeps errno.
 */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * What log_line() said last, without the program's name; "" when it was silent.  Of two
 * threads that spoke at once one is heard.  Call it when no other thread is left.
 */
const char *log_last(void);

#endif

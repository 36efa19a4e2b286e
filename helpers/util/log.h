/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log.h - one line for the person at the console
 */
#ifndef FADUMP_LOG_H
#define FADUMP_LOG_H

/* Set the program's name; the default is "fadump-copy".  @name is not copied. */
void log_program(const char *name);

/*
 * Print "PROGRAM: MESSAGE" and a newline to stderr in one write.  Any thread may call it.  A line
 * of more than 1023 bytes is truncated.  Each control byte of the message is printed as '?',
 * because a hostile name may contain some.  errno does not change.
 */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Returns the last message of log_line(), without the program's name; "" if there was none.  If two
 * threads logged at the same time, it is the message of one of them.  The text changes when a
 * thread logs again.
 */
const char *log_last(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sigbus.h - read mapped memory that may be unreadable
 */
#ifndef FADUMP_SIGBUS_H
#define FADUMP_SIGBUS_H

#include <stdbool.h>

/*
 * Install the process-wide SIGBUS handler; call once, before the first thread starts.  Returns 0 or
 * -errno.
 */
int sigbus_init(void);

/*
 * Call @fn(@arg).  Returns true when @fn returned, false when a SIGBUS interrupted it.  Changes
 * that @fn made through @arg before the SIGBUS remain, so counters there must be volatile.  Any
 * thread; not nested.
 */
bool sigbus_run(void (*fn)(void *arg), void *arg);

#endif

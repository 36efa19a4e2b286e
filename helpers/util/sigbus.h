/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sigbus.h - look at mapped memory that may not be readable
 */
#ifndef FADUMP_SIGBUS_H
#define FADUMP_SIGBUS_H

#include <stdbool.h>

/* Install the process-wide SIGBUS handler; call once, before any thread.  0 or -errno. */
int sigbus_init(void);

/*
 * Call @fn(@arg).  Returns true when it came back, false when a SIGBUS cut it short; what
 * it changed through @arg until then stays, so what it counts must be volatile.
 * Any thread; not nested.
 */
bool sigbus_run(void (*fn)(void *arg), void *arg);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sigbus.c - read mapped memory that may be unreadable
 * In: a function that reads a mapping.  Out: whether the function completed.
 * Does not know: which mapping, which page.
 *
 * A page of /proc/vmcore that cannot be faulted in, or memory with an uncorrectable error, raises
 * SIGBUS in the thread that touches it.  Then only that page is lost; the dump continues.
 */
#include "sigbus.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>

static __thread sigjmp_buf *sigbus_back; /* NULL: this thread expects no SIGBUS */

static void sigbus_handle(int sig)
{
	if (sigbus_back)
		siglongjmp(*sigbus_back, 1);
	/*
	 * This is a bug of this program, not a bad page.  With the default action the repeated
	 * access ends the process.
	 */
	signal(sig, SIG_DFL);
}

int sigbus_init(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = sigbus_handle;
	return sigaction(SIGBUS, &sa, NULL) ? -errno : 0;
}

bool sigbus_run(void (*fn)(void *arg), void *arg)
{
	sigjmp_buf back;
	sigset_t set;

	/*
	 * 0: do not save the signal mask, which would cost a system call in every call of this
	 * function, and most chunks need two calls.  Instead, unblock SIGBUS in the rare case that
	 * it occurs.
	 */
	if (sigsetjmp(back, 0)) {
		sigbus_back = NULL;
		sigemptyset(&set);
		sigaddset(&set, SIGBUS);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		return false;
	}
	sigbus_back = &back;
	fn(arg);
	sigbus_back = NULL;
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * utsname.h - what the dead kernel called itself
 */
#ifndef FADUMP_UTSNAME_H
#define FADUMP_UTSNAME_H

#include <stdbool.h>

struct vmcoreinfo;
struct vtop;

#define UTSNAME_BYTES 65 /* with its NUL: include/uapi/linux/utsname.h, Linux 6.12 */

struct utsname_dead {
	char sysname[UTSNAME_BYTES], nodename[UTSNAME_BYTES], release[UTSNAME_BYTES];
	char version[UTSNAME_BYTES], machine[UTSNAME_BYTES], domainname[UTSNAME_BYTES];
};

/*
 * Read init_uts_ns.  All six end in a NUL and are printable, zeros behind it.  False when
 * it cannot be found or is no text; @uts is all zeros then.  Looks at dead memory.
 */
bool utsname_read(struct utsname_dead *uts, const struct vtop *vtop, const struct vmcoreinfo *info);

#endif

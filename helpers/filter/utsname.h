/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * utsname.h - read the utsname of the crashed kernel
 */
#ifndef FADUMP_UTSNAME_H
#define FADUMP_UTSNAME_H

#include <stdbool.h>

struct vmcoreinfo;
struct vtop;

#define UTSNAME_BYTES 65 /* with the NUL: include/uapi/linux/utsname.h, Linux 6.12 */

struct crashed_utsname {
	char sysname[UTSNAME_BYTES], nodename[UTSNAME_BYTES], release[UTSNAME_BYTES];
	char version[UTSNAME_BYTES], machine[UTSNAME_BYTES], domainname[UTSNAME_BYTES];
};

/*
 * Read init_uts_ns.  All six names are printable, end with a NUL, and are padded with zeros.  False
 * when init_uts_ns cannot be found, is not printable or has no machine name; then @uts is all
 * zeros.  This reads the crashed kernel's memory.
 */
bool utsname_read(struct crashed_utsname *uts, const struct vtop *vtop,
		  const struct vmcoreinfo *info);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * utsname.c - read the utsname of the crashed kernel
 * In: init_uts_ns from VMCOREINFO.  Out: names that are safe to print and to store.
 * No system call.
 * Does not know: the use of the names.
 */
#include "utsname.h"

#include <ctype.h>
#include <string.h>

#include "../source/vmcoreinfo.h"
#include "vtop.h"

#define NAME_AT_5_10 4u /* after a kref; used if VMCOREINFO has no OFFSET(uts_namespace.name) */
#define STRUCT_MAX   4096u

/* True when @name is printable and ends with a NUL; the bytes after the NUL are cleared. */
static bool is_text(char name[UTSNAME_BYTES])
{
	const size_t len = strnlen(name, UTSNAME_BYTES);

	if (len == UTSNAME_BYTES)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isprint((unsigned char)name[i]))
			return false;
	memset(name + len, 0, UTSNAME_BYTES - len);
	return true;
}

bool utsname_read(struct crashed_utsname *uts, const struct vtop *vtop,
		  const struct vmcoreinfo *info)
{
	uint64_t at, name_at = NAME_AT_5_10;

	vmcoreinfo_number(info, "OFFSET", "uts_namespace.name", &name_at);
	if (vmcoreinfo_number(info, "SYMBOL", "init_uts_ns", &at) && name_at <= STRUCT_MAX &&
	    vtop_read(vtop, at + name_at, uts, sizeof(*uts)) && is_text(uts->sysname) &&
	    is_text(uts->nodename) && is_text(uts->release) && is_text(uts->version) &&
	    is_text(uts->machine) && is_text(uts->domainname) && uts->machine[0])
		return true;
	memset(uts, 0, sizeof(*uts));
	return false;
}

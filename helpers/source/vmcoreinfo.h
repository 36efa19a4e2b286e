/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcoreinfo.h - what the dead kernel says of its own structures
 *
 * Grammar: lines of KEY=VALUE, Documentation/admin-guide/kdump/vmcoreinfo.rst and
 * include/linux/vmcore_info.h, Linux 6.12.  SYMBOL() is hex without 0x, the others decimal.
 */
#ifndef FADUMP_VMCOREINFO_H
#define FADUMP_VMCOREINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel keeps the text in one page (kernel/vmcore_info.c); pages end at 64 KiB here. */
#define VMCOREINFO_BYTES_MAX 65536u

/* The note's text as it is in the dump: no NUL at the end, any bytes.  Not owned. */
struct vmcoreinfo {
	const char *text; /* any pointer when bytes is 0 */
	size_t bytes;
};

/*
 * Copy the value of @key into @out (NUL-terminated).  False: no such key, too long, or a NUL
 * in it: no kernel writes one.
 */
bool vmcoreinfo_text(const struct vmcoreinfo *info, const char *key, char *out, size_t out_bytes);

/* The value of "@kind(@name)" or, with @name NULL, of "@kind".  SYMBOL is read as hex. */
bool vmcoreinfo_number(const struct vmcoreinfo *info, const char *kind, const char *name,
		       uint64_t *out);

/* The same for numbers that may be negative: NUMBER is printed as a signed long. */
bool vmcoreinfo_signed(const struct vmcoreinfo *info, const char *kind, const char *name,
		       int64_t *out);

#endif

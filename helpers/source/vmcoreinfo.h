/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcoreinfo.h - read keys of the VMCOREINFO note
 *
 * Grammar: lines of KEY=VALUE, Documentation/admin-guide/kdump/vmcoreinfo.rst and
 * include/linux/vmcore_info.h, Linux 6.12.  SYMBOL() is hexadecimal without 0x, all other numbers
 * are decimal.
 */
#ifndef FADUMP_VMCOREINFO_H
#define FADUMP_VMCOREINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel keeps the text in one page (kernel/vmcore_info.c); 64-bit kernels: at most 64 KiB. */
#define VMCOREINFO_BYTES_MAX 65536u

/* The text of the note as in the dump: any bytes, no NUL at the end.  Not owned. */
struct vmcoreinfo {
	const char *text; /* any pointer when bytes is 0 */
	size_t bytes;
};

/*
 * Copy the value of @key into @out (NUL-terminated).  False: the key is missing, or its value is
 * too long or contains a NUL, which no kernel writes.
 */
bool vmcoreinfo_text(const struct vmcoreinfo *info, const char *key, char *out, size_t out_bytes);

/*
 * Copy the value of "@kind(@name)" or, with @name NULL, of "@kind" to @out.  False: the key is
 * missing, or the value is not a number.  SYMBOL is read as hexadecimal.
 */
bool vmcoreinfo_number(const struct vmcoreinfo *info, const char *kind, const char *name,
		       uint64_t *out);

/*
 * Like vmcoreinfo_number(), but for decimal numbers that may be negative: kernels print NUMBER as a
 * signed long.
 */
bool vmcoreinfo_signed(const struct vmcoreinfo *info, const char *kind, const char *name,
		       int64_t *out);

#endif

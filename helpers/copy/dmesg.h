/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dmesg.h - save the crashed kernel's log, next to the dump or without a dump
 */
#ifndef FADUMP_DMESG_H
#define FADUMP_DMESG_H

struct output;
struct vmcore;

/*
 * Write vmcore-dmesg.txt into the directory of @dump_path, and make it durable.  An existing file
 * is not replaced.  A failure is logged and has no other effect.
 */
void dmesg_save(const struct vmcore *src, const char *dump_path);

/*
 * Write the log to @out, a device to which nothing was written yet.  A failure is logged; after a
 * failed write @out accepts no dump.
 */
void dmesg_archive(const struct vmcore *src, struct output *out);

/*
 * Print the log to standard output and close standard output.  Returns 0; -ENODATA when the log is
 * missing or incomplete (the readable part is printed); or the -errno of a write or of the close.
 * Failures are logged.
 */
int dmesg_print(const struct vmcore *src);

#endif

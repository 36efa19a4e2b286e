/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dmesg.h - the dead kernel's log beside the dump
 */
#ifndef FADUMP_DMESG_H
#define FADUMP_DMESG_H

struct output;
struct vmcore;

/*
 * Write vmcore-dmesg.txt into the directory of @dump_path, durable, never over an old one.
 * A log that cannot be had or written costs one line on stderr and nothing else.
 */
void dmesg_save(const struct vmcore *src, const char *dump_path);

/* The same in an output that keeps it beside the dump, and was just opened. */
void dmesg_archive(const struct vmcore *src, struct output *out);

/*
 * Print it to standard output, and close that.  Returns 0; -ENODATA for a log that cannot be had,
 * or only in part, which is printed; or the -errno of a write.  What is not 0 was said.
 */
int dmesg_print(const struct vmcore *src);

#endif

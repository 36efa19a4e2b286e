/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dmesg.h - the dead kernel's log beside the dump
 */
#ifndef FADUMP_DMESG_H
#define FADUMP_DMESG_H

struct vmcore;

/*
 * Write vmcore-dmesg.txt into the directory of @dump_path, durable, never over an old one.
 * A log that cannot be had or written costs one line on stderr and nothing else.
 */
void dmesg_save(const struct vmcore *src, const char *dump_path);

#endif

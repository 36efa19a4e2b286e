/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notes.h - find the VMCOREINFO note of a vmcore
 */
#ifndef FADUMP_NOTES_H
#define FADUMP_NOTES_H

struct vmcore;

/*
 * Walk the PT_NOTEs of @src, whose headers are read: sets notes_bytes and, when there is a
 * VMCOREINFO note of a sane size, info, whose text vmcore_close() frees.  A missing or
 * damaged note is no error.  Returns 0, or -errno (said) for a PT_NOTE outside the file.
 */
int notes_read(struct vmcore *src);

#endif

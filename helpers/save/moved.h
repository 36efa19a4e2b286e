/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * moved.h - update the status file of a capture after its dump was moved
 */
#ifndef FADUMP_SAVE_MOVED_H
#define FADUMP_SAVE_MOVED_H

/*
 * @at is the directory of the dumps in memory.  If the status file @at/../status exists, record in
 * it that the dump in @from is now in @to and is permanent.  Errors are logged.
 */
void save_moved_report(const char *at, const char *from, const char *to);

#endif

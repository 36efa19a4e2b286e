/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * moved.h - the status file of a capture, when its dump is somewhere else now
 */
#ifndef FADUMP_SAVE_MOVED_H
#define FADUMP_SAVE_MOVED_H

/*
 * In the status file beside the directory of dumps @at, if there is one, say that the dump of the
 * directory @from is in @to, and lasts.  What goes wrong is said.
 */
void save_moved_report(const char *at, const char *from, const char *to);

#endif

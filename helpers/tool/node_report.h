/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * node_report.h - a dump node of the firmware as lines of text for the shell
 */
#ifndef FADUMP_TOOL_NODE_REPORT_H
#define FADUMP_TOOL_NODE_REPORT_H

#include "node.h"

/*
 * Print the sections of the node in @file, which is not below @root, and the pages to retire.  If
 * @file is NULL there is no node, and only the pages are printed.  @parse is node_parse() or
 * node_regions().  Returns an exit status (enum settings_status); an error is a line error=, or is
 * logged if the file name has a control character.
 */
int node_report(const char *root, const char *file,
		const char *(*parse)(struct node *n, const void *data, size_t bytes));

#endif

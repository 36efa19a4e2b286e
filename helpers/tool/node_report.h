/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * node_report.h - a dump node of the firmware as lines of text for the shell
 */
#ifndef FADUMP_TOOL_NODE_REPORT_H
#define FADUMP_TOOL_NODE_REPORT_H

#include "node.h"

/*
 * Print the sections of the node in @file, which is not below @root, and the pages to retire; NULL:
 * there is no node, and only the pages are printed.  @parse returns NULL, or why @data is not
 * understood.  Returns an exit status (enum settings_status).
 */
int node_report(const char *root, const char *file,
		const char *(*parse)(struct node *n, const void *data, size_t bytes));

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * node_report.c - a dump node of the firmware as lines of text for the shell
 * In: a file.  Out: lines name=value.
 * Does not know: the layout of a node (node.c does).
 */
#include "node_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../config/keys.h"
#include "../util/log.h"
#include "files.h"
#include "settings.h"

/* Print the sections, if any, and the pages to retire. */
static void print_node(const char *root, const struct node *n)
{
	static char smaps[65536];
	char reserved[32];
	uint64_t at, page;

	for (unsigned int i = 0; i < n->nr; i++)
		printf("section=%04x %016" PRIx64 " %016" PRIx64 " %016" PRIx64 "\n",
		       n->section[i].type, n->section[i].source, n->section[i].length,
		       n->section[i].destination);
	if (node_param_area(n, &at))
		printf("area=0x%016" PRIx64 "\n", at);
	else
		puts("area=none");
	files_read(root, "/sys/kernel/fadump/mem_reserved", reserved, sizeof(reserved));
	reserved[strcspn(reserved, " \t\n")] = '\0';
	files_read(root, "/proc/self/smaps", smaps, sizeof(smaps));
	page = node_page_bytes(smaps);
	printf("page=%" PRIu64 "\n", page);
	switch (node_broken_page(n, reserved, page, &at)) {
	case NODE_BROKEN:
		printf("broken=0x%016" PRIx64 "\n", at);
		break;
	case NODE_WHOLE:
		puts("broken=none");
		break;
	case NODE_UNKNOWN:
		puts("broken=unknown");
	}
}

/* @file is not relative to @root. */
int node_report(const char *root, const char *file,
		const char *(*parse)(struct node *n, const void *data, size_t bytes))
{
	static struct node n;
	char data[NODE_BYTES + 1];
	const char *why;
	ssize_t bytes;

	if (!file) {
		print_node(root, &n);
		return SETTINGS_GOOD;
	}
	if (keys_has_control(file)) {
		log_line("the file name has a control character");
		return SETTINGS_USAGE;
	}
	bytes = files_read("", file, data, sizeof(data));
	if (bytes < 0) {
		printf("error=%s cannot be read: %s\n", file, strerror((int)-bytes));
		return SETTINGS_READ;
	}
	why = parse(&n, data, (size_t)bytes);
	if (why) {
		printf("error=%s cannot be understood: %s\n", file, why);
		return SETTINGS_BAD;
	}
	print_node(root, &n);
	return SETTINGS_GOOD;
}

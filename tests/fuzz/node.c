// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * node.c - fuzz the dump node of the firmware and the regions of debugfs
 * In: data that is parsed as a node, as a text of regions and as a text of smaps.  The values of
 * all sections, and the address of the argument area, are below 2^63; the address of a page to
 * retire is a multiple of the page size and not below the destination of the first section.
 */
#include "fuzz.h"

#include "tool/node.h"

static void check(const struct node *n, const char *why)
{
	static const uint64_t pages[] = {4096, 65536};
	uint64_t at;

	promise(!why || n->nr == 0);
	promise(n->nr <= NODE_SECTIONS_MAX);
	for (unsigned int i = 0; i < n->nr; i++)
		promise(!(
			(n->section[i].source | n->section[i].length | n->section[i].destination) >>
			63));
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (node_broken_page(n, "805372336", pages[i], &at) == NODE_BROKEN)
			promise(n->nr && at % pages[i] == 0 && at >= n->section[0].destination);
	if (node_param_area(n, &at))
		promise(n->nr && !(at >> 63));
	fuzz_reached += n->nr > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	void *copy = fuzz_copy(data, bytes);
	char *text = malloc(bytes + 1);
	struct node *n = malloc(sizeof(*n));

	promise(n && text);
	check(n, node_parse(n, copy, bytes));
	check(n, node_regions(n, copy, bytes));
	memcpy(text, data, bytes);
	text[bytes] = '\0';
	promise(node_page_bytes(text) >= 1024);
	free(n);
	free(text);
	free(copy);
	return 0;
}

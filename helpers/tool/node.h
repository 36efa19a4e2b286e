/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * node.h - parse the firmware's description of the dump, and find two pages to retire
 *
 * after/arm.sh of the dracut module explains why these pages have to be retired before the next
 * registration.
 */
#ifndef FADUMP_TOOL_NODE_H
#define FADUMP_TOOL_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NODE_BYTES	  4096u /* bytes of a node that are read */
#define NODE_SECTIONS_MAX 101u	/* the sections that fit in NODE_BYTES */
#define NODE_BOOT_MEMORY  0x0011u
#define NODE_PARAM_AREA	  0x0100u

struct node_section {
	uint16_t type;
	uint64_t source, length, destination; /* physical addresses and bytes */
};

struct node {
	unsigned int nr;
	struct node_section section[NODE_SECTIONS_MAX];
};

/*
 * rtas/ibm,kernel-dump of the device tree, big endian (PAPR; rtas-fadump.h of Linux): a 40-byte
 * header (u32 version, u16 number of sections, u16 status, u32 offset of the first section, ...)
 * and 40-byte sections (u32 flags, u16 type, u16 error, u64 source, u64 length, u64 copied, u64
 * destination).  Returns NULL; or the error as a static text, and @n is empty then.
 */
const char *node_parse(struct node *n, const void *data, size_t bytes);

/*
 * powerpc/fadump_region of debugfs: lines "DUMP: Src: 0xN, Dest: 0xN, Size: 0xN, ...", as
 * opal_fadump_region_show() of powernv/opal-fadump.c prints them (Linux 5.5 to 6.12), become
 * sections of the type NODE_BOOT_MEMORY.  Other lines are ignored.  Returns the values of
 * node_parse().
 */
const char *node_regions(struct node *n, const void *text, size_t bytes);

/* Store the address of the area of kernel arguments in *@at.  False: the node has none. */
bool node_param_area(const struct node *n, uint64_t *at);

enum node_broken { NODE_WHOLE, NODE_BROKEN, NODE_UNKNOWN };

/*
 * The reserved area begins at the destination of the first section.  @reserved is its size, the
 * text of /sys/kernel/fadump/mem_reserved: a decimal number of bytes.  NODE_BROKEN: the area ends
 * inside a page of @page_bytes, whose address is in *@at; NODE_WHOLE: the area ends at the end of a
 * page; NODE_UNKNOWN: its end cannot be determined.  Without sections only NODE_WHOLE can be
 * determined.
 */
enum node_broken node_broken_page(const struct node *n, const char *reserved, uint64_t page_bytes,
				  uint64_t *at);

/*
 * Returns the page size of the kernel in bytes: KernelPageSize of @smaps, which is
 * /proc/self/smaps; 64 KiB, the largest possible size, if it is missing.
 */
uint64_t node_page_bytes(const char *smaps);

#endif

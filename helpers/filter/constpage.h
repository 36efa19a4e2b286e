/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * constpage.h - pages that hold one value all over: zeros, poison, 0xff
 */
#ifndef FADUMP_CONSTPAGE_H
#define FADUMP_CONSTPAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Is every 8-byte word of the @bytes at @data the same?  What is left over at the end must be
 * the beginning of one.  @word gets the first, as it lies in memory, 0 for a page of zeros.
 * Any alignment; no bytes at all are zeros.
 */
bool constpage_test(const void *data, size_t bytes, uint64_t *word);

#endif

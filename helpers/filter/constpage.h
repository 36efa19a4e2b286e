/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * constpage.h - pages that are filled with one value: zeros, poison, 0xff
 */
#ifndef FADUMP_CONSTPAGE_H
#define FADUMP_CONSTPAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * True when all 8-byte words of the @bytes at @data are equal; an incomplete word at the end must
 * be equal to the beginning of the first word.  The first word, in memory order, is stored in
 * *@word; it is 0 for a page of zeros.  Any alignment.  0 bytes count as zeros.
 */
bool constpage_test(const void *data, size_t bytes, uint64_t *word);

#endif

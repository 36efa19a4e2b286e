/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zeropage.h - which pages hold nothing but zeros
 */
#ifndef FADUMP_ZEROPAGE_H
#define FADUMP_ZEROPAGE_H

#include <stdbool.h>
#include <stddef.h>

struct chunk;

/* True when all @bytes at @data are zero. */
bool zeropage_test(const void *data, size_t bytes);

/* Look at page @i of @c and set its keep bit unless it is all zero. */
void zeropage_mark(struct chunk *c, unsigned int i);

#endif

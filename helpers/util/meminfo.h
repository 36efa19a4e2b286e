/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * meminfo.h - read the available memory of this machine
 */
#ifndef FADUMP_MEMINFO_H
#define FADUMP_MEMINFO_H

#include <stdint.h>

/* Returns MemAvailable of /proc/meminfo or, before Linux 3.14, MemFree, in bytes; 0: unknown. */
uint64_t meminfo_available(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * meminfo.h - read the available memory of this machine
 */
#ifndef FADUMP_MEMINFO_H
#define FADUMP_MEMINFO_H

#include <stdint.h>

/* Returns MemAvailable of /proc/meminfo in bytes, MemFree before Linux 3.14; 0: unknown. */
uint64_t meminfo_available(void);

#endif

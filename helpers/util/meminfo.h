/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * meminfo.h - how much memory this machine can spare
 */
#ifndef FADUMP_MEMINFO_H
#define FADUMP_MEMINFO_H

#include <stdint.h>

/* MemAvailable of /proc/meminfo in bytes, MemFree before Linux 3.14; 0: it cannot be told. */
uint64_t meminfo_available(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot.h - directories whose files do not survive a boot
 */
#ifndef FADUMP_BOOT_H
#define FADUMP_BOOT_H

#include <stdbool.h>

/*
 * True when files in @path do not survive a boot: @path is in /dev, /proc, /run or /sys, which are
 * virtual file systems, or in /tmp, whose files are removed (tmp.conf of systemd-tmpfiles, 252 of
 * Debian 12: "D /tmp").  @path begins with "/"; empty components and "." are skipped.
 */
bool boot_empties(const char *path);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot.h - directories whose files do not survive a boot
 */
#ifndef FADUMP_BOOT_H
#define FADUMP_BOOT_H

#include <stdbool.h>

/*
 * True when a system that boots has memory on the directory @path or above it, or removes its
 * files: the file systems of the kernel, /run, and /tmp (tmp.conf of systemd-tmpfiles, 252 of
 * Debian 12: "D /tmp").  @path begins with "/"; empty components and "." are skipped.
 */
bool boot_empties(const char *path);

#endif

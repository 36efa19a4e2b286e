/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * system.h - the system whose mounts are read
 */
#ifndef FADUMP_PLACE_SYSTEM_H
#define FADUMP_PLACE_SYSTEM_H

struct place_system {
	const char *root;   /* precedes /proc and /run; "" except in tests */
	const char *tree;   /* the mount point of the root file system: @root/sysroot */
	const char *fstab;  /* a file with the output of findmnt --raw for the fstab of the system;
			       NULL: read the fstab itself */
	const char *record; /* a file in the same form: mounts that existed when the initramfs was
			       built; NULL: none */
};

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status.h - the exit statuses of fadump-save, which fadump-save(8) explains
 */
#ifndef FADUMP_SAVE_STATUS_H
#define FADUMP_SAVE_STATUS_H

enum save_status {
	SAVE_DONE = 0,
	SAVE_DAMAGED = 1,  /* the dump or its archive is damaged or incomplete */
	SAVE_USAGE = 2,	   /* the arguments or the configuration are wrong */
	SAVE_DEVICE = 3,   /* the device cannot be opened, read or marked empty */
	SAVE_TARGET = 4,   /* the directory cannot be written */
	SAVE_NO_SPACE = 5, /* the directory is full */
	SAVE_NOTHING = 6,  /* the device has no dump */
};

#endif

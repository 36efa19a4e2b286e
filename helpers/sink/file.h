/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file.h - a file that is renamed to its final name when it is complete and durable
 */
#ifndef FADUMP_SINK_FILE_H
#define FADUMP_SINK_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sink.h"

struct sink_file {
	char *path;	/* final name, owned */
	char *tmp_path; /* name while it is written: path + ".incomplete", owned */
	int dir_fd;	/* descriptor of the directory of both names */
	int fd;		/* -1: closed */
	bool in_memory; /* on a file system without a disk: written data uses memory */
	_Atomic uint64_t written_bytes;
};

/*
 * Create the file PATH.incomplete, where PATH is @path, with mode 0600.  If the directory is
 * missing, create its last component with mode 0700.  Neither PATH nor PATH.incomplete may exist.
 * Returns 0 or -errno (logged).
 */
int sink_file_open(struct sink_file *s, const char *path);

/*
 * Write @bytes at offset @at, and start to write out earlier data to the disk or server, so that a
 * later flush is short.  Returns 0 or -errno, not logged: several threads may receive the error,
 * and exactly one of them must log it.  -EFAULT: @buf cannot be read.  -ENOSPC: the file system is
 * full, or a file in memory would leave too little memory for this boot.  Any thread.
 */
int sink_file_write(struct sink_file *s, const void *buf, size_t bytes, uint64_t at);

/* Set the size of the file in bytes; unwritten parts are holes.  Returns 0 or -errno (logged). */
int sink_file_resize(struct sink_file *s, uint64_t bytes);

/* Flush all data written so far to stable storage.  Returns 0 or -errno (logged). */
int sink_file_flush(struct sink_file *s);

/*
 * Flush the data like sink_file_flush(), and also the name PATH.incomplete, so that the file exists
 * after a power failure.  Returns 0 or -errno (logged).
 */
int sink_file_settle(struct sink_file *s);

/*
 * Make the file durable and rename it to PATH: fsync, close, rename without replacing, fsync of the
 * directory and its parent.  After a return of 0 the dump survives a power failure.  After -errno
 * (logged) PATH.incomplete remains, or PATH if only the flush of the name failed.  @s is closed in
 * both cases.
 */
int sink_file_commit(struct sink_file *s);

/* Close without the final name: PATH.incomplete remains, as a partial dump. */
void sink_file_abandon(struct sink_file *s);

/* The operations above, for an output. */
extern const struct sink_ops sink_file_ops;

#endif

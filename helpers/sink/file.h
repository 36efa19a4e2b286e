/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file.h - a file that has its name only when it is complete and durable
 */
#ifndef FADUMP_SINK_FILE_H
#define FADUMP_SINK_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sink_file {
	char *path;	/* final name, owned */
	char *tmp_path; /* name while it is written: path + ".incomplete", owned */
	int dir_fd;	/* directory of both */
	int fd;		/* -1: closed */
	bool in_memory; /* there is no disk: what is written takes memory */
	_Atomic uint64_t written_bytes;
};

/*
 * Make PATH.incomplete, mode 0600, and its directory, 0700, when that is missing.  Neither
 * PATH nor PATH.incomplete may exist.  Returns 0 or -errno; it was said.
 */
int sink_file_open(struct sink_file *s, const char *path);

/*
 * Write @bytes at offset @at; what was written before is on its way to the disk or server, so that
 * a flush has never much left to do.  Returns 0 or -errno, which is not said: of several threads
 * that meet it one has to.  -EFAULT: @buf cannot be read.  -ENOSPC: also when a file in memory has
 * left this boot too little of it.  Any thread.
 */
int sink_file_write(struct sink_file *s, const void *buf, size_t bytes, uint64_t at);

/*
 * Set the size of the file in bytes; what was never written is a hole.  Returns 0 or -errno,
 * which was said.
 */
int sink_file_resize(struct sink_file *s, uint64_t bytes);

/* Everything written so far is on stable storage when this returns 0.  As above. */
int sink_file_flush(struct sink_file *s);

/* The same, and PATH.incomplete can be found after a power cut.  As above. */
int sink_file_settle(struct sink_file *s);

/*
 * Make the file durable and give it its name: fsync, close, rename without replacing, fsync
 * of the directory and of the one above.  0 means that the dump survives a power cut from
 * now on.  On -errno (said) PATH.incomplete stays, or PATH where only the name could not be
 * flushed.  Either way @s is closed.
 */
int sink_file_commit(struct sink_file *s);

/* Close without a name: PATH.incomplete stays for whoever wants to see how far it came. */
void sink_file_abandon(struct sink_file *s);

#endif

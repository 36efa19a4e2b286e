/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printk.h - extract the crashed kernel's log from its memory
 *
 * The ring: kernel/printk/printk_ringbuffer.h, kernels 5.10 and later; its layout is read from
 * VMCOREINFO (log_buf_vmcoreinfo_setup() in kernel/printk/printk.c).
 */
#ifndef FADUMP_PRINTK_H
#define FADUMP_PRINTK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elfcore;
struct vmcoreinfo;

struct printk_io {
	/*
	 * Read @bytes at the virtual address @va of the crashed kernel.  False when they are not in
	 * the dump.
	 */
	bool (*read)(void *arg, uint64_t va, void *buf, size_t bytes);
	/* Receive text of the log, not NUL-terminated.  Returns 0 or -errno, which ends the log. */
	int (*emit)(void *arg, const char *text, size_t bytes);
	void *arg;
};

/*
 * Emit the log, oldest line first, as "[seconds.micros] text\n".  Bytes that are neither printable
 * ASCII nor a newline or tab are written as \xNN, so the log cannot control a terminal.  Returns
 * NULL, or the reason for a missing or incomplete log, as a static text.  *@err is the -errno of
 * emit(), or 0 if emit() did not fail.
 */
const char *printk_decode(const struct elfcore *core, const struct vmcoreinfo *info,
			  const struct printk_io *io, int *err);

#endif

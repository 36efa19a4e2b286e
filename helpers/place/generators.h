/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generators.h - find mounts that neither fstab nor a unit file names
 */
#ifndef FADUMP_PLACE_GENERATORS_H
#define FADUMP_PLACE_GENERATORS_H

#include "cmdline.h"
#include "source.h"

/* Reports the bind mount of the stateroot's var directory on /var, if the root is an ostree
 * deployment. */
void generators_ostree(const struct reader *r, const struct cmdline *w);

/* Reports the mount points in the autofs maps, if autofs.service is enabled.  A map that cannot be
 * read is reported as a possible mount at or above @r->path. */
void generators_autofs(const struct reader *r);

/* Reports the mount points of partitions that systemd-gpt-auto-generator mounts by type. */
void generators_gpt(const struct reader *r);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tarhead.h - the header of a member of a tar archive
 */
#ifndef FADUMP_SINK_TARHEAD_H
#define FADUMP_SINK_TARHEAD_H

#include <stdint.h>

#include "../util/tarname.h"

/*
 * Make the header of a regular file @name, mode 0600 of root, of @bytes (above 8 GiB, too),
 * changed at @mtime, seconds since 1970.  Returns 0; -ENOMEM; -EINVAL when libarchive makes
 * something else than one block of it.  Nothing is said.
 */
int sink_tarhead(uint8_t head[TARNAME_BYTES], const char *name, uint64_t bytes, int64_t mtime);

#endif

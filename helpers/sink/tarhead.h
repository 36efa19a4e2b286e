/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tarhead.h - the header of a member of a tar archive
 */
#ifndef FADUMP_SINK_TARHEAD_H
#define FADUMP_SINK_TARHEAD_H

#include <stdint.h>

#include "../util/tarname.h"

/*
 * Make the header of a regular file @name with @bytes (also above 8 GiB), mode 0600, owner root,
 * modification time @mtime in seconds since 1970.  Returns 0; -ENOMEM; -EINVAL when libarchive does
 * not make exactly one block.  Nothing is logged.
 */
int sink_tarhead(uint8_t head[TARNAME_BYTES], const char *name, uint64_t bytes, int64_t mtime);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target.h - how a target is written: KIND:PLACE
 *
 * dir:/path   fs:DEVICE:/path[:options]   raw:DEVICE   nfs: nfs4: iscsi: ssh:   ram:   none
 * nfs: and iscsi: are written as for dracut (dracut.cmdline(7), RFC 2224, RFC 4173).
 */
#ifndef FADUMP_CONFIG_TARGET_H
#define FADUMP_CONFIG_TARGET_H

#include "parts.h"

/*
 * Split @text, which ends with a NUL, into its parts and check the parts.  Returns NULL and fills
 * @t; or the error, a text that contains no secret part of @text, and @t must not be used.  The
 * parts point into @t, so @t must not be copied.
 */
const char *target_parse(struct target *t, const char *text);

/* Returns the form of a target of the kind of @text; if the kind is unknown, the list of kinds. */
const char *target_form(const char *text);

/* Returns "dir", "fs" ...: the text before the colon. */
const char *target_kind_name(enum target_kind kind);

/* Returns "device", "server" ...: the name of a part in the output of "fadump-tool target". */
const char *target_part_name(enum target_part part);

/*
 * Write the form of @text for messages to @out; @text need not be valid.  The part between "iscsi:"
 * and the first '@' is replaced by ***.  Returns @out, which has room for strlen(@text) + 4 bytes.
 */
char *target_mask(const char *text, char *out);

#endif

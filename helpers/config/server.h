/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * server.h - targets on a server: the text after nfs:, nfs4:, iscsi: and ssh:
 *
 * Only target.c uses this file.
 */
#ifndef FADUMP_CONFIG_SERVER_H
#define FADUMP_CONFIG_SERVER_H

#include "parts.h"

/* Copies the @bytes at @from to the store of @t, as its @part.  All parts of one target fit. */
void server_keep(struct target *t, enum target_part part, const char *from, size_t bytes);

/*
 * Fill the parts of @t, whose kind is set, from @place, and check them, except the path and the
 * directory.  Return NULL, or the error, a text that contains no part of @place.  server_nfs() is
 * also for nfs4:.
 *
 * nfs:    server:/path[:options]  server:/path,options  options:server:/path  //server[:port]/path
 * iscsi:  [user:password[:user:password]@]server:[protocol]:[port]:[lun]:name[;fs=/path]
 * ssh:    user@server:/path  //user@server[:port]/path
 */
const char *server_nfs(struct target *t, const char *place);
const char *server_iscsi(struct target *t, const char *place);
const char *server_ssh(struct target *t, const char *place);

#endif

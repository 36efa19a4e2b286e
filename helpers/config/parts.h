/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parts.h - the parts of a target of any kind
 */
#ifndef FADUMP_CONFIG_PARTS_H
#define FADUMP_CONFIG_PARTS_H

#include <stddef.h>

#define TARGET_BYTES	  4096u /* the longest target, with its NUL */
#define TARGET_PATH_BYTES 1000u /* the longest path, without its NUL */
#define TARGET_DISK_BYTES 1200u /* the longest name of a disk, without its NUL */

enum target_kind {
	TARGET_DIR,
	TARGET_FS,
	TARGET_RAW,
	TARGET_NFS,
	TARGET_NFS4,
	TARGET_ISCSI,
	TARGET_SSH,
	TARGET_RAM,
	TARGET_NONE,
	TARGET_KINDS
};

enum target_part {
	TARGET_DEVICE,	 /* fs, raw: /dev/..., UUID=, LABEL=, PARTUUID= or PARTLABEL= */
	TARGET_SERVER,	 /* nfs, nfs4, iscsi, ssh: IPv6 in brackets */
	TARGET_PATH,	 /* dir, fs, nfs, nfs4, ssh */
	TARGET_OPTIONS,	 /* fs, nfs, nfs4: mount options, separated by commas; may be "" */
	TARGET_USER,	 /* iscsi (may be ""), ssh */
	TARGET_PASSWORD, /* iscsi; may be "" */
	TARGET_USER_IN,	 /* iscsi: login of the target at the initiator (mutual CHAP); may be "" */
	TARGET_PASSWORD_IN, /* iscsi: password of TARGET_USER_IN; may be "" */
	TARGET_PORT,	    /* iscsi: default 3260; ssh: only if it is given */
	TARGET_LUN,	    /* iscsi; default 0 */
	TARGET_NAME,	    /* iscsi: name of the target on the server */
	TARGET_DIRECTORY,   /* iscsi: the directory after ;fs=; "": the dump is an archive */
	TARGET_PARTS
};

struct target {
	enum target_kind kind;
	const char *part[TARGET_PARTS]; /* in @store, or a constant ""; NULL: no such part */
	char store[2 * TARGET_BYTES];	/* the parts, one after the other */
	size_t used;			/* bytes of @store that are used */
};

#endif

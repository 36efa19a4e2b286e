// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * target.c - parse and check the text of a target
 * In: the text of one target.  Out: its parts, or the error; the text without passwords.
 * No system call, no allocation.
 * Does not know: keys, files, whether a disk or a server exists (server.c: names of servers).
 */
#include "target.h"

#include <stdbool.h>
#include <string.h>

#include "../util/boot.h"
#include "keys.h"
#include "server.h"

static const struct {
	const char *name, *form;
} kinds[TARGET_KINDS] = {
	[TARGET_DIR] = {"dir", "dir:/path"},
	[TARGET_FS] = {"fs",
		       "fs:DEVICE:/path[:options], DEVICE as /dev/..., UUID=, LABEL=, PARTUUID= or "
		       "PARTLABEL="},
	[TARGET_RAW] = {"raw", "raw:DEVICE, DEVICE as /dev/..., UUID=, LABEL=, PARTUUID= or "
			       "PARTLABEL="},
	[TARGET_NFS] = {"nfs", "nfs:server:/path[:options], nfs://server[:port]/path"},
	[TARGET_NFS4] = {"nfs4", "nfs4:server:/path[:options], nfs4://server[:port]/path"},
	[TARGET_ISCSI] = {"iscsi", "iscsi:[user:password[:user:password]@]server:[protocol]:"
				   "[port]:[lun]:name[;fs=/path]"},
	[TARGET_SSH] = {"ssh", "ssh:user@server:/path, ssh://user@server[:port]/path"},
	[TARGET_RAM] = {"ram", "ram:"},
	[TARGET_NONE] = {"none", "none"},
};

/* Returns the kind before the colon; TARGET_KINDS: unknown. */
static enum target_kind kind_of(const char *text)
{
	const size_t n = strcspn(text, ":");

	for (unsigned int kind = 0; kind < TARGET_KINDS; kind++)
		/* only "none" has no colon */
		if (strlen(kinds[kind].name) == n && memcmp(kinds[kind].name, text, n) == 0 &&
		    (kind == TARGET_NONE) == !text[n])
			return (enum target_kind)kind;
	return TARGET_KINDS;
}

const char *target_kind_name(enum target_kind kind)
{
	return kinds[kind].name;
}

const char *target_form(const char *text)
{
	const enum target_kind kind = kind_of(text);

	return kind == TARGET_KINDS ? keys_table[KEYS_TARGET].accepted : kinds[kind].form;
}

const char *target_part_name(enum target_part part)
{
	static const char *const name[TARGET_PARTS] = {
		[TARGET_DEVICE] = "device",   [TARGET_SERVER] = "server",
		[TARGET_PATH] = "path",	      [TARGET_OPTIONS] = "options",
		[TARGET_USER] = "user",	      [TARGET_PASSWORD] = "password",
		[TARGET_USER_IN] = "user_in", [TARGET_PASSWORD_IN] = "password_in",
		[TARGET_PORT] = "port",	      [TARGET_LUN] = "lun",
		[TARGET_NAME] = "name",	      [TARGET_DIRECTORY] = "dir",
	};

	return name[part];
}

static const char *check_path(const char *path)
{
	const size_t n = strlen(path);

	if ((path[0] == '/' && strstr(path, "/../")) || (n >= 3 && !strcmp(path + n - 3, "/..")))
		return "'..' is not allowed in a path";
	if (path[0] != '/')
		return "the path is not absolute";
	return n > TARGET_PATH_BYTES ? "the path is longer than 1000 bytes" : NULL;
}

static const char *check_device(const char *name)
{
	static const char *const tags[] = {"/dev/", "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL="};
	const size_t n = strlen(name);
	size_t tag = 0;

	if (strstr(name, ".."))
		return "'..' is not allowed in the name of a disk";
	while (tag < 5 && strncmp(name, tags[tag], strlen(tags[tag])) != 0)
		tag++;
	if (tag == 5)
		return "the disk is not /dev/..., UUID=, LABEL=, PARTUUID= or PARTLABEL=";
	if (n == strlen(tags[tag]) || name[n - 1] == '=')
		return "the name of the disk is missing";
	if ((tag == 1 || tag == 3) && strchr(name, '/'))
		return "the name of the disk has a '/'";
	return n > TARGET_DISK_BYTES ? "the name of the disk is longer than 1200 bytes" : NULL;
}

static const char *parse_dir(struct target *t, const char *place)
{
	const char *why;

	server_keep(t, TARGET_PATH, place, strlen(place));
	why = check_path(place);
	if (!why && boot_empties(place))
		why = "a directory below /proc, /sys, /dev, /run or /tmp is not persistent";
	return why;
}

/* Checks options for mount(8); "ro" is an error.  Returns NULL or the error. */
static const char *check_mount_options(const char *options)
{
	if (options[strspn(options, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_=.,:/@%+-")])
		return "the mount options have a character that is not allowed (allowed: letters, "
		       "digits and _=.,:/@%+-)";
	for (; *options; options += strspn(options, ",")) {
		const size_t n = strcspn(options, ",");

		if (n == 2 && strncmp(options, "ro", n) == 0)
			return "the option ro makes a dump impossible";
		options += n;
	}
	return NULL;
}

/* Parses DEVICE:/path[:options]; the text after the last colon is a part of the path if it is empty
 * or begins with '/'
 */
static const char *parse_fs(struct target *t, const char *place)
{
	const char *path = strstr(place, ":/"), *options = strrchr(place, ':');
	const char *why;

	if (!path)
		return "the directory is missing: fs:DEVICE:/path";
	if (options[1] == '/' || !options[1])
		options = place + strlen(place);
	server_keep(t, TARGET_DEVICE, place, (size_t)(path - place));
	server_keep(t, TARGET_PATH, path + 1, (size_t)(options - path - 1));
	options += *options == ':';
	server_keep(t, TARGET_OPTIONS, options, strlen(options));
	why = check_device(t->part[TARGET_DEVICE]);
	why = why ? why : check_path(t->part[TARGET_PATH]);
	return why ? why : check_mount_options(options);
}

static const char *parse_server(struct target *t, const char *place)
{
	const char *why;

	switch (t->kind) {
	case TARGET_ISCSI:
		why = server_iscsi(t, place);
		break;
	case TARGET_SSH:
		why = server_ssh(t, place);
		break;
	default:
		why = server_nfs(t, place);
	}
	if (!why && t->part[TARGET_PATH])
		why = check_path(t->part[TARGET_PATH]);
	/* a directory must follow ;fs= */
	if (!why && t->kind == TARGET_ISCSI && strstr(place, ";fs="))
		why = check_path(t->part[TARGET_DIRECTORY]);
	return why;
}

const char *target_parse(struct target *t, const char *text)
{
	const char *place = text + strcspn(text, ":");

	place += *place == ':';
	memset(t->part, 0, sizeof(t->part));
	t->used = 0;
	if (strlen(text) >= TARGET_BYTES)
		return "the target is longer than 4095 bytes";
	if (keys_has_control(text))
		return "the target has a control character";
	t->kind = kind_of(text);
	if (t->kind == TARGET_KINDS)
		return "the kind of target is not known";
	switch (t->kind) {
	case TARGET_DIR:
		return parse_dir(t, place);
	case TARGET_FS:
		return parse_fs(t, place);
	case TARGET_RAW:
		server_keep(t, TARGET_DEVICE, place, strlen(place));
		return check_device(place);
	case TARGET_RAM:
		return *place ? "nothing may follow ram:" : NULL;
	case TARGET_NONE:
		return NULL;
	default:
		return parse_server(t, place);
	}
}

char *target_mask(const char *text, char *out)
{
	const char *at = strncmp(text, "iscsi:", 6) == 0 ? strchr(text + 6, '@') : NULL;

	if (!at || at == text + 6)
		return strcpy(out, text);
	memcpy(out, "iscsi:***", 9);
	strcpy(out + 9, at);
	return out;
}

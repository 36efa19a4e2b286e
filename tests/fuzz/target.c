// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * target.c - fuzz the text of a target
 * In: the text.  A valid target has the parts of its kind, without control characters; a path is
 * absolute.  An invalid target has a reason.  The text that may be shown has no iSCSI login.
 */
#include "fuzz.h"

#include "config/keys.h"
#include "config/target.h"

static void check_good(const struct target *t)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "[]:.%_-";
	const char *path = t->part[TARGET_PATH], *server = t->part[TARGET_SERVER];

	promise(t->used <= sizeof(t->store));
	for (int i = 0; i < TARGET_PARTS; i++)
		promise(!t->part[i] || !keys_has_control(t->part[i]));
	promise(!path || (path[0] == '/' && !strstr(path, "/../")));
	promise(!server || (*server && *server != '-' && !server[strspn(server, safe)]));
	switch (t->kind) {
	case TARGET_NONE:
	case TARGET_RAM:
		promise(t->used == 0);
		break;
	case TARGET_DIR:
		promise(path && !server);
		break;
	case TARGET_FS:
		promise(path);
		/* fall through */
	case TARGET_RAW:
		promise(*t->part[TARGET_DEVICE] && !strstr(t->part[TARGET_DEVICE], ".."));
		break;
	case TARGET_ISCSI:
		promise(keys_number(t->part[TARGET_PORT], 1, 65535));
		promise(keys_number(t->part[TARGET_LUN], 0, 16383));
		promise(!*t->part[TARGET_DIRECTORY] || *t->part[TARGET_DIRECTORY] == '/');
		promise(*t->part[TARGET_NAME] && server);
		break;
	case TARGET_SSH:
		promise(*t->part[TARGET_USER] && *t->part[TARGET_USER] != '-' && path && server);
		break;
	default:
		promise(path && server && t->part[TARGET_OPTIONS]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	char *text = malloc(bytes + 1), *masked = malloc(bytes + 4);
	struct target *t = malloc(sizeof(*t));
	const char *why;

	promise(text && masked && t);
	memcpy(text, data, bytes);
	text[bytes] = '\0';
	why = target_parse(t, text);
	target_mask(text, masked);
	promise(*target_form(text));
	if (why) {
		promise(*why);
	} else {
		check_good(t);
		promise(t->kind != TARGET_ISCSI || !*t->part[TARGET_USER] ||
			strncmp(masked, "iscsi:***@", 10) == 0);
		fuzz_reached++;
	}
	free(t);
	free(masked);
	free(text);
	return 0;
}

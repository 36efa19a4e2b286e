// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * server.c - targets on a server: the text after nfs:, nfs4:, iscsi: and ssh:
 * In: the text after the kind.  Out: the parts of the target, or the error.  Sources:
 * dracut.cmdline(7) for all spellings of nfs: and iscsi:; RFC 2224 (nfs://), RFC 4173 (iscsi:, with
 * its defaults: port 3260, LUN 0); RFC 3720 for the iqn., eui. and naa. names.
 * No system call, no allocation.
 * Does not know: paths (target.c), whether a server exists.
 */
#include "server.h"

#include <stdbool.h>
#include <string.h>

#include "keys.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static const char NO_FORM[] = "the target does not have the form of its kind";

/* Text that does not end with a NUL. */
struct slice {
	const char *at;
	size_t bytes;
};

static struct slice between(const char *from, const char *to)
{
	return (struct slice){from, (size_t)(to - from)};
}

static const char *find(struct slice s, char c)
{
	return s.bytes ? memchr(s.at, c, s.bytes) : NULL;
}

static bool only(const char *text, const char *accepted)
{
	return text[strspn(text, accepted)] == '\0';
}

void server_keep(struct target *t, enum target_part part, const char *from, size_t bytes)
{
	char *to = t->store + t->used;

	memcpy(to, from, bytes);
	to[bytes] = '\0';
	t->part[part] = to;
	t->used += bytes + 1;
}

static void keep(struct target *t, enum target_part part, struct slice s)
{
	server_keep(t, part, s.at, s.bytes);
}

/* Checks a host name or an address; IPv6 in brackets.  Returns NULL or the error. */
static const char *check_server(const char *name)
{
	const char *end = strchr(name, ']');

	if (!*name)
		return "the server is missing";
	if (*name == '[')
		return end && !end[1] && end > name + 1 && only(name + 1, LETTERS ":.%_-]")
			       ? NULL
			       : "the server is not an address in brackets";
	return *name != '-' && only(name, LETTERS "._-")
		       ? NULL
		       : "the server is not a name or an address (IPv6 in brackets)";
}

/* Splits server[:port]/path, the text of a URL after // and user@ */
static void split_url(struct slice *server, struct slice *path, struct slice *port)
{
	const char *slash = find(*server, '/');
	const char *colon;

	*path = (struct slice){"", 0};
	if (slash) {
		*path = between(slash, server->at + server->bytes);
		*server = between(server->at, slash);
	}
	if (server->bytes && server->at[server->bytes - 1] == ':')
		server->bytes--;
	colon = find(*server, ':');
	if (server->bytes && server->at[0] == '[') {
		colon = find(*server, ']');
		colon = colon && colon + 1 < server->at + server->bytes && colon[1] == ':'
				? colon + 1
				: NULL;
	}
	if (colon) {
		*port = between(colon + 1, server->at + server->bytes);
		*server = between(server->at, colon);
	}
}

/* ---- nfs ------------------------------------------------------------------------------- */

/* Splits [options:]server:/path[:options]; a comma may replace the last colon */
static void split_mount(struct slice *server, struct slice *path, struct slice options[2])
{
	const char *end = server->at + server->bytes;
	const char *colon = strstr(server->at, ":/");
	const char *more;

	*path = (struct slice){"", 0};
	if (!colon) {
		server->bytes = 0;
		return;
	}
	*path = between(colon + 1, end);
	*server = between(server->at, colon);
	more = find(*server, ':');
	if (more && server->at[0] != '[') {
		options[0] = between(server->at, more);
		*server = between(more + 1, colon);
	}
	more = find(*path, ':');
	more = more ? more : find(*path, ',');
	if (more) {
		options[1] = between(more + 1, end);
		*path = between(path->at, more);
	}
}

/* True when @option is one of @options, which are separated by commas. */
static bool has_option(const char *options, const char *option)
{
	const size_t n = strlen(option);

	for (; options; options = strchr(options, ',')) {
		options += *options == ',';
		if (strncmp(options, option, n) == 0 && (!options[n] || options[n] == ','))
			return true;
	}
	return false;
}

/* True when @options request NFS version 2 or 3, in one of the spellings of nfs(5). */
static bool asks_for_old_version(const char *options)
{
	static const char *const old[] = {"vers=3", "nfsvers=3", "v3", "vers=2", "nfsvers=2", "v2"};

	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++)
		if (has_option(options, old[i]))
			return true;
	return false;
}

const char *server_nfs(struct target *t, const char *place)
{
	const bool url = strncmp(place, "//", 2) == 0;
	struct slice server = {place + (url ? 2 : 0), strlen(place) - (url ? 2 : 0)};
	struct slice path, port = {NULL, 0}, options[2] = {{"", 0}, {"", 0}};
	const char *why;
	size_t at;

	if (url)
		split_url(&server, &path, &port);
	else
		split_mount(&server, &path, options);
	keep(t, TARGET_SERVER, server);
	keep(t, TARGET_PATH, path);
	at = t->used;
	if (port.at) {
		server_keep(t, TARGET_OPTIONS, "port=", 5);
		t->used--;
		keep(t, TARGET_OPTIONS, port);
	} else {
		keep(t, TARGET_OPTIONS, options[0]);
		t->used--;
		if (options[0].bytes && options[1].bytes)
			t->store[t->used++] = ',';
		keep(t, TARGET_OPTIONS, options[1]);
	}
	t->part[TARGET_OPTIONS] = t->store + at;
	why = check_server(t->part[TARGET_SERVER]);
	if (!why && port.at && !keys_number(t->part[TARGET_OPTIONS] + 5, 1, 65535))
		why = "the port is not a number, 1 to 65535";
	if (!why && has_option(t->part[TARGET_OPTIONS], "ro"))
		why = "nothing can be saved with the option ro";
	if (!why && t->kind == TARGET_NFS4 && asks_for_old_version(t->part[TARGET_OPTIONS]))
		why = "an nfs4: target cannot use NFS version 2 or 3";
	if (!why && !only(t->part[TARGET_OPTIONS], LETTERS "_=.,:/@%+-"))
		why = "the options have a character that is not allowed";
	return why;
}

/* ---- iscsi ----------------------------------------------------------------------------- */

static bool is_iscsi_name(const char *text)
{
	return strncmp(text, "iqn.", 4) == 0 || strncmp(text, "eui.", 4) == 0 ||
	       strncmp(text, "naa.", 4) == 0;
}

/*
 * Split the text before the @: empty, user:password, or user:password:user:password, where the
 * second pair is the login of the target at the initiator.  Returns false for any other form.
 */
static bool split_login(struct target *t, struct slice login)
{
	const char *end = login.at + login.bytes, *at = login.at;
	unsigned int colons = 0;

	for (enum target_part p = TARGET_USER; p <= TARGET_PASSWORD_IN; p++)
		t->part[p] = "";
	if (!login.bytes)
		return true;
	for (const char *p = at; p < end; p++)
		colons += *p == ':';
	if (colons != 1 && colons != 3)
		return false;
	for (unsigned int i = 0; i <= colons; i++) {
		const char *colon = i < colons ? find(between(at, end), ':') : end;

		keep(t, TARGET_USER + i, between(at, colon));
		at = colon + 1;
	}
	return colons == 3 || (*t->part[TARGET_USER] && *t->part[TARGET_PASSWORD]);
}

/* Splits server:[protocol]:[port]:[lun]:name; the protocol is always TCP. */
static bool split_portal(struct target *t, struct slice place)
{
	const char *end = place.at + place.bytes;
	const char *colon = find(place, ':');
	struct slice field[3];

	if (place.bytes && place.at[0] == '[') {
		colon = find(place, ']');
		colon = colon && colon + 1 < end && colon[1] == ':' ? colon + 1 : NULL;
	}
	if (!colon)
		return false;
	keep(t, TARGET_SERVER, between(place.at, colon));
	for (unsigned int i = 0; i < 3; i++) {
		const char *at = colon + 1;

		colon = find(between(at, end), ':');
		if (!colon)
			return false;
		field[i] = between(at, colon);
	}
	keep(t, TARGET_PORT, field[1].bytes ? field[1] : (struct slice){"3260", 4});
	keep(t, TARGET_LUN, field[2].bytes ? field[2] : (struct slice){"0", 1});
	keep(t, TARGET_NAME, between(colon + 1, end));
	return is_iscsi_name(t->part[TARGET_NAME]);
}

const char *server_iscsi(struct target *t, const char *place)
{
	const char *dir = strstr(place, ";fs=");
	struct slice rest = {place, dir ? (size_t)(dir - place) : strlen(place)};
	const char *at = find(rest, '@');
	const char *why;

	/* an @ after the beginning of the name belongs to the name */
	for (const char *p = place; at && p < at; p++)
		if (*p == ':' && is_iscsi_name(p + 1))
			at = NULL;
	server_keep(t, TARGET_DIRECTORY, dir ? dir + 4 : "", dir ? strlen(dir + 4) : 0);
	if (!split_login(t, at ? between(place, at) : (struct slice){place, 0}))
		return NO_FORM;
	if (at)
		rest = between(at + 1, place + rest.bytes);
	if (!split_portal(t, rest))
		return NO_FORM;
	why = check_server(t->part[TARGET_SERVER]);
	if (!why && !keys_number(t->part[TARGET_PORT], 1, 65535))
		why = "the port is not a number, 1 to 65535";
	if (!why && !keys_number(t->part[TARGET_LUN], 0, 16383))
		why = "the LUN is not a number, 0 to 16383";
	if (!why && !only(t->part[TARGET_NAME], LETTERS ".:@_-"))
		why = "the iSCSI name has a character that is not allowed";
	return why;
}

/* ---- ssh ------------------------------------------------------------------------------- */

const char *server_ssh(struct target *t, const char *place)
{
	const bool url = strncmp(place, "//", 2) == 0;
	const char *user = place + (url ? 2 : 0);
	const char *path = strstr(user, url ? "/" : ":/");
	const char *at = path ? find(between(user, path), '@') : NULL;
	struct slice server, rest, port = {NULL, 0};
	const char *why;

	if (!at || at == user)
		return NO_FORM;
	if (url) {
		server = between(at + 1, path + strlen(path));
		split_url(&server, &rest, &port);
	} else {
		server = between(at + 1, path);
		rest = between(path + 1, path + strlen(path));
	}
	keep(t, TARGET_USER, between(user, at));
	keep(t, TARGET_SERVER, server);
	keep(t, TARGET_PATH, rest);
	if (*user == '-' || !only(t->part[TARGET_USER], LETTERS "._-"))
		return "the user has a character that is not allowed";
	why = check_server(t->part[TARGET_SERVER]);
	if (!why && port.at) {
		keep(t, TARGET_PORT, port);
		if (!keys_number(t->part[TARGET_PORT], 1, 65535))
			why = "the port is not a number, 1 to 65535";
	}
	return why;
}

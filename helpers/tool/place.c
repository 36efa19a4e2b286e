// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * place.c - print where the running system has a directory, as lines of text for the shell
 * In: a path.  Out: lines name=value.
 * Does not know: how mounts are found, or whether a file system is persistent (place/); the code
 * that makes the mount.
 */
#include "place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../config/disk.h"
#include "../config/keys.h"
#include "../place/lasting.h"
#include "../place/links.h"
#include "../place/mounts.h"
#include "../util/boot.h"
#include "settings.h"

static const char *error_text(int err)
{
	return err == -ELOOP	 ? "too many symbolic links"
	       : err == -EDEADLK ? "bind mounts whose sources are below each other"
				 : strerror(-err);
}

/* Print the error that @what has a control character, which could add lines to the output. */
static int control_character(const char *what)
{
	printf("error=%s has a control character\n", what);
	return SETTINGS_BAD;
}

static void print_disk(const char *source)
{
	char path[DISK_PATH_BYTES];

	if (strlen(source) < TARGET_DISK_BYTES)
		printf("disk=%s\n", disk_path(source, path));
}

static int print_pending(const struct later *l)
{
	if (keys_has_control(l->point) || keys_has_control(l->source) ||
	    keys_has_control(l->type) || keys_has_control(l->options) ||
	    keys_has_control(l->origin))
		return control_character("a mount at or above this directory");
	printf("mount=%s\norigin=%s\n", l->point, l->origin);
	if (l->why[0]) {
		printf("why=%s\n", l->why);
		return SETTINGS_GOOD;
	}
	printf("source=%s\ntype=%s\noptions=%s\n", l->source, l->bind ? "bind" : l->type,
	       l->options);
	if (!l->bind)
		print_disk(l->source);
	return SETTINGS_GOOD;
}

int place_print(const struct place_system *system, const char *path)
{
	struct later *l = malloc(sizeof(*l));
	int err, status = SETTINGS_GOOD;

	if (!l) {
		puts("error=no memory");
		return SETTINGS_READ;
	}
	err = later_find(system, path, l);
	if (err && l->unread.err) {
		printf("error=%s cannot be read (%s), so the mounts of the running system are "
		       "unknown\n",
		       l->unread.name, error_text(err));
		status = SETTINGS_BAD;
	} else if (err) {
		printf("error=%s\n", error_text(err));
		status = SETTINGS_BAD;
	} else if (keys_has_control(l->path)) {
		status = control_character("the directory");
	} else if (boot_empties(l->path)) {
		printf("error=%s is not persistent\n", l->path);
		status = SETTINGS_BAD;
	} else {
		printf("path=%s\n", l->path);
		if (l->pending)
			status = print_pending(l);
	}
	free(l);
	return status;
}

static void print_lasting(bool yes, char *why)
{
	if (yes) {
		puts("lasting=yes");
		return;
	}
	for (char *p = why; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	printf("lasting=no\nwhy=%s\n", why);
}

int place_print_lasting(const char *root, const char *tree, const char *path)
{
	char real[PATH_MAX], full[2 * PATH_MAX], why[LASTING_BYTES];
	const int err = links_follow(tree, path, real);
	struct mount *m = malloc(sizeof(*m));
	struct stat st;

	if (err || !m) {
		printf("error=%s\n", err ? error_text(err) : "no memory");
		free(m);
		return SETTINGS_BAD;
	}
	snprintf(full, sizeof(full), "%s%s", tree, strcmp(real, "/") == 0 && *tree ? "" : real);
	if (stat(full, &st) == 0 && S_ISBLK(st.st_mode)) {
		print_lasting(lasting_device(root, full, why), why);
	} else {
		print_lasting(lasting(root, full, why), why);
		if (mounts_of(root, full, m) == 0 && !keys_has_control(m->point) &&
		    !keys_has_control(m->options))
			printf("point=%s\noptions=%s\n", m->point, m->options);
	}
	free(m);
	return SETTINGS_GOOD;
}

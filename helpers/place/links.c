// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * links.c - follow symbolic links of a system that is mounted below a directory
 * In: the directory, a path.  Out: the path without symbolic links.
 * Does not know: mounts.
 */
#include "links.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40

/* Inserts @target, the text of a link, before @rest, the components that are still to be followed.
 * Returns 0 or -ENAMETOOLONG. */
static int put_in_front(char rest[PATH_MAX], const char *target)
{
	char joined[PATH_MAX];
	const int n = snprintf(joined, sizeof(joined), "%s/%s", target, rest);

	if (n < 0 || (size_t)n >= sizeof(joined))
		return -ENAMETOOLONG;
	memcpy(rest, joined, (size_t)n + 1);
	return 0;
}

/* Moves the first component of @rest to @component; "" at the end.  Returns 0 or -ENAMETOOLONG. */
static int next_component(char rest[PATH_MAX], char component[NAME_MAX + 1])
{
	const size_t skip = strspn(rest, "/"), n = strcspn(rest + skip, "/");

	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(component, rest + skip, n);
	component[n] = '\0';
	memmove(rest, rest + skip + n, strlen(rest + skip + n) + 1);
	return 0;
}

static int append(char out[PATH_MAX], const char *component)
{
	const size_t used = strlen(out), bytes = strlen(component);

	if (used + bytes + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	out[used] = '/';
	memcpy(out + used + 1, component, bytes + 1);
	return 0;
}

static void remove_last(char out[PATH_MAX])
{
	char *slash = strrchr(out, '/');

	if (slash)
		*slash = '\0';
}

/* Copies the text of the link @tree@path to @target.  Returns 1; 0 if it is missing or not a link;
 * or -errno. */
static int read_link(const char *tree, const char *path, char target[PATH_MAX])
{
	char name[2 * PATH_MAX];
	ssize_t n;

	snprintf(name, sizeof(name), "%s%s", tree, path);
	n = readlink(name, target, PATH_MAX);
	if (n < 0)
		return errno == EINVAL || errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	if (n == PATH_MAX)
		return -ENAMETOOLONG;
	target[n] = '\0';
	return 1;
}

/* Appends @component to @out; if it is a link, inserts its text before @rest instead.  Returns 0 or
 * -errno. */
static int enter(const char *tree, const char *component, char rest[PATH_MAX], char out[PATH_MAX],
		 int *links)
{
	char target[PATH_MAX];
	int err = append(out, component);

	if (err)
		return err;
	err = read_link(tree, out, target);
	if (err <= 0)
		return err;
	if (++*links > LINKS_MAX)
		return -ELOOP;
	if (target[0] == '/')
		out[0] = '\0';
	else
		remove_last(out);
	return put_in_front(rest, target);
}

int links_follow(const char *tree, const char *path, char out[PATH_MAX])
{
	char rest[PATH_MAX], component[NAME_MAX + 1];
	int links = 0, err = 0;

	if (strlen(path) >= PATH_MAX || strlen(tree) >= PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(rest, path);
	out[0] = '\0';
	while (!err) {
		err = next_component(rest, component);
		if (err || !component[0])
			break;
		if (strcmp(component, "..") == 0)
			remove_last(out);
		else if (strcmp(component, ".") != 0)
			err = enter(tree, component, rest, out, &links);
	}
	if (!out[0])
		strcpy(out, "/");
	return err;
}

void links_file(const char *tree, const char *path, char out[2 * PATH_MAX])
{
	char real[PATH_MAX];

	if (links_follow(tree, path, real) != 0)
		snprintf(real, sizeof(real), "%s", path);
	snprintf(out, 2 * PATH_MAX, "%s%s", tree, real);
}

bool links_exist(const char *tree, const char *path)
{
	const char *name = strrchr(path, '/');
	char folder[PATH_MAX], file[2 * PATH_MAX];
	struct stat st;

	snprintf(folder, sizeof(folder), "%.*s", (int)(name - path), path);
	links_file(tree, folder, file);
	strncat(file, name, sizeof(file) - strlen(file) - 1);
	return lstat(file, &st) == 0;
}

bool links_below(const char *above, const char *path)
{
	const size_t n = strlen(above);

	if (strcmp(above, "/") == 0)
		return true;
	return strncmp(above, path, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

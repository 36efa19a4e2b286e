/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory.h - a temporary directory for the tests of a file
 *
 * make_directory() and remove_directory() are the setup and the teardown of a group: the tests run
 * in the directory, which is in memory where possible.
 */
#ifndef TESTS_UNIT_DIRECTORY_H
#define TESTS_UNIT_DIRECTORY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64];

static int make_directory(void **state)
{
	(void)state;
	umask(022);
	strcpy(directory,
	       access("/dev/shm", W_OK) == 0 ? "/dev/shm/unit-XXXXXX" : "/tmp/unit-XXXXXX");
	return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int remove_directory(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", directory);
	return chdir("/") || system(command);
}

#endif

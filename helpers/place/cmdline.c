// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmdline.c - read the words of the kernel command line about mounts
 * In: /proc/cmdline.  Out: the values of the words.
 * Does not know: the effect of a word on a path.
 *
 * Rules: kernel-command-line(7), systemd-fstab-generator(8) of systemd 257.
 */
#include "cmdline.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../util/parse.h"
#include "../util/words.h"

/* systemd treats "-" and "_" in a name as equal (proc_cmdline_key_streq()). */
static void with_underscores(char *word)
{
	for (char *p = word; *p && *p != '='; p++)
		if (*p == '-')
			*p = '_';
}

static bool is_no(const char *value)
{
	static const char *const words[] = {"0", "no", "n", "false", "f", "off"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(value, words[i]) == 0)
			return true;
	return false;
}

static void take_word(struct cmdline *w, char *word)
{
	with_underscores(word);
	if (parse_begins(word, "systemd.volatile="))
		w->volatile_mode = word + strlen("systemd.volatile=");
	else if (strcmp(word, "systemd.volatile") == 0)
		w->volatile_mode = "yes";
	else if (parse_begins(word, "ostree=") && !w->ostree) /* ostree uses the first one */
		w->ostree = word + strlen("ostree=");
	else if (parse_begins(word, "fstab="))
		w->no_fstab = is_no(word + strlen("fstab="));
	else if (parse_begins(word, "systemd.gpt_auto="))
		w->no_gpt = is_no(word + strlen("systemd.gpt_auto="));
	else if (parse_begins(word, "systemd.mask="))
		w->mask[w->masks++] = word + strlen("systemd.mask=");
	else if (parse_begins(word, "systemd.mount_extra="))
		w->extra[w->extras++] = word + strlen("systemd.mount_extra=");
}

int cmdline_read(const struct place_system *system, struct cmdline *w)
{
	char file[PATH_MAX], *line = w->text, *word;
	FILE *f;
	size_t n;
	int err = 0;

	memset(w, 0, sizeof(*w));
	snprintf(file, sizeof(file), "%s/proc/cmdline", system->root);
	f = fopen(file, "re");
	if (!f)
		return -errno;
	n = fread(w->text, 1, sizeof(w->text) - 1, f);
	if (ferror(f))
		err = -EIO;
	else if (n == sizeof(w->text) - 1)
		err = -E2BIG;
	fclose(f);
	while (words_next(&line, &word))
		take_word(w, word);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * encoder.c - which codecs there are, and choosing one
 * In: what the user wrote.  Out: a codec and a level, or why not.
 * Does not know: how any of them works.
 */
#include "encoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/parse.h"

#define LEVEL_MAX 99 /* above every codec's, so that a sum of digits cannot overflow */

/* best first; none is always built in */
static const struct encoder *const encoders[] = {
	&zstd_encoder,
	&lzo_encoder,
	&zlib_encoder,
	&none_encoder,
};

#define NR_ENCODERS (sizeof(encoders) / sizeof(encoders[0]))

static const struct encoder *find(const char *name, size_t length)
{
	for (size_t i = 0; i < NR_ENCODERS; i++)
		if (strlen(encoders[i]->name) == length &&
		    memcmp(encoders[i]->name, name, length) == 0)
			return encoders[i];
	return NULL;
}

/* @text is all of a level of @e; 0 is none: libraries give it a meaning of their own. */
static bool parse_level(const char *text, const struct encoder *e, int *level)
{
	const bool minus = text[0] == '-';
	uint64_t n;

	if (!parse_u64(text + minus, 10, LEVEL_MAX, &n) || n == 0)
		return false;
	*level = minus ? -(int)n : (int)n;
	return *level >= e->level_min && *level <= e->level_max;
}

static void say_unknown(const char *text, size_t length, char why[ENCODER_WHY_BYTES])
{
	int n = snprintf(why, ENCODER_WHY_BYTES, "no codec is called '%.*s', there are",
			 length > 40 ? 40 : (int)length, text);

	for (size_t i = 0; i < NR_ENCODERS; i++)
		if (encoders[i]->open)
			n += snprintf(why + n, ENCODER_WHY_BYTES - (size_t)n, " %s",
				      encoders[i]->name);
}

bool encoder_parse(const char *text, struct encoder_choice *choice, char why[ENCODER_WHY_BYTES])
{
	const char *colon = strchr(text, ':');
	const size_t length = colon ? (size_t)(colon - text) : strlen(text);
	const struct encoder *e = find(text, length);
	int level = e ? e->level_default : 0;

	if (!e) {
		say_unknown(text, length, why);
		return false;
	}
	if (!e->open) {
		snprintf(why, ENCODER_WHY_BYTES, "%s is not built into this program", e->name);
		return false;
	}
	if (colon && !e->level_max) {
		snprintf(why, ENCODER_WHY_BYTES, "%s has no levels", e->name);
		return false;
	}
	if (colon && !parse_level(colon + 1, e, &level)) {
		snprintf(why, ENCODER_WHY_BYTES, "%s has levels %d to %d%s, not '%.40s'", e->name,
			 e->level_min, e->level_max, e->level_min < 0 ? " but 0" : "", colon + 1);
		return false;
	}
	*choice = (struct encoder_choice){e, level};
	return true;
}

struct encoder_choice encoder_default(void)
{
	size_t i = 0;

	while (!encoders[i]->open)
		i++;
	return (struct encoder_choice){encoders[i], encoders[i]->level_default};
}

void *encoder_claim(size_t bytes)
{
	void *memory = malloc(bytes);

	/* not with zeros: compilers make that a calloc(), which touches nothing */
	if (memory)
		memset(memory, 0xa5, bytes);
	return memory;
}

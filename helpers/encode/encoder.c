// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * encoder.c - the list of codecs, and the choice of one
 * In: the text of the user.  Out: a codec and a level, or an error.
 * Does not know: how a codec works.
 */
#include "encoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/parse.h"

#define LEVEL_MAX 99 /* above the levels of all codecs, and small enough for an int */

/* best first; the codec "none" is always built in */
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

/*
 * True when @text is a level of @e, which is stored in *@level.  0 is not a level, because
 * libraries give 0 different meanings.
 */
static bool parse_level(const char *text, const struct encoder *e, int *level)
{
	const bool minus = text[0] == '-';
	uint64_t n;

	if (!parse_u64(text + minus, 10, LEVEL_MAX, &n) || n == 0)
		return false;
	*level = minus ? -(int)n : (int)n;
	return *level >= e->level_min && *level <= e->level_max;
}

const char *encoder_name(unsigned int i)
{
	for (size_t at = 0; at < NR_ENCODERS; at++)
		if (encoders[at]->open && i-- == 0)
			return encoders[at]->name;
	return NULL;
}

static void say_unknown(const char *text, size_t length, char why[ENCODER_WHY_BYTES])
{
	const char *name;
	int n = snprintf(why, ENCODER_WHY_BYTES,
			 "unknown codec '%.*s', built in:", length > 40 ? 40 : (int)length, text);

	for (unsigned int i = 0; (name = encoder_name(i)) && n < ENCODER_WHY_BYTES; i++)
		n += snprintf(why + n, ENCODER_WHY_BYTES - (size_t)n, " %s", name);
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

	/*
	 * not with zeros: compilers turn malloc() and memset() to 0 into calloc(), which does not
	 * touch the memory
	 */
	if (memory)
		memset(memory, 0xa5, bytes);
	return memory;
}

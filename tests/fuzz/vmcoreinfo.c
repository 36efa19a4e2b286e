// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmcoreinfo.c - fuzz VMCOREINFO, the text in which the crashed kernel describes itself
 * In: the text.  Every key of the text is looked up, and a second parser checks each value.
 */
#include "fuzz.h"

#include <inttypes.h>

#define OUT_BYTES 24u /* shorter than some values, so that "too long" is tested as well */

/* Returns the value of the first line "@key=...", by a plain search; NULL if there is none. */
static const char *find(const struct vmcoreinfo *info, const char *key, size_t *bytes)
{
	const char *at = info->text, *end = info->text + info->bytes, *eol;
	char words[128];
	const size_t len = (size_t)snprintf(words, sizeof(words), "%s=", key);

	while ((at = memmem(at, (size_t)(end - at), words, len))) {
		at += len;
		if (at - len == info->text || at[-(ptrdiff_t)len - 1] == '\n') {
			eol = memchr(at, '\n', (size_t)(end - at));
			*bytes = (size_t)((eol ? eol : end) - at);
			return at;
		}
	}
	return NULL;
}

/* True if the digits of @n are those of @value without leading zeros. */
static bool same_number(const char *value, size_t bytes, bool hex, uint64_t n)
{
	char text[32];

	while (bytes > 1 && *value == '0') {
		value++;
		bytes--;
	}
	snprintf(text, sizeof(text), hex ? "%" PRIx64 : "%" PRIu64, n);
	return strlen(text) == bytes && strncasecmp(text, value, bytes) == 0;
}

static void ask(const struct vmcoreinfo *info, const char *key)
{
	char *out = malloc(OUT_BYTES), kind[128], *name;
	size_t bytes = 0;
	const char *value = find(info, key, &bytes);
	uint64_t n;
	int64_t i;

	promise(out);
	if (vmcoreinfo_text(info, key, out, OUT_BYTES)) {
		promise(value && bytes < OUT_BYTES);
		promise(memcmp(out, value, bytes) == 0 && out[bytes] == '\0');
	} else {
		promise(!value || bytes >= OUT_BYTES || memchr(value, '\0', bytes));
	}
	free(out);

	snprintf(kind, sizeof(kind), "%s", key);
	name = strchr(kind, '(');
	if (name && kind[strlen(kind) - 1] == ')') {
		kind[strlen(kind) - 1] = '\0';
		*name++ = '\0';
	} else {
		name = NULL;
	}
	if (vmcoreinfo_number(info, kind, name, &n)) {
		promise(value && same_number(value, bytes, strcmp(kind, "SYMBOL") == 0, n));
		fuzz_reached++;
	}
	if (vmcoreinfo_signed(info, kind, name, &i)) {
		promise(value && bytes > 0);
		n = i < 0 ? -(uint64_t)i : (uint64_t)i;
		promise(same_number(value + (*value == '-'), bytes - (*value == '-'), false, n));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	const struct vmcoreinfo info = {fuzz_copy(data, bytes), bytes};
	const char *at = info.text, *end = info.text + bytes;
	char key[100];

	ask(&info, "");
	ask(&info, "PAGESIZE");
	while (at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		const size_t line = (size_t)((eol ? eol : end) - at);
		const char *equals = memchr(at, '=', line);
		const size_t len = equals ? (size_t)(equals - at) : line;

		if (len < sizeof(key)) {
			memcpy(key, at, len);
			key[len] = '\0';
			ask(&info, key);
		}
		at += line + 1;
	}
	free((char *)info.text);
	return 0;
}

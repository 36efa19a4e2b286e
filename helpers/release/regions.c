// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * regions.c - parse /sys/kernel/release_region of a phyp-assisted dump
 * In: the text, which may be invalid.  Out: disjoint pieces of memory that do not wrap around.
 * No system call.
 * Does not know: files, pages, when memory is released.
 */
#include "regions.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static const char wrong_text[] = "has text that is not a range of memory";

struct pair {
	uint64_t at, bytes;
};

/* The pairs of DUMP, and the sum of the lengths of all other pairs. */
struct pairs {
	struct pair pair[REGIONS_MAX];
	unsigned int nr;
	bool seen; /* DUMP was found */
	uint64_t other_bytes;
};

struct text {
	const char *at, *end;
};

static bool is_between(char c)
{
	return isspace((unsigned char)c) || c == ':' || c == ',' || c == '/' || c == '\\';
}

static void skip_between(struct text *t)
{
	while (t->at < t->end && is_between(*t->at))
		t->at++;
}

/* Parse a hexadecimal number of at most 64 bits, with or without 0x. */
static bool take_number(struct text *t, uint64_t *number)
{
	unsigned int digits = 0;

	if (t->end - t->at > 2 && t->at[0] == '0' && (t->at[1] == 'x' || t->at[1] == 'X'))
		t->at += 2;
	for (*number = 0; t->at < t->end && isxdigit((unsigned char)*t->at); t->at++, digits++) {
		const char c = *t->at;

		if (*number >> 60)
			return false;
		*number = *number << 4 | (unsigned int)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return digits > 0;
}

static bool take_pair(struct text *t, struct pair *p)
{
	if (!take_number(t, &p->at) || t->at == t->end || *t->at++ != '-' ||
	    !take_number(t, &p->bytes))
		return false;
	return (t->at == t->end || is_between(*t->at)) && p->bytes <= UINT64_MAX - p->at;
}

/* Parse "NAME:".  False: the text does not begin with a name and a colon. */
static bool take_name(struct text *t, bool *is_dump)
{
	static const char dump[] = "DUMP";
	const char *end = t->at;

	while (end < t->end && isalpha((unsigned char)*end))
		end++;
	if (end == t->at || end == t->end || *end != ':')
		return false;
	*is_dump = end - t->at == sizeof(dump) - 1 && memcmp(t->at, dump, sizeof(dump) - 1) == 0;
	t->at = end;
	return true;
}

static const char *take_all(struct pairs *all, struct text t)
{
	bool is_dump = false, named = false;
	struct pair p;

	for (skip_between(&t); t.at < t.end; skip_between(&t)) {
		if (take_name(&t, &is_dump)) {
			if (is_dump && all->seen)
				return "has the section DUMP twice";
			named = true;
			all->seen |= is_dump;
			continue;
		}
		if (!named || !take_pair(&t, &p))
			return wrong_text;
		if (!is_dump) {
			if (p.bytes > UINT64_MAX - all->other_bytes)
				return wrong_text;
			all->other_bytes += p.bytes;
		} else if (all->nr == REGIONS_MAX) {
			return "has more than 8 ranges in DUMP";
		} else {
			all->pair[all->nr++] = p;
		}
	}
	return NULL;
}

/*
 * Add the firmware's copies, which are all pairs of DUMP except the last.  Together, in their
 * order, they contain the memory from address 0 to *@low_bytes.  Returns NULL, or the error as a
 * static text.
 */
static const char *add_copies(struct regions *r, const struct pairs *all, uint64_t *low_bytes)
{
	*low_bytes = 0;
	r->copies_bytes = all->other_bytes;
	for (unsigned int i = 0; i + 1 < all->nr; i++) {
		const struct pair *p = &all->pair[i];

		if (!p->bytes)
			continue;
		for (unsigned int j = 0; j < r->nr; j++)
			if (p->at < r->piece[j].at + r->piece[j].bytes &&
			    r->piece[j].at < p->at + p->bytes)
				return "has overlapping copies in DUMP";
		if (p->bytes > UINT64_MAX - r->copies_bytes)
			return wrong_text;
		r->piece[r->nr++] = (struct regions_piece){*low_bytes, p->at, p->bytes};
		*low_bytes += p->bytes;
		r->copies_bytes += p->bytes;
	}
	r->nr_copies = r->nr;
	return NULL;
}

/* Add the memory from @at to @end, without the parts that contain copies, in ascending order. */
static void add_place(struct regions *r, uint64_t at, uint64_t end)
{
	while (at < end) {
		const struct regions_piece *next = NULL;
		uint64_t stop = end;

		for (unsigned int i = 0; i < r->nr_copies; i++) {
			const struct regions_piece *c = &r->piece[i];

			if (c->at < end && c->at + c->bytes > at && (!next || c->at < next->at))
				next = c;
		}
		if (next)
			stop = next->at;
		if (stop > at)
			r->piece[r->nr++] = (struct regions_piece){at, at, stop - at};
		at = next ? next->at + next->bytes : end;
	}
}

const char *regions_parse(struct regions *r, const char *text, size_t bytes)
{
	struct pairs all = {.nr = 0};
	const struct pair *last;
	uint64_t low_bytes;
	const char *wrong;

	memset(r, 0, sizeof(*r));
	wrong = take_all(&all, (struct text){text, text + bytes});
	if (wrong)
		return wrong;
	if (!all.nr)
		return "has no range in DUMP";
	last = &all.pair[all.nr - 1];
	wrong = add_copies(r, &all, &low_bytes);
	if (wrong)
		return wrong;
	r->held_at = last->at;
	r->place_bytes = last->bytes;
	add_place(r, last->at > low_bytes ? last->at : low_bytes, last->at + last->bytes);
	return r->nr == r->nr_copies ? "has no memory in place" : NULL;
}

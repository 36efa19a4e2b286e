// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * source.c - the memory that a dump was made from: an ELF64 core, or an image
 * In: a file.  Out: its memory by physical addresses, its notes, and those values of the notes that
 * the headers of a dump contain.
 * Does not know: the dump.
 */
#include "cmpdump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LKCD_TIME 1045526175 /* the time of the crash, as in mklkcd */

static int by_paddr(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return x->paddr < y->paddr ? -1 : x->paddr > y->paddr;
}

static void read_loads(struct source *s)
{
	const struct elf64 *core = &s->core;

	s->extents = calloc(core->nr + 1, sizeof(*s->extents));
	for (uint64_t i = elf64_next(core, 0, PT_LOAD); i < core->nr;
	     i = elf64_next(core, i + 1, PT_LOAD)) {
		struct extent *e = &s->extents[s->nr_extents];

		if (!elf64_field(core, i, P_FILESZ))
			continue;
		e->paddr = elf64_field(core, i, P_PADDR);
		e->end = e->paddr + elf64_field(core, i, P_FILESZ);
		e->data = elf64_segment(core, i);
		s->nr_extents++;
	}
	qsort(s->extents, s->nr_extents, sizeof(*s->extents), by_paddr);
}

static void read_notes(struct source *s)
{
	const struct elf64 *core = &s->core;

	s->notes = malloc(core->bytes);
	for (uint64_t i = elf64_next(core, 0, PT_NOTE); i < core->nr;
	     i = elf64_next(core, i + 1, PT_NOTE)) {
		memcpy(s->notes + s->notes_bytes, elf64_segment(core, i),
		       elf64_field(core, i, P_FILESZ));
		s->notes_bytes += elf64_field(core, i, P_FILESZ);
	}
}

static void look_at_notes(struct source *s)
{
	struct elf64 n = {
		.name = "notes", .at = s->notes, .bytes = s->notes_bytes, .big = s->core.big};
	uint64_t at = 0;

	while (at + 12 <= n.bytes) {
		const uint64_t name = elf64_get(&n, at, 4), desc = elf64_get(&n, at + 4, 4);
		const uint64_t text = at + 12 + (name + 3) / 4 * 4;

		if (text > n.bytes || desc > n.bytes - text)
			break;
		if (name == 5 && memcmp(n.at + at + 12, "CORE", 5) == 0)
			s->nr_cpus += elf64_get(&n, at + 8, 4) == NT_PRSTATUS;
		if (name == 11 && memcmp(n.at + at + 12, "VMCOREINFO", 11) == 0) {
			s->info_at = text;
			s->info_bytes = desc;
		}
		at = text + (desc + 3) / 4 * 4;
	}
}

/* Returns the decimal value of @key in VMCOREINFO; @otherwise if it is missing or out of range. */
static int64_t info_number(const char *info, const char *key, int64_t otherwise)
{
	const size_t length = strlen(key);

	errno = 0;
	for (const char *at = info; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
		if (strncmp(at, key, length) == 0 && at[length] == '=') {
			const int64_t v = strtoll(at + length + 1, NULL, 10);

			return errno == ERANGE ? otherwise : v;
		}
	return otherwise;
}

static const char *machine_name(const struct elf64 *core)
{
	switch (elf64_get(core, 18, 2)) {
	case EM_X86_64:
		return "x86_64";
	case EM_PPC64:
		return core->big ? "ppc64" : "ppc64le";
	case EM_AARCH64:
		return "aarch64";
	default:
		return "unknown";
	}
}

static void open_core(struct source *s, const char *name)
{
	char *info;

	elf64_open(&s->core, name);
	read_loads(s);
	read_notes(s);
	look_at_notes(s);
	info = strndup((const char *)s->notes + s->info_at, s->info_bytes);
	s->page = (uint64_t)info_number(info, "PAGESIZE", sysconf(_SC_PAGESIZE));
	if (s->page < 4096 || s->page > PAGE_MAX || s->page & (s->page - 1))
		s->page = (uint64_t)sysconf(_SC_PAGESIZE);
	s->crash_s = info_number(info, "CRASHTIME", 0);
	s->phys_base = info_number(info, "NUMBER(phys_base)", 0);
	s->machine = machine_name(&s->core);
	free(info);
}

static void open_image(struct source *s, const char *name, const struct options *o)
{
	uint64_t half;

	s->core.name = name;
	s->core.at = map_file(name, o->page, &s->core.bytes);
	s->core.big = o->big;
	s->page = o->page;
	s->crash_s = LKCD_TIME;
	s->machine = o->machine;
	half = s->core.bytes / s->page / 2 * s->page;
	s->extents = calloc(2, sizeof(*s->extents));
	s->extents[0] = (struct extent){0, half, s->core.at};
	s->extents[1] = (struct extent){half + o->gap * s->page, s->core.bytes + o->gap * s->page,
					s->core.at + half};
	s->nr_extents = 2;
}

void source_open(struct source *s, const char *name, const struct options *o)
{
	if (o->image)
		open_image(s, name, o);
	else
		open_core(s, name);
	for (size_t i = 0; i < s->nr_extents; i++) {
		const uint64_t end = (s->extents[i].end + s->page - 1) / s->page;

		if (end > s->max_pfn)
			s->max_pfn = end;
	}
}

bool source_page(struct source *s, uint64_t pfn, uint8_t *out)
{
	const uint64_t from = pfn * s->page, to = from + s->page;
	bool any = false;

	memset(out, 0, s->page);
	while (s->first < s->nr_extents && s->extents[s->first].end <= from)
		s->first++;
	for (size_t i = s->first; i < s->nr_extents && s->extents[i].paddr < to; i++) {
		const struct extent *e = &s->extents[i];
		const uint64_t a = e->paddr > from ? e->paddr : from;
		const uint64_t b = e->end < to ? e->end : to;

		if (a >= b)
			continue;
		memcpy(out + (a - from), e->data + (a - e->paddr), b - a);
		any = true;
	}
	return any;
}

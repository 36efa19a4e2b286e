// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * selection.c - the filter, looking at the dump it filters
 * In: a vmcore, a dump level, chunks.  Out: drop bits; a word on what could not be filtered.
 * Does not know: the rules (filter/); what is done with a page.
 *
 * The filter reads memory of the dead kernel, which may not be readable: everything that looks
 * runs under sigbus_run(), and what was not come to is kept.
 */
#include "selection.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "source/vmcore.h"
#include "util/log.h"
#include "util/sigbus.h"

static const char unreadable[] = "page structs lie in memory that cannot be read";

/* Keep the first reason, say each. */
static void say(struct selection *s, const char *why)
{
	if (!s->why)
		s->why = why;
	log_line("%s: %s; such pages are kept", s->peek.src->name, why);
}

static void say_new_reasons(struct selection *s)
{
	const char *why;

	while ((why = filter_why(&s->filter, s->said))) {
		s->said++;
		say(s, why);
	}
}

/* What readers must know even of a kernel whose own words cannot be read. */
static void complete_uts(struct utsname_dead *uts, const struct vmcore *src)
{
	static const struct {
		uint16_t machine;
		const char *name; /* as the kernel's UTS_MACHINE has it */
	} names[] = {
		{EM_X86_64, "x86_64"}, {EM_AARCH64, "aarch64"}, {EM_PPC64, "ppc64"},
		{EM_S390, "s390x"},    {EM_RISCV, "riscv64"},
	};
	const bool little = src->core.ident[EI_DATA] == ELFDATA2LSB;
	const char *name = "unknown";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].machine == src->core.machine)
			name = names[i].name;
	if (src->core.machine == EM_PPC64 && little)
		name = "ppc64le";
	if (!uts->sysname[0])
		snprintf(uts->sysname, sizeof(uts->sysname), "Linux");
	if (!uts->machine[0])
		snprintf(uts->machine, sizeof(uts->machine), "%s", name);
	if (!uts->release[0])
		vmcoreinfo_text(&src->info, "OSRELEASE", uts->release, sizeof(uts->release));
}

struct learning {
	struct selection *s;
	unsigned int level;
};

static void learn(void *arg)
{
	const struct learning *l = arg;
	struct selection *s = l->s;
	const struct vmcore *src = s->peek.src;

	vtop_init(&s->vtop, &s->peek.memory, &src->info, src->core.machine, src->page_bytes,
		  src->phdrs, src->core.nr_phdrs);
	filter_init(&s->filter, l->level, &s->vtop, &src->info, src->page_bytes);
	utsname_read(&s->uts, &s->vtop, &src->info);
}

int selection_open(struct selection *s, const struct vmcore *src, unsigned int level)
{
	struct learning l = {.s = s, .level = level};
	int err;

	memset(s, 0, sizeof(*s));
	err = peek_open(&s->peek, src);
	if (err)
		return err;
	s->usable = sigbus_run(learn, &l);
	if (s->usable)
		say_new_reasons(s);
	else if (level > FILTER_ZERO)
		say(s, unreadable);
	complete_uts(&s->uts, src);
	return 0;
}

struct marking {
	struct selection *s;
	struct chunk *c;
};

static void mark(void *arg)
{
	const struct marking *m = arg;

	filter_mark(&m->s->filter, m->c);
}

void selection_mark(struct selection *s, struct chunk *c)
{
	struct marking m = {s, c};

	if (!s->usable || sigbus_run(mark, &m))
		return;
	if (s->filter.asked > FILTER_ZERO && !s->said_unreadable)
		say(s, unreadable);
	s->said_unreadable = true;
}

void selection_finish(struct selection *s)
{
	if (!s->usable)
		return;
	filter_finish(&s->filter);
	say_new_reasons(s);
}

void selection_close(struct selection *s)
{
	s->usable = false;
	vtop_free(&s->vtop);
	peek_close(&s->peek);
}

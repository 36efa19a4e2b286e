// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * page_filter.c - the filter of one vmcore
 * In: a vmcore, a dump level, chunks.  Out: drop bits, the utsname; a log line if pages cannot be
 * filtered.
 * Does not know: how a page is classified (filter.c), how it is saved.
 *
 * The filter reads memory of the crashed kernel, which may be unreadable: every read runs under
 * sigbus_run(), and pages that were not reached are kept.
 */
#include "page_filter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../source/vmcore.h"
#include "../util/log.h"
#include "../util/sigbus.h"

static const char unreadable[] = "page structs are in memory that cannot be read";

/* Log the reason @why; s->why is the first reason. */
static void log_reason(struct page_filter *s, const char *why)
{
	if (!s->why)
		s->why = why;
	log_line("%s: %s; the affected pages are kept", s->windows.src->name, why);
}

static void log_new_reasons(struct page_filter *s)
{
	const char *why;

	while ((why = filter_why(&s->filter, s->logged))) {
		s->logged++;
		log_reason(s, why);
	}
}

/* Set the empty fields of @uts that readers of a dump need: sysname, machine and release. */
static void complete_uts(struct crashed_utsname *uts, const struct vmcore *src)
{
	static const struct {
		uint16_t machine;
		const char *name; /* UTS_MACHINE of the kernel */
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
	struct page_filter *s;
	unsigned int level;
};

static void learn(void *arg)
{
	const struct learning *l = arg;
	struct page_filter *s = l->s;
	const struct vmcore *src = s->windows.src;

	vtop_init(&s->vtop, &s->windows.physmem, &src->info, src->core.machine, src->page_bytes,
		  src->phdrs, src->core.nr_phdrs);
	filter_init(&s->filter, l->level, &s->vtop, &src->info, src->page_bytes);
	utsname_read(&s->uts, &s->vtop, &src->info);
}

int page_filter_open(struct page_filter *s, const struct vmcore *src, unsigned int level)
{
	struct learning l = {.s = s, .level = level};
	int err;

	memset(s, 0, sizeof(*s));
	err = physmem_windows_open(&s->windows, src);
	if (err)
		return err;
	s->usable = sigbus_run(learn, &l);
	if (s->usable)
		log_new_reasons(s);
	else if (level > FILTER_ZERO)
		log_reason(s, unreadable);
	complete_uts(&s->uts, src);
	return 0;
}

struct marking {
	struct page_filter *s;
	struct chunk *c;
};

static void mark(void *arg)
{
	const struct marking *m = arg;

	filter_mark(&m->s->filter, m->c);
}

void page_filter_mark(struct page_filter *s, struct chunk *c)
{
	struct marking m = {s, c};

	if (!s->usable || sigbus_run(mark, &m))
		return;
	if (s->filter.asked > FILTER_ZERO && !s->logged_unreadable)
		log_reason(s, unreadable);
	s->logged_unreadable = true;
}

void page_filter_finish(struct page_filter *s)
{
	if (!s->usable)
		return;
	filter_finish(&s->filter);
	log_new_reasons(s);
}

void page_filter_close(struct page_filter *s)
{
	s->usable = false;
	vtop_free(&s->vtop);
	physmem_windows_close(&s->windows);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vtop.c - fuzz the page tables, and the kernel's name that is read through them
 * In: a machine.h image.  Addresses from SYMBOL(fuzz) on are looked up, in steps of FUZZ(step).
 */
#include "machine.h"

#include "filter/utsname.h"

#define LOOKUPS	   16u
#define LEVELS_MAX 5u

static bool meets(const struct vtop_range *r, uint64_t va, uint64_t bytes)
{
	return r->bytes && va - r->virt >= r->bytes && r->virt - va < bytes;
}

/*
 * True when no two pieces of vmemmap overlap, and neither the direct map nor the kernel image
 * begins inside the @bytes at @va: damaged tables can map an address twice.
 */
static bool is_alone(const struct vtop *v, uint64_t va, uint64_t bytes)
{
	for (size_t i = 1; v->pieces && i < v->nr_pieces; i++)
		if (v->pieces[i].virt - v->pieces[i - 1].virt < UINT64_C(1) << v->piece_shift)
			return false;
	return !meets(&v->direct, va, bytes) && !meets(&v->image, va, bytes);
}

static void look_up(struct machine *m, const struct vtop *v, uint64_t va)
{
	uint64_t paddr, left, there, then;

	m->lookups = 0;
	if (!vtop_find(v, va, &paddr, &left)) {
		promise(m->lookups <= LEVELS_MAX * 2);
		return;
	}
	promise(m->lookups <= LEVELS_MAX * 2);
	promise(left > 0);
	fuzz_reached +=
		va - v->direct.virt >= v->direct.bytes && va - v->image.virt >= v->image.bytes;
	if (!is_alone(v, va, left))
		return;
	/* virtual and physical addresses advance together up to the last byte */
	promise(vtop_find(v, va + left / 2, &there, &then));
	promise(there == paddr + left / 2 && then == left - left / 2);
	promise(vtop_find(v, va + left - 1, &there, &then));
	promise(there == paddr + left - 1 && then == 1);
}

static void read_name(const struct vtop *v, const struct vmcoreinfo *info)
{
	struct crashed_utsname uts;
	const char *names = (const char *)&uts;
	const bool found = utsname_read(&uts, v, info);

	fuzz_reached += found;
	for (unsigned int i = 0; i < sizeof(uts); i++) {
		promise(names[i] == 0 || (found && names[i] >= ' ' && names[i] < 0x7f));
		promise(names[i] == 0 || i % UTSNAME_BYTES < UTSNAME_BYTES - 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	uint64_t va = 0, step;
	struct machine m;
	struct vtop v;

	machine_init(&m, &v, data, bytes);
	step = fuzz_option(&m.image, "step");
	vmcoreinfo_number(&m.image.info, "SYMBOL", "fuzz", &va);
	for (unsigned int i = 0; i < LOOKUPS; i++, va += step)
		look_up(&m, &v, va);
	m.lookups = 0;
	read_name(&v, &m.image.info);
	machine_free(&m, &v);
	return 0;
}

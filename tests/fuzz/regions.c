// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * regions.c - fuzz the kernel's description of the memory that it holds
 * In: the text.  The result must be memory that can be released: disjoint pieces that do not wrap.
 * A piece that is not a copy must be at its original address, and not below the held memory.
 */
#include "fuzz.h"

#include "release/regions.h"

static bool overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
	return a < b + b_bytes && b < a + a_bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	char *text = fuzz_copy(data, bytes);
	struct regions *r = malloc(sizeof(*r));
	uint64_t place = 0;
	const char *wrong;

	promise(r);
	wrong = regions_parse(r, text, bytes);
	for (unsigned int i = 0; !wrong && i < r->nr; i++) {
		const struct regions_piece *p = &r->piece[i];

		promise(i < 2 * REGIONS_MAX && p->bytes);
		promise(p->bytes <= UINT64_MAX - p->at && p->bytes <= UINT64_MAX - p->paddr);
		if (i >= r->nr_copies) {
			promise(p->at == p->paddr && p->at >= r->held_at);
			place += p->bytes;
		}
		for (unsigned int k = 0; k < i; k++) {
			const struct regions_piece *q = &r->piece[k];

			promise(!overlap(p->at, p->bytes, q->at, q->bytes));
			promise(!overlap(p->paddr, p->bytes, q->paddr, q->bytes));
		}
	}
	if (!wrong) {
		promise(r->nr > r->nr_copies && place <= r->place_bytes);
		fuzz_reached++;
	}
	free(r);
	free(text);
	return 0;
}

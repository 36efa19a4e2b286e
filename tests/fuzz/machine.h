/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * machine.h - a crashed machine for the fuzzers of the filter
 *
 * The memory of the machine is the image, repeated at each multiple of REPEAT below PADDR_END, so
 * that random pointers lead to memory; the gap between the end of the image and REPEAT is not in
 * the dump.  All memory is poisoned except the result of the last lookup, so that the address
 * sanitizer finds a read beyond that result or after the next lookup.
 */
#ifndef TESTS_FUZZ_MACHINE_H
#define TESTS_FUZZ_MACHINE_H

#include "fuzz.h"

#include <elf.h>
#include <sanitizer/asan_interface.h>

#include "filter/vtop.h"
#include "source/physmem.h"

#define REPEAT	   4096u
#define PADDR_END  (UINT64_C(1) << 40)
#define X86_DIRECT UINT64_C(0xffff888000000000)
#define X86_KERNEL UINT64_C(0xffffffff80000000)
#define LOAD_BYTES (UINT64_C(1) << 20)
#define LOADS	   2u
#define PIECE_MIN  8u
#define PIECE	   512u /* unless the image has FUZZ(piece) */

/* More lookups than a correct call makes: a list of 65536 nodes of three words, read twice. */
#define LOOKUPS_MAX (1u << 20)

struct machine {
	struct fuzz_image image;
	struct physmem mem;
	uint64_t lookups, piece_bytes;
	uint32_t page_bytes;
};

static const Elf64_Phdr machine_loads[LOADS] = {
	{.p_type = PT_LOAD, .p_vaddr = X86_DIRECT, .p_filesz = LOAD_BYTES},
	{.p_type = PT_LOAD, .p_vaddr = X86_KERNEL, .p_filesz = LOAD_BYTES},
};

static const uint8_t *machine_lookup(void *arg, uint64_t paddr, size_t *bytes)
{
	struct machine *m = arg;
	const size_t at = paddr % REPEAT, have = m->image.memory_bytes;

	promise(++m->lookups <= LOOKUPS_MAX);
	ASAN_POISON_MEMORY_REGION(m->image.memory, have);
	if (paddr >= PADDR_END || at >= have)
		return NULL;
	*bytes = m->piece_bytes - at % m->piece_bytes;
	if (*bytes > have - at)
		*bytes = have - at;
	ASAN_UNPOISON_MEMORY_REGION(m->image.memory + at, *bytes);
	return m->image.memory + at;
}

/*
 * FUZZ(swap)=1: the other byte order.  FUZZ(piece)=N, from PIECE_MIN to REPEAT: a lookup returns at
 * most N bytes.  PAGESIZE is used if it is a power of two from 4096 to 262144.  FUZZ(machine)=N is
 * e_machine.
 */
static inline void machine_init(struct machine *m, struct vtop *v, const uint8_t *data,
				size_t bytes)
{
	uint64_t page_bytes;

	memset(m, 0, sizeof(*m));
	m->image = fuzz_image(data, bytes);
	m->mem = (struct physmem){machine_lookup, m, fuzz_option(&m->image, "swap")};
	m->piece_bytes = fuzz_option(&m->image, "piece");
	if (m->piece_bytes < PIECE_MIN || m->piece_bytes > REPEAT)
		m->piece_bytes = PIECE;
	m->page_bytes = 4096;
	if (vmcoreinfo_number(&m->image.info, "PAGESIZE", NULL, &page_bytes) && page_bytes > 4096 &&
	    page_bytes <= 262144 && !(page_bytes & (page_bytes - 1)))
		m->page_bytes = (uint32_t)page_bytes;
	vtop_init(v, &m->mem, &m->image.info, (uint16_t)fuzz_option(&m->image, "machine"),
		  m->page_bytes, machine_loads, LOADS);
}

static inline void machine_free(struct machine *m, struct vtop *v)
{
	vtop_free(v);
	ASAN_UNPOISON_MEMORY_REGION(m->image.memory, m->image.memory_bytes);
	fuzz_image_free(&m->image);
}

#endif

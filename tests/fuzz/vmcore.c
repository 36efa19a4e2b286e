// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmcore.c - fuzz a complete vmcore: headers, notes, chunks of memory
 * In: the vmcore.
 */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "source/chunk.h"
#include "source/physmem_windows.h"
#include "source/vmcore.h"
#include "util/log.h"

static unsigned int lines;

/* Replaces util/log.c: counts the messages. */
void log_line(const char *fmt, ...)
{
	promise(*fmt);
	lines++;
}

/* Check that physmem_windows_copy() and vmcore_read_phys() return the bytes of the chunk. */
static void read_otherwise(struct vmcore *src, struct physmem_windows *p, const struct chunk *c)
{
	static uint8_t copy[CHUNK_BYTES];

	promise(physmem_windows_copy(p, c->paddr, copy, c->bytes) == c->bytes);
	promise(memcmp(copy, c->data, c->bytes) == 0);
	memset(copy, 0x55, c->bytes);
	promise(vmcore_read_phys(src, c->paddr, copy, c->bytes));
	promise(memcmp(copy, c->data, c->bytes) == 0);
}

/* Check that the chunks are all memory of the file, in ascending order. */
static void read_all(struct vmcore *src, struct physmem_windows *p, const uint8_t *file,
		     bool use_mmap)
{
	static uint8_t buf[CHUNK_BYTES]; /* static, as allocating it for each input is too slow */
	struct chunk c = {.buf = buf};
	uint64_t sum = 0, end_paddr = 0;

	while (vmcore_next(src, &c)) {
		const struct memmap_extent *e = &src->map.extents[c.extent];

		promise(c.extent < src->map.nr_extents);
		promise(c.bytes > 0 && c.bytes <= CHUNK_BYTES);
		promise(c.paddr / CHUNK_BYTES == (c.paddr + c.bytes - 1) / CHUNK_BYTES);
		promise(sum == 0 || c.paddr >= end_paddr);
		promise(c.paddr >= e->paddr && c.bytes <= e->bytes - (c.paddr - e->paddr));
		promise(c.src_at == e->src_at + (c.paddr - e->paddr));
		vmcore_map(src, &c);
		promise(use_mmap == (c.window != NULL));
		if (!c.window)
			vmcore_fill(src, &c);
		promise(memcmp(c.data, file + c.src_at, c.bytes) == 0);
		promise(chunk_count(c.lost) == 0);
		read_otherwise(src, p, &c);
		end_paddr = c.paddr + c.bytes;
		sum += c.bytes;
		vmcore_put(&c);
	}
	promise(sum == src->map.bytes);
}

static void examine(struct vmcore *src, const uint8_t *file, size_t bytes)
{
	uint8_t word[8];

	promise(src->file_bytes == bytes);
	promise(src->notes_bytes <= bytes);
	promise((src->page_bytes & (src->page_bytes - 1)) == 0 &&
		src->page_bytes >= CHUNK_PAGE_MIN);
	if (src->info.bytes) {
		promise(src->info.bytes <= bytes && src->info.bytes <= VMCOREINFO_BYTES_MAX);
		promise(src->info_at <= src->notes_bytes);
		promise(src->info.bytes <= src->notes_bytes - src->info_at);
		promise(memmem(file, bytes, src->info.text, src->info.bytes));
		fuzz_reached++;
	}
	for (uint32_t i = 0; i < src->core.nr_phdrs; i++) {
		const Elf64_Phdr *p = &src->phdrs[i];

		vmcore_read_virt(src, p->p_vaddr + p->p_filesz - 4, word, sizeof(word));
	}
}

static void open_and_read(const char *name, const uint8_t *file, size_t bytes, bool use_mmap)
{
	struct vmcore src;
	struct physmem_windows p;
	int err;

	lines = 0;
	err = vmcore_open(&src, name, use_mmap);
	promise(lines == (err ? 1 : 0));
	if (err)
		return;
	examine(&src, file, bytes);
	promise(physmem_windows_open(&p, &src) == 0);
	read_all(&src, &p, file, use_mmap);
	promise(lines == 0);
	physmem_windows_close(&p);
	vmcore_close(&src);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static char name[32];
	static int fd;
	uint8_t *file = fuzz_copy(data, bytes);

	if (!fd) {
		fd = memfd_create("vmcore", 0);
		promise(fd > 0);
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	}
	promise(ftruncate(fd, 0) == 0 && pwrite(fd, file, bytes, 0) == (ssize_t)bytes);
	open_and_read(name, file, bytes, true);
	open_and_read(name, file, bytes, false);
	free(file);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmcore.c - read a vmcore as chunks of memory
 * In: the path of an ELF64 vmcore.  Out: its headers; chunks in ascending physical order.
 * Does not know: filtering, threads, formats, the use of the bytes.
 *
 * The data of chunks is in mapped windows of the file.  If mmap(2) fails (some kernels and file
 * systems), read(2) fills the buffer of each chunk instead.
 */
#include "vmcore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../util/fdio.h"
#include "../util/log.h"
#include "chunk.h"
#include "notes.h"

#define PHDRS_PER_READ 512u
#define PAGE_BYTES_MAX (256u << 10) /* 64-bit kernels have pages of at most 64 KiB */

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int refuse(const struct vmcore *src, const char *what)
{
	log_line("%s %s", src->name, what);
	return -EINVAL;
}

static int refuse_read(const struct vmcore *src, const char *what, ssize_t got)
{
	if (got >= 0)
		log_line("%s is truncated: it ends inside its %s", src->name, what);
	else
		log_line("%s: cannot read its %s: %s", src->name, what, strerror((int)-got));
	return got < 0 ? (int)got : -EINVAL;
}

ssize_t vmcore_read_at(const struct vmcore *src, void *buf, size_t bytes, uint64_t at)
{
	if (at > INT64_MAX - bytes)
		return 0;
	return fdio_pread(src->fd, buf, bytes, at);
}

static int read_header(struct vmcore *src)
{
	uint8_t ehdr[ELFCORE_EHDR_BYTES], shdr[ELFCORE_SHDR_BYTES];
	const char *wrong;
	ssize_t got;

	got = vmcore_read_at(src, ehdr, sizeof(ehdr), 0);
	if (got < 0)
		return refuse_read(src, "ELF header", got);
	wrong = elfcore_header(&src->core, ehdr, (size_t)got);
	if (!wrong && src->core.xnum_at) {
		got = vmcore_read_at(src, shdr, sizeof(shdr), src->core.xnum_at);
		if (got != sizeof(shdr))
			return refuse_read(src, "section header 0", got);
		wrong = elfcore_xnum(&src->core, shdr);
	}
	return wrong ? refuse(src, wrong) : 0;
}

static int read_phdrs(struct vmcore *src)
{
	uint8_t raw[PHDRS_PER_READ * ELFCORE_PHDR_BYTES];
	const uint32_t nr = src->core.nr_phdrs;
	const char *wrong;

	src->phdrs = calloc(nr, sizeof(*src->phdrs));
	src->map.extents = calloc(nr, sizeof(*src->map.extents));
	src->virt.extents = calloc(nr, sizeof(*src->virt.extents));
	if (!src->phdrs || !src->map.extents || !src->virt.extents) {
		log_line("no memory for %u program headers", nr);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < nr; i++) {
		const uint32_t slot = i % PHDRS_PER_READ;

		if (slot == 0) {
			size_t want = min_u64(nr - i, PHDRS_PER_READ) * ELFCORE_PHDR_BYTES;
			ssize_t got = -EOVERFLOW;

			if (src->core.phdrs_at <= INT64_MAX)
				got = vmcore_read_at(src, raw, want,
						     src->core.phdrs_at +
							     i * (uint64_t)ELFCORE_PHDR_BYTES);
			if (got != (ssize_t)want)
				return refuse_read(src, "program headers", got);
		}
		elfcore_phdr(&src->core, raw + slot * ELFCORE_PHDR_BYTES, &src->phdrs[i]);
	}
	wrong = memmap_build(&src->map, src->phdrs, nr, src->file_bytes);
	if (wrong)
		return refuse(src, wrong);
	memmap_build_virtual(&src->virt, src->phdrs, nr);
	return 0;
}

static ssize_t read_for_notes(const void *arg, void *buf, size_t bytes, uint64_t at)
{
	return vmcore_read_at(arg, buf, bytes, at);
}

static int read_notes(struct vmcore *src)
{
	const struct notes_reader reader = {read_for_notes, src, src->file_bytes};
	struct notes notes;
	const char *wrong = notes_walk(&reader, &src->core, src->phdrs, &notes);

	src->notes_bytes = notes.bytes;
	src->nr_prstatus = notes.nr_prstatus;
	src->info = notes.info; /* vmcore_close() frees its text */
	src->info_at = notes.info_at;
	return wrong ? refuse(src, wrong) : 0;
}

/*
 * Returns the page size in the VMCOREINFO of the crashed kernel or, if it is missing or invalid,
 * the page size of this kernel.
 */
static uint32_t find_page_bytes(const struct vmcore *src)
{
	uint64_t bytes;

	if (vmcoreinfo_number(&src->info, "PAGESIZE", NULL, &bytes) && bytes >= CHUNK_PAGE_MIN &&
	    bytes <= PAGE_BYTES_MAX && (bytes & (bytes - 1)) == 0)
		return (uint32_t)bytes;
	return (uint32_t)sysconf(_SC_PAGESIZE);
}

int vmcore_open(struct vmcore *src, const char *name, bool use_mmap)
{
	off_t end;
	int err;

	memset(src, 0, sizeof(*src));
	src->name = name;
	src->use_mmap = use_mmap;
	/* O_NONBLOCK, so that open() of a FIFO does not block. */
	src->fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (src->fd < 0) {
		err = -errno;
		log_line("%s: cannot open: %s", name, strerror(errno));
		return err;
	}
	end = lseek(src->fd, 0, SEEK_END); /* st_size is 0 for a block device */
	if (end < 0) {
		err = -errno;
		log_line("%s: cannot seek, so it cannot be a vmcore: %s", name, strerror(errno));
		goto out;
	}
	src->file_bytes = (uint64_t)end;
	err = read_header(src);
	if (!err)
		err = read_phdrs(src);
	if (!err)
		err = read_notes(src);
	if (err)
		goto out;
	src->page_bytes = find_page_bytes(src);
	return 0;
out:
	vmcore_close(src);
	return err;
}

bool vmcore_next(struct vmcore *src, struct chunk *c)
{
	const struct memmap_extent *e;

	if (vmcore_at_end(src))
		return false;
	e = &src->map.extents[src->extent];
	memset(c->drop, 0, sizeof(c->drop));
	memset(c->keep, 0, sizeof(c->keep));
	memset(c->lost, 0, sizeof(c->lost));
	c->zero_pages = 0;
	c->paddr = e->paddr + src->extent_done;
	c->src_at = e->src_at + src->extent_done;
	c->page_bytes = src->page_bytes;
	c->extent = (uint32_t)src->extent;
	c->bytes = (uint32_t)min_u64(e->bytes - src->extent_done,
				     CHUNK_BYTES - c->paddr % CHUNK_BYTES);
	src->extent_done += c->bytes;
	if (src->extent_done == e->bytes) {
		src->extent++;
		src->extent_done = 0;
	}
	return true;
}

bool vmcore_at_end(const struct vmcore *src)
{
	return src->extent == src->map.nr_extents;
}

uint64_t vmcore_at(const struct vmcore *src)
{
	return src->map.extents[src->extent].paddr + src->extent_done;
}

void vmcore_rewind(struct vmcore *src)
{
	src->extent = 0;
	src->extent_done = 0;
}

static void leave_window(struct vmcore_window *w)
{
	if (--w->users)
		return;
	munmap(w->map, w->map_bytes);
	w->map = NULL;
}

/*
 * Make a window of the memory from the start of @c to the next multiple of VMCORE_WINDOW_BYTES, or
 * to the end of the extent.  False when mmap(2) fails.
 */
static bool open_window(struct vmcore *src, const struct chunk *c)
{
	const struct memmap_extent *e = &src->map.extents[c->extent];
	const uint64_t host_page = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t left = e->bytes - (c->paddr - e->paddr);
	const uint64_t bytes = min_u64(left, VMCORE_WINDOW_BYTES - c->paddr % VMCORE_WINDOW_BYTES);
	const uint64_t skew = c->src_at % host_page; /* p_offset need not be page aligned */
	struct vmcore_window *w = src->windows;
	void *map;

	while (w->users) /* a window is always free: there are more windows than chunks */
		w++;
	map = mmap(NULL, bytes + skew, PROT_READ, MAP_SHARED, src->fd, (off_t)(c->src_at - skew));
	if (map == MAP_FAILED)
		return false;
	w->map = map;
	w->map_bytes = bytes + skew;
	w->users = 1;
	src->window = w;
	src->window_data = (const uint8_t *)map + skew;
	src->window_paddr = c->paddr;
	src->window_end_paddr = c->paddr + (bytes - 1); /* inclusive: may be UINT64_MAX */
	return true;
}

void vmcore_map(struct vmcore *src, struct chunk *c)
{
	if (src->window && (c->paddr < src->window_paddr || c->paddr > src->window_end_paddr))
		vmcore_leave(src);
	if (src->use_mmap && !src->window && !open_window(src, c)) {
		log_line("%s: cannot map (%s); reading instead", src->name, strerror(errno));
		src->use_mmap = false;
	}
	c->window = src->window;
	c->data = c->buf;
	if (c->window) {
		c->window->users++;
		c->data = src->window_data + (c->paddr - src->window_paddr);
	}
}

void vmcore_put(struct chunk *c)
{
	if (c->window)
		leave_window(c->window);
	c->window = NULL;
	c->data = NULL;
}

void vmcore_leave(struct vmcore *src)
{
	if (src->window)
		leave_window(src->window);
	src->window = NULL;
}

/*
 * Read pages [first, end) of @c to its buffer.  If a page cannot be read, only that page is lost.
 */
static void fill_pages(const struct vmcore *src, struct chunk *c, unsigned int first,
		       unsigned int end)
{
	const uint32_t at = chunk_page_offset(c, first), len = chunk_page_offset(c, end) - at;

	if (vmcore_read_at(src, c->buf + at, len, c->src_at + at) == (ssize_t)len)
		return;
	if (end - first == 1) {
		chunk_bit_set(c->lost, first);
		return;
	}
	for (; first < end; first++)
		fill_pages(src, c, first, first + 1);
}

void vmcore_fill(const struct vmcore *src, struct chunk *c)
{
	const unsigned int pages = chunk_pages(c);

	for (unsigned int i = 0, end; i < pages; i = end + 1) {
		for (end = i; end < pages && !chunk_bit(c->drop, end);)
			end++;
		if (end > i)
			fill_pages(src, c, i, end);
	}
}

bool vmcore_read_phys(const struct vmcore *src, uint64_t paddr, uint8_t *buf, size_t bytes)
{
	memset(buf, 0, bytes);
	for (size_t i = memmap_from(&src->map, paddr); i < src->map.nr_extents; i++) {
		const struct memmap_extent *e = &src->map.extents[i];
		const uint64_t skip = paddr > e->paddr ? paddr - e->paddr : 0;
		const uint64_t ahead = e->paddr > paddr ? e->paddr - paddr : 0;
		size_t part;

		if (ahead >= bytes)
			break;
		part = (size_t)min_u64(bytes - ahead, e->bytes - skip);
		if (vmcore_read_at(src, buf + ahead, part, e->src_at + skip) != (ssize_t)part)
			return false;
	}
	return true;
}

bool vmcore_read_virt(const struct vmcore *src, uint64_t va, void *buf, size_t bytes)
{
	const size_t i = memmap_find(&src->virt, va);
	const struct memmap_extent *e = &src->virt.extents[i];

	if (i == src->virt.nr_extents || bytes > e->bytes - (va - e->paddr))
		return false;
	return vmcore_read_at(src, buf, bytes, e->src_at + (va - e->paddr)) == (ssize_t)bytes;
}

void vmcore_close(struct vmcore *src)
{
	for (unsigned int i = 0; i < VMCORE_WINDOWS; i++)
		if (src->windows[i].users)
			munmap(src->windows[i].map, src->windows[i].map_bytes);
	free(src->map.extents);
	free(src->virt.extents);
	free(src->phdrs);
	free((char *)src->info.text);
	if (src->fd >= 0)
		close(src->fd);
	memset(src, 0, sizeof(*src));
	src->fd = -1;
}

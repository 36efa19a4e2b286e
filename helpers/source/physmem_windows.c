// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * physmem_windows.c - access the crashed kernel's memory through a few windows
 * In: an open vmcore, physical addresses.  Out: pointers into a few windows of its file.
 * Does not know: the data, chunks; that a window may be unreadable (util/sigbus.c).
 *
 * Windows are mapped; they are read if mmap(2) fails or the vmcore has use_mmap false.  The least
 * recently used window is replaced.
 */
#include "physmem_windows.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../util/log.h"
#include "vmcore.h"

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * Set @w to the part of @e in the aligned @window_bytes that contain @paddr.  Returns the file
 * offset of this part.
 */
static uint64_t set_window(struct physmem_window *w, const struct memmap_extent *e, uint64_t paddr,
			   uint64_t window_bytes)
{
	const uint64_t into = paddr - e->paddr;
	const uint64_t back = min_u64(into, paddr % window_bytes);
	const uint64_t ahead = min_u64(e->bytes - into, window_bytes - paddr % window_bytes);

	w->paddr = paddr - back;
	w->bytes = (size_t)(back + ahead);
	return e->src_at + into - back;
}

static void unmap_window(struct physmem_window *w)
{
	w->bytes = 0;
	if (w->map)
		munmap(w->map, w->map_bytes);
	w->map = NULL;
}

static bool map_window(struct physmem_windows *p, struct physmem_window *w,
		       const struct memmap_extent *e, uint64_t paddr)
{
	const uint64_t src_at = set_window(w, e, paddr, PHYSMEM_WINDOW_BYTES);
	const size_t skew = (size_t)(src_at % (uint64_t)sysconf(_SC_PAGESIZE));
	void *map = mmap(NULL, w->bytes + skew, PROT_READ, MAP_SHARED, p->src->fd,
			 (off_t)(src_at - skew));

	if (map == MAP_FAILED) {
		w->bytes = 0;
		return false;
	}
	w->map = map;
	w->map_bytes = w->bytes + skew;
	w->data = (const uint8_t *)map + skew;
	return true;
}

/*
 * Read a window around @paddr into the buffer of @w: as much as the buffer holds or, if that fails,
 * only the page of @paddr, so that an unreadable page does not affect other pages.  False: the page
 * of @paddr cannot be read.
 */
static bool read_window(struct physmem_windows *p, struct physmem_window *w,
			const struct memmap_extent *e, uint64_t paddr)
{
	uint8_t *buf = p->buffers + (size_t)(w - p->windows) * PHYSMEM_BUFFER_BYTES;
	const uint64_t sizes[] = {PHYSMEM_BUFFER_BYTES,
				  min_u64(p->src->page_bytes, PHYSMEM_BUFFER_BYTES)};

	w->data = buf;
	for (unsigned int i = 0; i < 2; i++) {
		const uint64_t src_at = set_window(w, e, paddr, sizes[i]);

		if (vmcore_read_at(p->src, buf, w->bytes, src_at) == (ssize_t)w->bytes)
			return true;
	}
	w->bytes = 0;
	return false;
}

/* Returns the window around @paddr; NULL: @paddr is not in the dump or cannot be read. */
static struct physmem_window *window_at(struct physmem_windows *p, uint64_t paddr)
{
	const size_t extent = memmap_find(&p->src->map, paddr);
	struct physmem_window *w = p->windows, *oldest = p->windows;

	for (; w < p->windows + PHYSMEM_WINDOWS_NR; w++) {
		if (paddr - w->paddr < w->bytes)
			return w;
		if (w->used < oldest->used)
			oldest = w;
	}
	if (extent == p->src->map.nr_extents)
		return NULL;
	unmap_window(oldest);
	if (p->use_mmap) {
		p->use_mmap = map_window(p, oldest, &p->src->map.extents[extent], paddr);
		if (p->use_mmap)
			return oldest;
	}
	return read_window(p, oldest, &p->src->map.extents[extent], paddr) ? oldest : NULL;
}

static const uint8_t *lookup(void *arg, uint64_t paddr, size_t *bytes)
{
	struct physmem_windows *p = arg;
	struct physmem_window *w = p->last;

	if (paddr - w->paddr >= w->bytes) {
		w = window_at(p, paddr);
		if (!w)
			return NULL;
		w->used = ++p->clock;
		p->last = w;
	}
	*bytes = w->bytes - (size_t)(paddr - w->paddr);
	return w->data + (paddr - w->paddr);
}

size_t physmem_windows_copy(struct physmem_windows *p, uint64_t paddr, void *buf, size_t bytes)
{
	size_t done = 0, part;

	for (; done < bytes; done += part) {
		const uint8_t *from = lookup(p, paddr + done, &part);

		if (!from)
			break;
		if (part > bytes - done)
			part = bytes - done;
		memcpy((uint8_t *)buf + done, from, part);
	}
	return done;
}

int physmem_windows_open(struct physmem_windows *p, const struct vmcore *src)
{
	memset(p, 0, sizeof(*p));
	p->physmem = (struct physmem){.lookup = lookup, .arg = p, .swap = src->core.swap};
	p->src = src;
	p->use_mmap = src->use_mmap;
	p->last = p->windows;
	p->buffers = mmap(NULL, PHYSMEM_WINDOWS_NR * PHYSMEM_BUFFER_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (p->buffers != MAP_FAILED)
		return 0;
	p->buffers = NULL;
	log_line("no memory: %u KiB are needed to read page structs",
		 PHYSMEM_WINDOWS_NR * PHYSMEM_BUFFER_BYTES >> 10);
	return -ENOMEM;
}

void physmem_windows_close(struct physmem_windows *p)
{
	for (unsigned int i = 0; i < PHYSMEM_WINDOWS_NR; i++)
		unmap_window(&p->windows[i]);
	if (p->buffers)
		munmap(p->buffers, PHYSMEM_WINDOWS_NR * PHYSMEM_BUFFER_BYTES);
	p->buffers = NULL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * release.c - release memory to a kernel that holds a phyp-assisted dump
 * In: ranges of the crashed kernel's memory, ascending.  Out: lines "0xSTART 0xLENGTH" to
 * /sys/kernel/release_region, one write each.
 * Does not know: whether the memory was saved (the caller of release_give() does).
 *
 * What the kernel does with a line (store_release_region() and release_memory_range() of
 * arch/powerpc/platforms/pseries/phyp_dump.c, Linux 2.6.26 to 3.3):
 * - It frees the pages from START to START + LENGTH inclusive, which is one page too many.  The
 *   memory to release is a multiple of the page size, so the written length is one byte less.
 * - A START below the held memory is raised while LENGTH is not changed; a START past the end makes
 *   LENGTH underflow, which crashes that kernel.  So only ranges that the kernel listed itself are
 *   written.
 * - It adds up the lengths, separately for the firmware's copies and for other memory, and arms the
 *   next dump when both sums are equal to the reserved sizes.  release_settle() completes the sums.
 */
#include "release.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../util/fdio.h"
#include "../util/log.h"

#define TEXT_BYTES 4096u /* sysfs returns at most one page, and this text fits in 4 KiB */

enum { COPIES, PLACE };

static uint64_t page_down(const struct release *r, uint64_t at)
{
	return at - at % r->page_bytes;
}

/* Returns @at rounded up to a page, or UINT64_MAX if there is no next page. */
static uint64_t page_up(const struct release *r, uint64_t at)
{
	const uint64_t more = (r->page_bytes - at % r->page_bytes) % r->page_bytes;

	return more > UINT64_MAX - at ? UINT64_MAX : at + more;
}

int release_open(struct release *r, const char *name)
{
	char text[TEXT_BYTES];
	const char *wrong;
	ssize_t got;

	memset(r, 0, sizeof(*r));
	r->name = name;
	r->page_bytes = (uint32_t)sysconf(_SC_PAGESIZE);
	/* sysfs ignores O_APPEND; a regular file, as in tests, keeps all lines */
	r->fd = open(name, O_RDWR | O_APPEND | O_CLOEXEC);
	if (r->fd < 0) {
		const int err = errno;

		log_line("%s: cannot open: %s", name, strerror(err));
		return -err;
	}
	got = fdio_pread(r->fd, text, sizeof(text), 0);
	if (got < 0) {
		log_line("%s: cannot read: %s", name, strerror((int)-got));
		release_close(r);
		return (int)got;
	}
	wrong = regions_parse(&r->regions, text, (size_t)got);
	if (!wrong)
		return 0;
	log_line("%s %s", name, wrong);
	release_close(r);
	return -EINVAL;
}

/*
 * Write one line to the kernel, which frees the pages from @at to @at + @length inclusive.  After
 * an error (logged) nothing more is released.
 */
static void ask(struct release *r, struct release_area *area, uint64_t at, uint64_t length)
{
	char line[64];
	const int bytes = snprintf(line, sizeof(line), "0x%llx 0x%llx\n", (unsigned long long)at,
				   (unsigned long long)length);
	const int err = fdio_write(r->fd, line, (size_t)bytes);

	if (err) {
		log_line("%s: the kernel did not release %.*s: %s; the rest is not released",
			 r->name, bytes - 1, line, strerror(-err));
		r->stopped = true;
		return;
	}
	area->asked += length;
}

/* Release @bytes from @at on: whole pages of reserved memory. */
static void give_pages(struct release *r, struct release_area *area, uint64_t at, uint64_t bytes)
{
	ask(r, area, at, bytes - 1);
	if (r->stopped)
		return;
	atomic_fetch_add(&r->bytes, bytes);
	if (!area->whole_bytes)
		area->at = at;
	if (area->at + area->whole_bytes == at)
		area->whole_bytes += bytes;
}

/*
 * Release the whole pages in [@at, @end) of piece @i, which is reserved memory, and the page that
 * the previous part began if that part ended at @at.
 */
static void give_part(struct release *r, unsigned int i, uint64_t at, uint64_t end)
{
	struct release_area *area = &r->area[i < r->regions.nr_copies ? COPIES : PLACE];
	struct release_piece *p = &r->piece[i];

	if (r->stopped || at < p->done_at)
		return;
	if (at != p->done_at)
		p->from = page_up(r, at);
	p->done_at = end;
	end = page_down(r, end);
	if (end <= p->from)
		return;
	give_pages(r, area, p->from, end - p->from);
	p->from = end;
}

void release_give(struct release *r, uint64_t paddr, uint64_t bytes)
{
	for (unsigned int i = 0; i < r->regions.nr; i++) {
		const struct regions_piece *p = &r->regions.piece[i];
		const uint64_t skip = paddr > p->paddr ? paddr - p->paddr : 0;
		const uint64_t ahead = p->paddr > paddr ? p->paddr - paddr : 0;
		uint64_t at, end;

		if (skip >= p->bytes || ahead >= bytes)
			continue;
		at = p->at + skip;
		end = bytes - ahead < p->bytes - skip ? at + (bytes - ahead) : p->at + p->bytes;
		if (at < r->regions.held_at)
			at = r->regions.held_at;
		if (at < end)
			give_part(r, i, at, end);
	}
}

uint64_t release_held(const struct release *r)
{
	uint64_t all = 0;

	for (unsigned int i = 0; i < r->regions.nr; i++) {
		const struct regions_piece *p = &r->regions.piece[i];
		const uint64_t held = r->regions.held_at;
		const uint64_t from = page_up(r, p->at > held ? p->at : held);
		const uint64_t end = page_down(r, p->at + p->bytes);

		if (end > from)
			all += end - from;
	}
	return all - atomic_load(&r->bytes);
}

/*
 * Raise the sum of the written lengths of @area to @want: release a part of the first contiguous
 * range again, if this range is large enough.
 */
static void make_up(struct release *r, struct release_area *area, uint64_t want)
{
	const uint64_t missing = want - area->asked;

	if (!r->stopped && want > area->asked &&
	    missing / r->page_bytes < area->whole_bytes / r->page_bytes)
		ask(r, area, area->at, missing);
}

void release_settle(struct release *r)
{
	if (r->stopped || release_held(r))
		return;
	make_up(r, &r->area[COPIES], r->regions.copies_bytes);
	make_up(r, &r->area[PLACE], r->regions.place_bytes);
}

void release_close(struct release *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

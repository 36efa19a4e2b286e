// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * printk.c - fuzz the kernel log
 * In: VMCOREINFO and memory that starts at virtual address BASE.  FUZZ(swap)=1: the other byte
 * order.  FUZZ(full)=N: the target is full after N pieces of text.
 */
#include "fuzz.h"

#include <errno.h>

#include "source/elfcore.h"
#include "source/printk.h"

#define BASE	   UINT64_C(0xc000000001000000)
#define DESC_MIN   8u  /* bytes of the smallest possible descriptor */
#define MISSES_MAX 64u /* records that may be missing */
#define PIECE_MIN  1024u

struct run {
	const struct fuzz_image *image;
	uint64_t reads, emits, full, bytes;
	bool at_start; /* at the start of a line */
};

static bool read_memory(void *arg, uint64_t va, void *buf, size_t bytes)
{
	struct run *r = arg;
	const struct fuzz_image *image = r->image;

	r->reads++;
	promise(bytes > 0);
	if (va < BASE || va - BASE > image->memory_bytes ||
	    bytes > image->memory_bytes - (va - BASE))
		return false;
	memcpy(buf, image->memory + (va - BASE), bytes);
	return true;
}

static int take_text(void *arg, const char *text, size_t bytes)
{
	struct run *r = arg;

	promise(!r->full || r->emits < r->full);
	for (size_t i = 0; i < bytes; i++)
		promise((text[i] >= ' ' && text[i] < 0x7f) || text[i] == '\n' || text[i] == '\t');
	r->bytes += bytes;
	return ++r->emits == r->full ? -ENOSPC : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct fuzz_image image = fuzz_image(data, bytes);
	struct run r = {.image = &image, .full = fuzz_option(&image, "full")};
	const struct printk_io io = {.read = read_memory, .emit = take_text, .arg = &r};
	const struct elfcore core = {.swap = fuzz_option(&image, "swap")};
	/* no descriptor is read twice, and all text is in the memory of the image */
	const uint64_t records = image.memory_bytes / DESC_MIN + 1;
	const uint64_t pieces = image.memory_bytes / PIECE_MIN + 2;
	const char *wrong;
	int err = 1;

	wrong = printk_decode(&core, &image.info, &io, &err);
	promise(r.reads <= 8 + (records + MISSES_MAX) * (2 + pieces));
	promise(r.bytes <= records * (48 + 4 * image.memory_bytes));
	if (r.full && r.emits == r.full)
		promise(wrong && err == -ENOSPC);
	else
		promise(err == 0);
	if (r.emits > 1)
		fuzz_reached++;
	fuzz_image_free(&image);
	return 0;
}

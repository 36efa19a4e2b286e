// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * printk.c - extract the crashed kernel's log from its memory
 * In: VMCOREINFO and a way to read the crashed kernel's memory, both of which may be invalid.
 * Out: text.  No system call.
 * Does not know: files, ELF segments, the destination of the text.
 *
 * The ring has 2^count_bits descriptors.  The record with the number id is in descriptor id %
 * 2^count_bits; the record is valid if the descriptor has the same id and was committed.  The text
 * of the record is at a logical position of the data ring, after an unsigned long that repeats the
 * id.  All walks are bounded by the number of descriptors.
 */
#include "printk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "elfcore.h"
#include "vmcoreinfo.h"

/* The parameter log_buf_len= is at most 2 GiB, with 32 bytes for each record (PRB_AVGBITS). */
#define COUNT_BITS_MAX 26
#define SIZE_BITS_MAX  31
/* Reading stops after this many records that are not in the dump; a valid dump has all records. */
#define MISSES_MAX    64
#define STRUCT_MAX    512 /* the largest struct is printk_info, 88 bytes in 6.12 */
#define LONG_BYTES    8
#define ID_MASK	      (~UINT64_C(0) >> 2)
#define STATE_SHIFT   62
#define LPOS_DATALESS 1u
#define LPOS_EMPTY    3u /* begin and next of a record that is an empty line */

enum { STATE_COMMITTED = 1, STATE_FINALIZED = 2 };

struct ring {
	const struct elfcore *core;
	const struct printk_io *io;
	uint64_t descs, infos, data; /* virtual addresses */
	uint64_t tail_id, head_id;
	uint64_t nr_descs, data_bytes;
	uint64_t desc_bytes, info_bytes; /* sizes of the structs */
	uint64_t desc_state, desc_lpos;	 /* offsets in the structs, bytes */
	uint64_t lpos_begin, lpos_next;
	uint64_t info_ts, info_len;
	unsigned int misses;
	int err;
};

static bool read_u64(const struct ring *r, uint64_t va, uint64_t *out)
{
	uint8_t raw[LONG_BYTES];

	if (!r->io->read(r->io->arg, va, raw, sizeof(raw)))
		return false;
	*out = elfcore_u64(r->core, raw);
	return true;
}

static bool read_u32(const struct ring *r, uint64_t va, uint64_t *out)
{
	uint8_t raw[4];

	if (!r->io->read(r->io->arg, va, raw, sizeof(raw)))
		return false;
	*out = elfcore_u32(r->core, raw);
	return true;
}

/* Read an OFFSET or SIZE.  *@ok becomes false if it is missing or above STRUCT_MAX - LONG_BYTES. */
static uint64_t small(const struct vmcoreinfo *info, const char *kind, const char *name, bool *ok)
{
	uint64_t v = 0;

	if (!vmcoreinfo_number(info, kind, name, &v) || v > STRUCT_MAX - LONG_BYTES)
		*ok = false;
	return v;
}

static uint64_t offset(const struct vmcoreinfo *info, const char *name, bool *ok)
{
	return small(info, "OFFSET", name, ok);
}

/* Read the location and the layout of the ring.  Returns NULL, or the error as a static text. */
static const char *find_ring(struct ring *r, const struct vmcoreinfo *info)
{
	uint64_t prb_at, prb, desc_ring, data_ring, count_bits, size_bits, counter;
	bool ok = true;

	if (!vmcoreinfo_number(info, "SYMBOL", "prb", &prb_at))
		return "VMCOREINFO has no SYMBOL(prb) (kernels before 5.10 have none)";
	desc_ring = offset(info, "printk_ringbuffer.desc_ring", &ok);
	data_ring = offset(info, "printk_ringbuffer.text_data_ring", &ok);
	counter = offset(info, "atomic_long_t.counter", &ok);
	r->desc_bytes = small(info, "SIZE", "prb_desc", &ok);
	r->info_bytes = small(info, "SIZE", "printk_info", &ok);
	r->desc_state = offset(info, "prb_desc.state_var", &ok) + counter;
	r->desc_lpos = offset(info, "prb_desc.text_blk_lpos", &ok);
	r->lpos_begin = r->desc_lpos + offset(info, "prb_data_blk_lpos.begin", &ok);
	r->lpos_next = r->desc_lpos + offset(info, "prb_data_blk_lpos.next", &ok);
	r->info_ts = offset(info, "printk_info.ts_nsec", &ok);
	r->info_len = offset(info, "printk_info.text_len", &ok);
	if (!ok || r->desc_bytes == 0 || r->info_bytes == 0)
		return "VMCOREINFO lacks the layout of the printk ring buffer";
	if (r->desc_state + LONG_BYTES > r->desc_bytes ||
	    r->lpos_begin + LONG_BYTES > r->desc_bytes ||
	    r->lpos_next + LONG_BYTES > r->desc_bytes || r->info_ts + LONG_BYTES > r->info_bytes ||
	    r->info_len + 2 > r->info_bytes)
		return "VMCOREINFO has an invalid layout of the printk ring buffer";

	if (!read_u64(r, prb_at, &prb))
		return "the printk ring buffer is not in the dump";
	desc_ring += prb;
	data_ring += prb;
	if (!read_u32(r, desc_ring + offset(info, "prb_desc_ring.count_bits", &ok), &count_bits) ||
	    !read_u64(r, desc_ring + offset(info, "prb_desc_ring.descs", &ok), &r->descs) ||
	    !read_u64(r, desc_ring + offset(info, "prb_desc_ring.infos", &ok), &r->infos) ||
	    !read_u64(r, desc_ring + offset(info, "prb_desc_ring.tail_id", &ok) + counter,
		      &r->tail_id) ||
	    !read_u64(r, desc_ring + offset(info, "prb_desc_ring.head_id", &ok) + counter,
		      &r->head_id) ||
	    !read_u32(r, data_ring + offset(info, "prb_data_ring.size_bits", &ok), &size_bits) ||
	    !read_u64(r, data_ring + offset(info, "prb_data_ring.data", &ok), &r->data) || !ok)
		return "the printk ring buffer is not in the dump";
	if (count_bits > COUNT_BITS_MAX || size_bits > SIZE_BITS_MAX || size_bits < 4)
		return "the printk ring buffer is damaged";
	r->nr_descs = UINT64_C(1) << count_bits;
	r->data_bytes = UINT64_C(1) << size_bits;
	return NULL;
}

/*
 * Set *@index and *@bytes to the text of a record, whose block in the data ring is from logical
 * position @begin to @next.  The id at the start of the block is not part of the text.  An empty
 * line has 0 bytes.  False if the block is invalid.  The rules are those of get_data() in
 * kernel/printk/printk_ringbuffer.c.
 */
static bool find_text(const struct ring *r, uint64_t begin, uint64_t next, uint64_t *index,
		      uint64_t *bytes)
{
	/* - 1, because in the newest kernels a block may end exactly at the end of the ring */
	const uint64_t last = next - 1;

	*index = 0;
	*bytes = 0;
	if (begin & LPOS_DATALESS)
		return begin == LPOS_EMPTY && next == LPOS_EMPTY;
	if (begin / r->data_bytes == last / r->data_bytes && begin <= last) {
		*index = begin % r->data_bytes;
		*bytes = next - begin;
	} else if ((begin + r->data_bytes) / r->data_bytes == last / r->data_bytes) {
		*bytes = next % r->data_bytes; /* the block wrapped to the start of the ring */
	}
	if (*bytes < LONG_BYTES)
		return false;
	*index += LONG_BYTES;
	*bytes -= LONG_BYTES;
	return true;
}

static void emit(struct ring *r, const char *text, size_t bytes)
{
	if (!r->err)
		r->err = r->io->emit(r->io->arg, text, bytes);
}

/* Emit printable ASCII, tab and newline unchanged, other bytes as \xNN. */
static void emit_escaped(struct ring *r, const uint8_t *text, size_t bytes)
{
	char out[4 * 256];
	size_t n = 0;

	for (size_t i = 0; i < bytes; i++) {
		if ((text[i] >= ' ' && text[i] < 0x7f) || text[i] == '\n' || text[i] == '\t')
			out[n++] = (char)text[i];
		else
			n += (size_t)snprintf(out + n, 5, "\\x%02x", text[i]);
		if (n > sizeof(out) - 5 || i + 1 == bytes) {
			emit(r, out, n);
			n = 0;
		}
	}
}

/*
 * Emit the record @id as a line.  A record that is invalid, or that the ring no longer contains, is
 * skipped.  A record whose descriptor or printk_info is not in the dump counts as a miss.
 */
static void emit_record(struct ring *r, uint64_t id)
{
	const uint64_t slot = id % r->nr_descs;
	uint8_t desc[STRUCT_MAX], info[STRUCT_MAX], text[1024];
	uint64_t state, index, bytes, ts;
	uint16_t len;
	char stamp[48];

	if (!r->io->read(r->io->arg, r->descs + slot * r->desc_bytes, desc, r->desc_bytes) ||
	    !r->io->read(r->io->arg, r->infos + slot * r->info_bytes, info, r->info_bytes)) {
		r->misses++;
		return;
	}
	state = elfcore_u64(r->core, desc + r->desc_state);
	if ((state & ID_MASK) != id ||
	    (state >> STATE_SHIFT != STATE_COMMITTED && state >> STATE_SHIFT != STATE_FINALIZED))
		return;
	if (!find_text(r, elfcore_u64(r->core, desc + r->lpos_begin),
		       elfcore_u64(r->core, desc + r->lpos_next), &index, &bytes))
		return;
	memcpy(&len, info + r->info_len, sizeof(len));
	if (r->core->swap)
		len = __builtin_bswap16(len);
	if (len < bytes)
		bytes = len; /* the rest of the block is padding */
	ts = elfcore_u64(r->core, info + r->info_ts);
	emit(r, stamp,
	     (size_t)snprintf(stamp, sizeof(stamp), "[%5" PRIu64 ".%06" PRIu64 "] ",
			      ts / 1000000000, ts / 1000 % 1000000));
	while (bytes && !r->err) {
		size_t part = bytes < sizeof(text) ? (size_t)bytes : sizeof(text);

		if (!r->io->read(r->io->arg, r->data + index, text, part))
			break;
		emit_escaped(r, text, part);
		index += part;
		bytes -= part;
	}
	emit(r, "\n", 1);
}

const char *printk_decode(const struct elfcore *core, const struct vmcoreinfo *info,
			  const struct printk_io *io, int *err)
{
	struct ring r = {.core = core, .io = io};
	const char *wrong = find_ring(&r, info);
	uint64_t id = r.tail_id & ID_MASK, end = r.head_id & ID_MASK;

	*err = 0;
	if (wrong)
		return wrong;
	for (uint64_t left = r.nr_descs; left && !r.err && r.misses < MISSES_MAX; left--) {
		emit_record(&r, id);
		if (id == end)
			break;
		id = (id + 1) & ID_MASK;
	}
	*err = r.err;
	if (r.misses == MISSES_MAX)
		return "much of the log is not in the dump";
	return r.err ? "the log could not be written" : NULL;
}

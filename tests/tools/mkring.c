// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mkring.c - make a printk ring buffer for a test core
 * In: records.  Out: the structs and the text of kernel/printk/printk_ringbuffer.h (5.10 and
 * newer; offsets of a 64-bit 6.12), and the lines of VMCOREINFO that describe them.
 * Does not know: files, segments.
 */
#include "mkring.h"

#include <string.h>

#define PRB_AT	   64  /* offset of the struct from the "prb" pointer */
#define DESCS_AT   256 /* offset of the descriptors from that pointer; infos and data follow */
#define DESC_BYTES 24
#define INFO_BYTES 88
#define DATA_RING  48 /* offset of text_data_ring in the struct */

const char mkring_info[] =
	"SIZE(printk_ringbuffer)=88\nOFFSET(printk_ringbuffer.desc_ring)=0\n"
	"OFFSET(printk_ringbuffer.text_data_ring)=48\nOFFSET(printk_ringbuffer.fail)=80\n"
	"SIZE(prb_desc_ring)=48\nOFFSET(prb_desc_ring.count_bits)=0\n"
	"OFFSET(prb_desc_ring.descs)=8\nOFFSET(prb_desc_ring.infos)=16\n"
	"OFFSET(prb_desc_ring.head_id)=24\nOFFSET(prb_desc_ring.tail_id)=32\n"
	"SIZE(prb_desc)=24\nOFFSET(prb_desc.state_var)=0\nOFFSET(prb_desc.text_blk_lpos)=8\n"
	"SIZE(prb_data_blk_lpos)=16\nOFFSET(prb_data_blk_lpos.begin)=0\n"
	"OFFSET(prb_data_blk_lpos.next)=8\nSIZE(printk_info)=88\nOFFSET(printk_info.seq)=0\n"
	"OFFSET(printk_info.ts_nsec)=8\nOFFSET(printk_info.text_len)=16\n"
	"OFFSET(printk_info.caller_id)=20\nOFFSET(printk_info.dev_info)=24\n"
	"SIZE(prb_data_ring)=32\nOFFSET(prb_data_ring.size_bits)=0\n"
	"OFFSET(prb_data_ring.data)=8\nSIZE(atomic_long_t)=8\nOFFSET(atomic_long_t.counter)=0\n";

void mkring_put(bool big, uint8_t *at, uint64_t v, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		at[big ? bytes - 1 - i : i] = (uint8_t)(v >> 8 * i);
}

struct out {
	struct mkring *ring;
	bool big;
	void (*write)(uint64_t va, const void *buf, size_t bytes);
	uint64_t infos, data;
};

static void put_record(const struct out *o, const struct mkring_record *rec, uint64_t id)
{
	struct mkring *ring = o->ring;
	const uint64_t size = UINT64_C(1) << ring->size_bits;
	const uint64_t slot = id % (UINT64_C(1) << ring->count_bits);
	const uint64_t need = (8 + rec->bytes + 7) / 8 * 8;
	uint64_t begin = rec->empty ? 3 : ring->lpos, next = rec->empty ? 3 : begin + need;
	uint64_t at = begin;
	uint8_t desc[DESC_BYTES], info[INFO_BYTES] = {0}, head[8];

	if (!rec->empty && begin / size != (ring->fit ? next - 1 : next) / size) {
		at = next / size * size; /* does not fit before the end: wrap */
		next = at + need;
	}
	mkring_put(o->big, desc, (id ^ (rec->foreign ? 1 : 0)) | (uint64_t)rec->state << 62, 8);
	mkring_put(o->big, desc + 8, begin, 8);
	mkring_put(o->big, desc + 16, next, 8);
	mkring_put(o->big, info + 8, rec->ts_nsec, 8);
	mkring_put(o->big, info + 16, rec->bytes, 2);
	o->write(ring->va + DESCS_AT + slot * DESC_BYTES, desc, sizeof(desc));
	o->write(o->infos + slot * INFO_BYTES, info, sizeof(info));
	if (rec->empty)
		return;
	mkring_put(o->big, head, id, 8);
	o->write(o->data + at % size, head, 8);
	o->write(o->data + at % size + 8, rec->text, rec->bytes);
	ring->lpos = next;
}

void mkring_write(struct mkring *ring, const struct mkring_record *records, size_t nr, bool big,
		  void (*write)(uint64_t va, const void *buf, size_t bytes))
{
	const uint64_t descs = UINT64_C(1) << ring->count_bits;
	struct out o = {.ring = ring, .big = big, .write = write};
	uint64_t id = ring->id;
	uint8_t prb[88] = {0}, ptr[8];

	o.infos = ring->va + DESCS_AT + descs * DESC_BYTES;
	o.data = o.infos + descs * INFO_BYTES;
	for (size_t i = 0; i < nr; i++, id = (id + 1) & MKRING_ID_MASK)
		put_record(&o, &records[i], id);
	mkring_put(big, ptr, ring->va + PRB_AT, 8);
	write(ring->va, ptr, 8);
	mkring_put(big, prb, ring->count_bits, 4);
	mkring_put(big, prb + 8, ring->va + DESCS_AT, 8);
	mkring_put(big, prb + 16, o.infos, 8);
	mkring_put(big, prb + 24, ((id - 1) & MKRING_ID_MASK) | UINT64_C(2) << 62, 8);
	mkring_put(big, prb + 32, ring->id, 8);
	mkring_put(big, prb + DATA_RING, ring->size_bits, 4);
	mkring_put(big, prb + DATA_RING + 8, o.data, 8);
	write(ring->va + PRB_AT, prb, sizeof(prb));
}

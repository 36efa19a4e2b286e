// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cache.c - a few blocks of a device in memory, so that all writes are large and aligned
 * In: bytes with their offsets, from several threads.  Out: whole blocks on the device, by direct
 * I/O: the memory of a capture boot is too small for a second copy in the page cache.
 * Does not know: the content, when the content is durable.
 *
 * The thread that fills a block writes it out, while other threads continue.  A new block replaces
 * the least recently used block that is not dirty.  A block that was written before is read back.
 * Blocks beyond the frontier were never written: they start as zeros, and skipped blocks are
 * overwritten with zeros on the device when a block after them is loaded.
 */
#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../util/fdio.h"
#include "../util/sigbus.h"
#include "../util/stall.h"

#define BLOCK	   SINK_CACHE_BLOCK_BYTES
#define ZERO_RANGE 0x10 /* FALLOC_FL_ZERO_RANGE, include/uapi/linux/falloc.h */
/* The largest range that one fallocate(2) zeros, so that the process can be ended between calls. */
#define ZERO_BYTES (16u << 20)
#define NOTHING	   UINT64_MAX

struct sink_cache_block {
	uint8_t *buf;
	uint64_t nr;   /* index of the block on the device; NOTHING: none */
	uint64_t used; /* value of the cache's clock at the last use */
	uint32_t filled;
	bool dirty;
	bool busy; /* being written or read, without the lock */
};

int sink_cache_open(struct sink_cache *c, int fd, uint64_t bytes, unsigned int nr_blocks)
{
	memset(c, 0, sizeof(*c));
	lock_init(&c->lock);
	c->fd = fd;
	c->bytes = bytes;
	c->nr_blocks = nr_blocks;
	c->blocks = calloc(nr_blocks, sizeof(*c->blocks));
	c->buffers = mmap(NULL, (size_t)nr_blocks * BLOCK, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (!c->blocks || c->buffers == MAP_FAILED) {
		sink_cache_free(c);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < nr_blocks; i++) {
		c->blocks[i].buf = c->buffers + (size_t)i * BLOCK;
		c->blocks[i].nr = NOTHING;
	}
	return 0;
}

/*
 * Returns the size of block @nr in bytes; only the last block of a device may be shorter than
 * BLOCK.
 */
static size_t block_bytes(const struct sink_cache *c, uint64_t nr)
{
	const uint64_t left = c->bytes - nr * BLOCK;

	return left < BLOCK ? (size_t)left : BLOCK;
}

/*
 * Write @b to the device.  The caller holds the lock, which is released during the write.  An error
 * is stored in c->err.
 */
static void write_out(struct sink_cache *c, struct sink_cache_block *b)
{
	int err;

	b->busy = true;
	lock_drop(&c->lock);
	err = fdio_pwrite(c->fd, b->buf, block_bytes(c, b->nr), b->nr * BLOCK);
	lock_take(&c->lock);
	b->busy = b->dirty = false;
	b->filled = 0;
	c->err = c->err ? c->err : err;
	lock_wake(&c->lock);
}

static void read_back(struct sink_cache *c, struct sink_cache_block *b)
{
	const size_t bytes = block_bytes(c, b->nr);
	ssize_t got;

	b->busy = true;
	lock_drop(&c->lock);
	got = fdio_pread(c->fd, b->buf, bytes, b->nr * BLOCK);
	lock_take(&c->lock);
	b->busy = false;
	if (got != (ssize_t)bytes && !c->err)
		c->err = got < 0 ? (int)got : -EIO;
	lock_wake(&c->lock);
}

/*
 * Zero @blocks blocks from block @first on with fallocate(2), which needs no buffer.  False: not
 * supported, or an error.
 */
static bool zero_fast(const struct sink_cache *c, uint64_t first, uint64_t blocks)
{
	const off_t at = (off_t)(first * BLOCK), bytes = (off_t)(blocks * BLOCK);

	return fallocate(c->fd, ZERO_RANGE | FALLOC_FL_KEEP_SIZE, at, bytes) == 0 ||
	       fallocate(c->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, bytes) == 0;
}

/*
 * Overwrite blocks [first, end) of the device with zeros; the range may be empty.  @b provides the
 * buffer, which contains zeros afterwards.  The caller holds the lock.  Returns 0 or -errno.
 */
static int zero_blocks(struct sink_cache *c, uint64_t first, uint64_t end,
		       struct sink_cache_block *b)
{
	const uint64_t many = ZERO_BYTES / BLOCK;
	int err = 0;

	memset(b->buf, 0, BLOCK);
	for (uint64_t part; first < end && !err; first += part) {
		part = end - first < many ? end - first : many;
		if (!zero_fast(c, first, part))
			for (uint64_t i = 0; i < part && !err; i++)
				err = fdio_pwrite(c->fd, b->buf, BLOCK, (first + i) * BLOCK);
		stall_moved(c->stall);
	}
	return err;
}

/*
 * Return the least recently used block whose data is already on the device.  NULL: there is no such
 * block.  In this case the function has waited for a running write or read or, if none was running,
 * has written out the least recently used dirty block, which may be read back later.  The cache may
 * have changed meanwhile, so the caller must search again.
 */
static struct sink_cache_block *make_room(struct sink_cache *c)
{
	struct sink_cache_block *clean = NULL, *dirty = NULL;
	bool busy = false;

	for (unsigned int i = 0; i < c->nr_blocks; i++) {
		struct sink_cache_block *b = &c->blocks[i];
		struct sink_cache_block **oldest = b->dirty ? &dirty : &clean;

		if (b->busy)
			busy = true;
		else if (!*oldest || b->used < (*oldest)->used)
			*oldest = b;
	}
	if (!clean && busy)
		lock_wait(&c->lock);
	else if (!clean && dirty)
		write_out(c, dirty);
	return clean;
}

static void load(struct sink_cache *c, struct sink_cache_block *b, uint64_t nr)
{
	int err;

	b->nr = nr;
	b->filled = 0;
	if (nr < c->frontier) {
		read_back(c, b);
		return;
	}
	err = zero_blocks(c, c->frontier, nr, b);
	c->err = c->err ? c->err : err;
	c->frontier = nr + 1;
}

/*
 * Returns block @nr, loaded if necessary.  The caller holds the lock, which may be released
 * meanwhile.  NULL: there was an error.
 */
static struct sink_cache_block *get(struct sink_cache *c, uint64_t nr)
{
	struct sink_cache_block *b;

	while (!c->err) {
		unsigned int i = 0;

		while (i < c->nr_blocks && c->blocks[i].nr != nr)
			i++;
		b = i < c->nr_blocks ? &c->blocks[i] : NULL;
		if (b && b->busy) {
			lock_wait(&c->lock);
		} else if (b) {
			b->used = ++c->clock;
			return b;
		} else if ((b = make_room(c))) {
			load(c, b, nr);
		}
	}
	return NULL;
}

struct copy {
	void *to;
	const void *from;
	size_t bytes;
};

static void copy(void *arg)
{
	const struct copy *k = arg;

	memcpy(k->to, k->from, k->bytes);
}

/*
 * Write @bytes, which must be in one block, at offset @at.  Returns the values of
 * sink_cache_write().
 */
static int write_part(struct sink_cache *c, const uint8_t *buf, size_t bytes, uint64_t at)
{
	struct sink_cache_block *b;
	struct copy k = {.from = buf, .bytes = bytes};
	int err = 0;

	lock_take(&c->lock);
	b = get(c, at / BLOCK);
	if (!b) {
		err = c->err;
	} else {
		k.to = b->buf + at % BLOCK;
		/* the source may be a mapping of memory that cannot be read */
		if (!sigbus_run(copy, &k)) {
			memset(k.to, 0, bytes);
			err = -EFAULT;
		}
		b->dirty = true;
		b->filled += (uint32_t)bytes;
		if (b->filled >= BLOCK)
			write_out(c, b);
	}
	lock_drop(&c->lock);
	return err;
}

int sink_cache_write(struct sink_cache *c, const void *buf, size_t bytes, uint64_t at)
{
	const uint8_t *from = buf;
	int err = 0;

	if (at > c->bytes || bytes > c->bytes - at)
		return -ENOSPC;
	for (size_t part; bytes && !err; bytes -= part, at += part, from += part) {
		part = BLOCK - at % BLOCK;
		part = part < bytes ? part : bytes;
		err = write_part(c, from, part, at);
	}
	return err;
}

int sink_cache_finish(struct sink_cache *c, uint64_t end)
{
	struct sink_cache_block *last;
	int err;

	lock_take(&c->lock);
	last = end && end <= c->bytes ? get(c, (end - 1) / BLOCK) : NULL;
	if (last)
		last->dirty = true;
	for (unsigned int i = 0; i < c->nr_blocks; i++)
		if (c->blocks[i].dirty)
			write_out(c, &c->blocks[i]);
	err = c->err;
	lock_drop(&c->lock);
	return err;
}

void sink_cache_free(struct sink_cache *c)
{
	if (c->buffers && c->buffers != MAP_FAILED)
		munmap(c->buffers, (size_t)c->nr_blocks * BLOCK);
	free(c->blocks);
	memset(c, 0, sizeof(*c));
}

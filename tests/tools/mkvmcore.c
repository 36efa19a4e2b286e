// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mkvmcore.c - make a vmcore from a textual description, for tests
 * In: the description on stdin.  Out: the ELF64 core named by the argument; memory without data
 * is a hole of the file, so a source of many GiB needs no time.
 * Does not know: the program under test (uses none of its code).
 *
 * Each line has one directive, or is a comment that begins with '#'.  N is decimal or 0x hex, and
 * may end in K, M or G.  All directives are optional; the smallest useful core is "load 0 4K".
 *
 *  machine N | eflags N           header fields (62, x86_64; 0)
 *  order little|big               byte order (little)
 *  xnum                           the number of program headers is in section header 0
 *  info TEXT                      a line of the VMCOREINFO note
 *  prstatus N                     N notes CORE/NT_PRSTATUS of 336 bytes before VMCOREINFO
 *  load PADDR FILESZ [memsz=N] [vaddr=N] [offset=N]
 *                                 a PT_LOAD.  Defaults: memsz FILESZ; vaddr 0xc000000000000000 +
 *                                 PADDR; offset: the next free page plus PADDR % 4096
 *  loads COUNT PADDR STRIDE FILESZ   COUNT loads, STRIDE bytes apart
 *  zero N | fill BYTE N           the content of the next N bytes of the last load (default: zero)
 *  pattern SEED N                 the next N bytes are 64-bit words, computed from SEED and
 *                                 their physical address
 *  ring VADDR COUNT_BITS SIZE_BITS [lpos=N] [id=N] [fit]
 *                                 a printk ring (kernel/printk/printk_ringbuffer.h) at VADDR,
 *                                 described in VMCOREINFO.  lpos: bytes of the data ring in
 *                                 use already; id: number of the first record; fit: a block
 *                                 that ends exactly at the end of the ring is not wrapped
 *                                 (newest kernels)
 *  record NSEC TEXT               a finalized record of the ring; \xNN in TEXT is one byte
 *  committed|reserved|wrongid NSEC TEXT   a record in another state, or with a foreign id
 *  empty NSEC                     a record with an empty line
 *  poke OFFSET HEX                overwrite bytes at a file offset, after all other content
 *  truncate N                     the final size of the file
 */
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mkring.h"
#include "words.h"

#define LOADS_MAX   140000
#define ITEMS_MAX   4096
#define PAGE	    4096u
#define DIRECT_MAP  UINT64_C(0xc000000000000000)
#define PRSTATUS    336
#define AUTO_OFFSET UINT64_MAX

struct load {
	uint64_t paddr, vaddr, filesz, memsz, offset;
};

struct item { /* content of a load, or a poke */
	enum { FILL, PATTERN, POKE } kind;
	uint64_t at, bytes, seed; /* offset in the load or in the file */
	size_t load;
	char *text;
};

static struct load loads[LOADS_MAX];
static struct item items[ITEMS_MAX];
static struct mkring_record records[ITEMS_MAX];
static size_t nr_loads, nr_items, nr_records;
static struct mkring ring;
static char info[65536];
static uint64_t machine = EM_X86_64, eflags, prstatus, filled;
static int64_t truncate_to = -1;
static bool big, xnum;
static int fd;

static void write_at(const void *buf, size_t bytes, uint64_t at)
{
	if (pwrite(fd, buf, bytes, (off_t)at) != (ssize_t)bytes) {
		perror("mkvmcore: write");
		exit(1);
	}
}

/* ---- the description ------------------------------------------------------------------- */

static void add_load(uint64_t paddr, uint64_t filesz)
{
	if (nr_loads == LOADS_MAX)
		words_die("too many loads");
	loads[nr_loads++] = (struct load){.paddr = paddr,
					  .vaddr = DIRECT_MAP + paddr,
					  .filesz = filesz,
					  .memsz = filesz,
					  .offset = AUTO_OFFSET};
	filled = 0;
}

static struct item *add_item(int kind)
{
	if (nr_items == ITEMS_MAX)
		words_die("too many fill, pattern and poke directives");
	items[nr_items].kind = kind;
	return &items[nr_items++];
}

static void take_load(void)
{
	uint64_t paddr = words_word(), filesz = words_word();
	struct load *l;
	char *s;

	add_load(paddr, filesz);
	l = &loads[nr_loads - 1];
	while ((s = strtok(NULL, " ")))
		if (!words_option(s, "memsz", &l->memsz) && !words_option(s, "vaddr", &l->vaddr) &&
		    !words_option(s, "offset", &l->offset))
			words_die("unknown option of load");
}

static void take_content(int kind, uint64_t seed)
{
	struct item *it;
	uint64_t bytes = words_word();

	if (!nr_loads || filled + bytes > loads[nr_loads - 1].filesz)
		words_die("the content does not fit in the last load");
	if (kind != FILL || seed) {
		it = add_item(kind);
		it->load = nr_loads - 1;
		it->at = filled;
		it->bytes = bytes;
		it->seed = seed;
	}
	filled += bytes;
}

static void take_ring(void)
{
	uint64_t first = UINT64_MAX, used = 0;
	char *s;

	ring.va = words_word();
	ring.count_bits = words_word();
	ring.size_bits = words_word();
	while ((s = strtok(NULL, " "))) {
		if (strcmp(s, "fit") == 0)
			ring.fit = true;
		else if (!words_option(s, "lpos", &used) && !words_option(s, "id", &first))
			words_die("unknown option of ring");
	}
	/* like the kernel: positions and IDs start just before they wrap */
	ring.lpos = used - (UINT64_C(1) << ring.size_bits);
	ring.id = first != UINT64_MAX ? first : -((UINT64_C(1) << ring.count_bits) + 1);
	ring.id &= MKRING_ID_MASK;
}

static void take_record(const char *what)
{
	struct mkring_record *rec = &records[nr_records++];

	if (nr_records == ITEMS_MAX)
		words_die("too many records");
	rec->ts_nsec = words_word();
	rec->text = strdup(words_rest());
	rec->bytes = words_unescape(rec->text);
	rec->empty = strcmp(what, "empty") == 0;
	rec->foreign = strcmp(what, "wrongid") == 0;
	rec->state = strcmp(what, "reserved") == 0 ? 0 : strcmp(what, "committed") == 0 ? 1 : 2;
}

static void take_poke(void)
{
	struct item *it = add_item(POKE);
	unsigned int byte;
	char *hex;

	it->at = words_word();
	it->text = strdup(words_rest());
	for (hex = it->text; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		it->text[it->bytes++] = (char)byte;
}

static void take_line(char *line)
{
	char *word0 = strtok(line, " ");

	if (!word0 || *word0 == '#')
		return;
#define IS(s) (strcmp(word0, s) == 0)
	if (IS("machine"))
		machine = words_word();
	else if (IS("eflags"))
		eflags = words_word();
	else if (IS("order"))
		big = strcmp(words_rest(), "big") == 0;
	else if (IS("xnum"))
		xnum = true;
	else if (IS("info"))
		strcat(strncat(info, words_rest(), sizeof(info) / 2 - strlen(info)), "\n");
	else if (IS("prstatus"))
		prstatus = words_word();
	else if (IS("load"))
		take_load();
	else if (IS("loads"))
		for (uint64_t n = words_word(), at = words_word(), step = words_word(),
			      size = words_word();
		     n; n--, at += step)
			add_load(at, size);
	else if (IS("zero"))
		take_content(FILL, 0);
	else if (IS("fill") || IS("pattern"))
		take_content(IS("fill") ? FILL : PATTERN, words_word());
	else if (IS("ring"))
		take_ring();
	else if (IS("record") || IS("committed") || IS("reserved") || IS("wrongid") || IS("empty"))
		take_record(word0);
	else if (IS("poke"))
		take_poke();
	else if (IS("truncate"))
		truncate_to = (int64_t)words_word();
	else
		words_die("unknown directive");
#undef IS
}

/* ---- the file -------------------------------------------------------------------------- */

static uint64_t put_note(uint64_t at, const char *name, uint32_t type, const void *desc,
			 size_t bytes)
{
	const size_t name_bytes = strlen(name) + 1;
	uint8_t head[12 + 16] = {0};

	mkring_put(big, head, name_bytes, 4);
	mkring_put(big, head + 4, bytes, 4);
	mkring_put(big, head + 8, type, 4);
	memcpy(head + 12, name, name_bytes);
	write_at(head, 12 + (name_bytes + 3) / 4 * 4, at);
	at += 12 + (name_bytes + 3) / 4 * 4;
	write_at(desc, bytes, at);
	return at + (bytes + 3) / 4 * 4;
}

/* Write the notes at @at.  Returns the file offset of their end. */
static uint64_t put_notes(uint64_t at)
{
	uint8_t status[PRSTATUS];

	for (uint64_t i = 0; i < prstatus; i++) {
		memset(status, (int)i + 1, sizeof(status));
		at = put_note(at, "CORE", NT_PRSTATUS, status, sizeof(status));
	}
	if (ring.va)
		sprintf(info + strlen(info), "SYMBOL(prb)=%llx\n%s", (unsigned long long)ring.va,
			mkring_info);
	return *info ? put_note(at, "VMCOREINFO", 0, info, strlen(info)) : at;
}

static void put_phdr(uint64_t at, uint32_t type, const struct load *l)
{
	uint8_t p[56] = {0};

	mkring_put(big, p, type, 4);
	mkring_put(big, p + 4, type == PT_LOAD ? PF_R | PF_W | PF_X : 0, 4);
	mkring_put(big, p + 8, l->offset, 8);
	mkring_put(big, p + 16, l->vaddr, 8);
	mkring_put(big, p + 24, l->paddr, 8);
	mkring_put(big, p + 32, l->filesz, 8);
	mkring_put(big, p + 40, l->memsz, 8);
	write_at(p, sizeof(p), at);
}

/* Write headers and notes; assign the offset of each load.  Returns the size of the file. */
static uint64_t put_head(void)
{
	const uint64_t nr = nr_loads + 1, shdr_at = 64 + nr * 56;
	struct load note = {.offset = shdr_at + (xnum ? 64 : 0)};
	uint8_t ehdr[64] = {0x7f, 'E', 'L', 'F', ELFCLASS64, big ? ELFDATA2MSB : ELFDATA2LSB, 1};
	uint8_t shdr[64] = {0};
	uint64_t end = put_notes(note.offset), top;

	mkring_put(big, ehdr + 16, ET_CORE, 2);
	mkring_put(big, ehdr + 18, machine, 2);
	mkring_put(big, ehdr + 20, 1, 4);
	mkring_put(big, ehdr + 32, 64, 8);
	mkring_put(big, ehdr + 40, xnum ? shdr_at : 0, 8);
	mkring_put(big, ehdr + 48, eflags, 4);
	mkring_put(big, ehdr + 52, 64, 2);
	mkring_put(big, ehdr + 54, 56, 2);
	mkring_put(big, ehdr + 56, xnum ? 0xffff : nr, 2);
	mkring_put(big, ehdr + 58, xnum ? 64 : 0, 2);
	mkring_put(big, ehdr + 60, xnum, 2);
	write_at(ehdr, sizeof(ehdr), 0);
	mkring_put(big, shdr + 44, nr, 4);
	if (xnum)
		write_at(shdr, sizeof(shdr), shdr_at);
	note.filesz = note.memsz = end - note.offset;
	put_phdr(64, PT_NOTE, &note);
	for (size_t i = 0; i < nr_loads; i++) {
		struct load *l = &loads[i];

		if (l->offset == AUTO_OFFSET)
			l->offset = (end + PAGE - 1) / PAGE * PAGE + l->paddr % PAGE;
		put_phdr(64 + (i + 1) * 56, PT_LOAD, l);
		top = l->offset + l->filesz;
		if (top > end)
			end = top;
	}
	return end;
}

static uint64_t pattern_word(uint64_t seed, uint64_t paddr)
{
	uint64_t x = (paddr / 8 + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ seed;

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	return x;
}

/* The words are little endian in every core, so they depend only on @seed and @paddr. */
static void fill_pattern(uint8_t *buf, uint64_t bytes, uint64_t seed, uint64_t paddr)
{
	for (uint64_t i = 0, part; i < bytes; i += part) {
		const unsigned int skip = (paddr + i) % 8;
		uint64_t word = pattern_word(seed, paddr + i) >> 8 * skip;

		part = 8 - skip < bytes - i ? 8 - skip : bytes - i;
		memcpy(buf + i, &word, part);
	}
}

static void put_content(const struct item *it)
{
	static uint8_t buf[1u << 20];
	const struct load *l = &loads[it->load];

	for (uint64_t done = 0, part; done < it->bytes; done += part) {
		part = it->bytes - done < sizeof(buf) ? it->bytes - done : sizeof(buf);
		if (it->kind == FILL)
			memset(buf, (int)it->seed, part);
		else
			fill_pattern(buf, part, it->seed, l->paddr + it->at + done);
		write_at(buf, part, l->offset + it->at + done);
	}
}

/* Write memory of the crashed kernel at virtual address @va. */
static void put_virt(uint64_t va, const void *buf, size_t bytes)
{
	for (size_t i = 0; i < nr_loads; i++)
		if (va >= loads[i].vaddr && va - loads[i].vaddr + bytes <= loads[i].filesz) {
			write_at(buf, bytes, loads[i].offset + (va - loads[i].vaddr));
			return;
		}
	words_die("the ring is not inside a load");
}

int main(int argc, char *argv[])
{
	static char line[8192];
	uint64_t end;

	fd = argc == 2 ? open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0644) : -1;
	if (fd < 0) {
		fprintf(stderr, "Usage: mkvmcore FILE < DESCRIPTION\n");
		return 2;
	}
	while (words_line_nr++, fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		take_line(line);
	}
	end = put_head();
	for (size_t i = 0; i < nr_items; i++)
		if (items[i].kind == FILL || items[i].kind == PATTERN)
			put_content(&items[i]);
	if (ring.va)
		mkring_write(&ring, records, nr_records, big, put_virt);
	for (size_t i = 0; i < nr_items; i++)
		if (items[i].kind == POKE)
			write_at(items[i].text, items[i].bytes, items[i].at);
	if (ftruncate(fd, truncate_to >= 0 ? truncate_to : (off_t)end) != 0 || close(fd) != 0) {
		perror("mkvmcore");
		return 1;
	}
	return 0;
}

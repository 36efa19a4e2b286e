/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pattern - memory with known content and known PFNs, for pattern.py to find in a dump
 * In: pattern FILE SEED: a file for the PFNs, and a number.
 * Out: 64 MiB of locked memory; FILE has "seed SEED page_size BYTES" and then one line
 * "INDEX PFN" per page, durable before the line "ready" is printed.  Runs until it is killed.
 * Does not know: dumps.
 *
 * The kernel must not move the pages after their PFNs were read.  mlock() does not prevent that:
 * khugepaged copies small pages into a huge page, and compaction moves locked pages, too, while
 * vm.compact_unevictable_allowed is 1 (Linux 6.12: mm/khugepaged.c, mm/compaction.c).
 *
 * Word i of page p is base + i, base = mix(SEED + p) with the top bit clear; pattern.py computes
 * the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define TOTAL (64ul << 20) /* bytes */
/* /proc/PID/pagemap: bits 0-54 are the PFN, bit 63 is set if the page is in memory */
#define PFN_MASK ((1ull << 55) - 1)

/* splitmix64's finalizer, from its public domain description */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return (x ^ (x >> 31)) & INT64_MAX;
}

static int die(const char *what)
{
	perror(what);
	return 1;
}

/* keep khugepaged and compaction from moving the memory; -1 and errno on failure */
static int keep_in_place(void *mem)
{
	int fd = open("/proc/sys/vm/compact_unevictable_allowed", O_WRONLY);

	/* without CONFIG_COMPACTION or CONFIG_TRANSPARENT_HUGEPAGE there is nothing to prevent */
	if (fd >= 0 ? write(fd, "0", 1) != 1 || close(fd) : errno != ENOENT)
		return -1;
	return madvise(mem, TOTAL, MADV_NOHUGEPAGE) && errno != EINVAL ? -1 : 0;
}

int main(int argc, char **argv)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = TOTAL / page, words = page / 8;
	uint64_t seed, *mem, *entry;
	FILE *out;
	int fd;

	if (argc != 3)
		return 2;
	seed = strtoull(argv[2], NULL, 0);
	mem = mmap(NULL, TOTAL, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	entry = malloc(pages * sizeof *entry);
	if (mem == MAP_FAILED || !entry || keep_in_place(mem) || mlock(mem, TOTAL))
		return die("memory");
	for (size_t p = 0; p < pages; p++) {
		uint64_t base = mix(seed + p);

		for (size_t i = 0; i < words; i++)
			mem[p * words + i] = base + i;
	}
	fd = open("/proc/self/pagemap", O_RDONLY);
	if (fd < 0 ||
	    pread(fd, entry, pages * 8, (off_t)((uintptr_t)mem / page * 8)) != (ssize_t)(pages * 8))
		return die("pagemap");
	out = fopen(argv[1], "w");
	if (!out)
		return die(argv[1]);
	fprintf(out, "seed %llu page_size %zu\n", (unsigned long long)seed, page);
	for (size_t p = 0; p < pages; p++) {
		if (!(entry[p] >> 63))
			return die("a page is not in memory");
		fprintf(out, "%zu %llu\n", p, (unsigned long long)(entry[p] & PFN_MASK));
	}
	if (fflush(out) || fsync(fileno(out)) || fclose(out))
		return die(argv[1]);
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * phyp.c - simulate the kernel that holds a phyp-assisted dump
 * In: phyp RELEASE SOURCE COMMAND...: a file with the text of /sys/kernel/release_region, an ELF64
 * core, a command that reads both and writes to RELEASE.
 * Out: the exit status of the command.  Each page that the command releases is overwritten in the
 * core before write(2) returns.  On stdout "freed=PAGES sums=exact|no": the number of released
 * pages, and whether a real kernel would arm the next dump.  If a write would crash a real kernel:
 * exit status 99, and a line on stderr.
 * Does not know: the program under test (uses none of its code).
 *
 * phyp does the same as store_release_region(), release_memory_range() and track_freed_range() of
 * arch/powerpc/platforms/pseries/phyp_dump.c, Linux 3.3, which frees one page too many.  Only the
 * first thread of the command is traced; no other thread may write to the file.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "elf64.h"

#define PAGE   4096u
#define POISON 0xa5
#define FATAL  99

static struct elf64 core;
static int core_fd;
static char release[PATH_MAX];

/*
 * copy: the firmware's copy of low memory; scratch: the CPU and HPTE regions and the copy; held:
 * all held memory, which ends with scratch.
 */
static uint64_t copy_at, copy_bytes, held_at, held_bytes, scratch_at, scratch_bytes;
static uint64_t held_sum, scratch_sum;
static uint8_t *freed; /* one byte for each held page: 1 after its release */
static unsigned long nr_freed;
static bool armed;

static void die_of(const char *what, uint64_t start, uint64_t length)
{
	fprintf(stderr, "phyp: a kernel would crash: %s: %#" PRIx64 " %#" PRIx64 "\n", what, start,
		length);
	exit(FATAL);
}

static void read_text(const char *name)
{
	uint64_t cpu, cpu_bytes, hpte, hpte_bytes;
	FILE *f = fopen(name, "re");

	if (!f || !realpath(name, release) ||
	    fscanf(f,
		   "CPU:%" SCNx64 "-%" SCNx64 ": HPTE:%" SCNx64 "-%" SCNx64 ": DUMP:%" SCNx64
		   "-%" SCNx64 ", %" SCNx64 "-%" SCNx64 ":",
		   &cpu, &cpu_bytes, &hpte, &hpte_bytes, &copy_at, &copy_bytes, &held_at,
		   &held_bytes) != 8)
		differ("%s: is not the text of release_region", name);
	fclose(f);
	scratch_at = cpu_bytes ? cpu : copy_at;
	scratch_bytes = cpu_bytes + hpte_bytes + copy_bytes;
	held_bytes += scratch_bytes;
	freed = calloc(held_bytes / PAGE + 1, 1);
	if (!freed)
		differ("no memory");
}

/*
 * Overwrite the page at physical address @at in the core, where a page of the firmware's copy has
 * its original address.  Do nothing if the core lacks this page.
 */
static void poison(uint64_t at)
{
	const bool is_copy = at >= copy_at && at - copy_at < copy_bytes;
	const uint64_t paddr = is_copy ? at - copy_at : at;
	uint8_t page[PAGE];

	memset(page, POISON, sizeof(page));
	for (uint64_t i = elf64_next(&core, 0, PT_LOAD); i < core.nr;
	     i = elf64_next(&core, i + 1, PT_LOAD)) {
		const uint64_t load = elf64_field(&core, i, P_PADDR);

		if (paddr < load || paddr - load >= elf64_field(&core, i, P_FILESZ))
			continue;
		if (pwrite(core_fd, page, sizeof(page),
			   (off_t)(elf64_field(&core, i, P_OFFSET) + (paddr - load))) != PAGE)
			differ("cannot write to the core");
		return;
	}
}

static void track(uint64_t start, uint64_t length)
{
	if (start < held_at)
		return;
	if (start <= held_at + held_bytes)
		held_sum += length;
	if (scratch_bytes && start >= scratch_at && start <= scratch_at + scratch_bytes)
		scratch_sum += length;
	armed |= held_sum == held_bytes && scratch_sum == scratch_bytes;
}

static void store(const char *text)
{
	const uint64_t end = held_at + held_bytes;
	uint64_t start, length;

	if (sscanf(text, "%" SCNx64 " %" SCNx64, &start, &length) != 2)
		differ("not START LENGTH, which gives EINVAL: %s", text);
	track(start, length);
	if (start > end || start + length < start)
		die_of("a range past the end", start, length);
	if (start < held_at)
		start = held_at;
	if (start + length > end)
		length = end - start;
	for (uint64_t pfn = start / PAGE; pfn <= start / PAGE + length / PAGE; pfn++) {
		const uint64_t i = pfn - held_at / PAGE;

		if (i >= held_bytes / PAGE)
			die_of("a page past the end", start, length);
		if (freed[i])
			continue;
		freed[i] = 1;
		nr_freed++;
		poison(pfn * PAGE);
	}
}

/* If @pid writes to RELEASE, copy the first 127 bytes to @text.  False: it writes elsewhere. */
static bool is_ours(pid_t pid, const uint64_t args[], char text[128])
{
	char link[64], name[PATH_MAX];
	ssize_t got;
	FILE *mem;
	size_t bytes = args[2] < 127 ? args[2] : 127;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, (int)args[0]);
	got = readlink(link, name, sizeof(name) - 1);
	if (got < 0)
		return false;
	name[got] = '\0';
	if (strcmp(name, release) != 0)
		return false;
	snprintf(link, sizeof(link), "/proc/%d/mem", (int)pid);
	mem = fopen(link, "re");
	if (!mem || fseeko(mem, (off_t)args[1], SEEK_SET) != 0 ||
	    fread(text, 1, bytes, mem) != bytes)
		differ("cannot read the written bytes");
	fclose(mem);
	text[bytes] = '\0';
	return true;
}

static void look(pid_t pid)
{
	static char text[128];
	static bool writing; /* to RELEASE */
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		writing = info.entry.nr == SYS_write &&
			  is_ours(pid, (uint64_t *)info.entry.args, text);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT && writing && !info.exit.is_error)
		store(text);
}

static int follow(pid_t pid)
{
	int status, sig = 0;

	waitpid(pid, &status, 0); /* the child stops at the exec */
	ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	for (;;) {
		ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)sig);
		if (waitpid(pid, &status, 0) != pid || WIFSIGNALED(status))
			return 1;
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		sig = WSTOPSIG(status);
		if (sig == (SIGTRAP | 0x80))
			look(pid);
		if (sig == SIGTRAP || sig == (SIGTRAP | 0x80))
			sig = 0;
	}
}

int main(int argc, char *argv[])
{
	pid_t pid;
	int status;

	if (argc < 4) {
		fprintf(stderr, "Usage: phyp RELEASE SOURCE COMMAND...\n");
		return 2;
	}
	read_text(argv[1]);
	elf64_open(&core, argv[2]);
	core_fd = open(argv[2], O_WRONLY | O_CLOEXEC);
	if (core_fd < 0)
		differ("%s: cannot be written", argv[2]);
	pid = fork();
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	status = follow(pid);
	printf("freed=%lu sums=%s\n", nr_freed, armed ? "exact" : "no");
	return status;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * release_region.c - the kernel part of a phyp-assisted dump, in a capture boot of a real fadump
 * In: rtas/ibm,kernel-dump; the parameters mem_reserved (of /sys/kernel/fadump/mem_reserved), last
 * (the address of the last byte of memory) and stop_at.
 * Out: /sys/kernel/release_region, which behaves like that of
 * arch/powerpc/platforms/pseries/phyp_dump.c, Linux 2.6.27 to 3.3; it also frees one page too many.
 * Each page is overwritten, then really freed.  A range that would have crashed that kernel is
 * refused and logged.  /proc/release_region has a line for each write:
 *	give START LENGTH pages FREED total KILOBYTES
 *	refuse START LENGTH
 * and "sums exact" after a write with which that kernel would have armed the next dump.
 * Does not know: whether a page was saved.
 *
 * The memory that can be released is all memory above the reserved area.  As in that kernel, the
 * text of release_region includes the firmware's copy of low memory; but here the copy is in the
 * reserved area and cannot be released.
 *
 * stop_at: after this number of bytes a write does not return, so that the power can be cut there.
 */
#include <linux/delay.h>
#include <linux/kobject.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/pfn.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/sysfs.h>

#define POISON	  0xa5
#define LOG_LINES 1024

struct section { /* PAPR, as in arch/powerpc/platforms/pseries/rtas-fadump.h */
	__be32 flags;
	__be16 type;
	__be16 error;
	__be64 source, length, dumped, destination;
} __packed;

struct node {
	__be32 version;
	__be16 sections;
	__be16 status;
	u8 rest[32];
	struct section section[];
} __packed;

enum { CPU = 1, HPTE = 2, REAL_MODE = 0x11 };

static unsigned long mem_reserved, last, stop_at;
module_param(mem_reserved, ulong, 0400);
module_param(last, ulong, 0400);
module_param(stop_at, ulong, 0400);

struct area {
	u64 at, bytes;
};

static struct area cpu, hpte, copy, held;
static u64 asked, given; /* sum of the lengths written; bytes freed */

static struct entry {
	u64 start, length;
	unsigned long pages, total_kb;
	bool refused, exact;
} entries[LOG_LINES];
static unsigned int nr_entries;
static DEFINE_MUTEX(lock);

static void note(u64 start, u64 length, unsigned long pages, bool refused)
{
	struct sysinfo info;

	si_meminfo(&info);
	if (nr_entries == LOG_LINES)
		return;
	entries[nr_entries++] = (struct entry){
		.start = start,
		.length = length,
		.pages = pages,
		.total_kb = info.totalram << (PAGE_SHIFT - 10),
		.refused = refused,
		.exact = asked == held.bytes,
	};
}

static int show_log(struct seq_file *m, void *v)
{
	mutex_lock(&lock);
	for (unsigned int i = 0; i < nr_entries; i++) {
		const struct entry *e = &entries[i];

		if (e->refused)
			seq_printf(m, "refuse 0x%llx 0x%llx\n", e->start, e->length);
		else
			seq_printf(m, "give 0x%llx 0x%llx pages %lu total %lu\n", e->start,
				   e->length, e->pages, e->total_kb);
		if (e->exact)
			seq_puts(m, "sums exact\n");
	}
	mutex_unlock(&lock);
	return 0;
}

/* Like release_memory_range(): frees the pages from @first to @first + @pages, inclusive. */
static unsigned long free_pages_up_to(unsigned long first, unsigned long pages)
{
	unsigned long freed = 0;

	for (unsigned long pfn = first; pfn <= first + pages; pfn++) {
		struct page *page = pfn_to_page(pfn);

		if (!PageReserved(page))
			continue;
		memset(page_address(page), POISON, PAGE_SIZE);
		free_reserved_page(page);
		freed++;
		cond_resched();
	}
	return freed;
}

static ssize_t store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
		     size_t count)
{
	const u64 end = held.at + held.bytes;
	unsigned long start, length, asked_start, asked_length, pages;

	if (sscanf(buf, "%lx %lx", &start, &length) != 2)
		return -EINVAL;
	asked_start = start;
	asked_length = length;
	mutex_lock(&lock);
	if (start >= held.at && start <= end)
		asked += length; /* like track_freed_range(): the length before it is cut */
	if (start < held.at)
		start = held.at;
	if (start + length < start || start > end) {
		note(asked_start, asked_length, 0, true);
		mutex_unlock(&lock);
		pr_err("release_region: 0x%lx 0x%lx would have crashed the kernel\n", asked_start,
		       asked_length);
		return -EINVAL;
	}
	if (start + length > end)
		length = end - start;
	pages = PFN_DOWN(length);
	if (PFN_DOWN(start) + pages >= PFN_DOWN(end)) {
		note(asked_start, asked_length, 0, true);
		mutex_unlock(&lock);
		pr_err("release_region: 0x%lx 0x%lx frees the page after the last one\n",
		       asked_start, asked_length);
		return -EINVAL;
	}
	pages = free_pages_up_to(PFN_DOWN(start), pages);
	given += PFN_PHYS(pages);
	note(asked_start, asked_length, pages, false);
	mutex_unlock(&lock);
	if (stop_at && given >= stop_at) {
		pr_emerg("release_region: stopped behind 0x%llx\n", (u64)start + PFN_PHYS(pages));
		for (;;)
			msleep(1000);
	}
	return count;
}

static ssize_t show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(
		buf, "CPU:0x%llx-0x%llx: HPTE:0x%llx-0x%llx: DUMP:0x%llx-0x%llx, 0x%llx-0x%llx:\n",
		cpu.at, cpu.bytes, hpte.at, hpte.bytes, copy.at, copy.bytes, held.at, held.bytes);
}

static struct kobj_attribute release_region = __ATTR(release_region, 0600, show, store);

static int read_node(void)
{
	struct device_node *rtas = of_find_node_by_path("/rtas");
	const struct node *node = NULL;
	u64 reserve = U64_MAX;
	int bytes = 0;

	if (rtas)
		node = of_get_property(rtas, "ibm,kernel-dump", &bytes);
	if (!node || bytes < sizeof(*node))
		return -ENODEV;
	for (unsigned int i = 0; i < be16_to_cpu(node->sections); i++) {
		const struct section *s = &node->section[i];
		const struct area dest = {be64_to_cpu(s->destination), be64_to_cpu(s->length)};

		if ((u8 *)(s + 1) > (u8 *)node + bytes)
			return -EINVAL;
		switch (be16_to_cpu(s->type)) {
		case CPU:
			cpu = dest;
			break;
		case HPTE:
			hpte = dest;
			break;
		case REAL_MODE: /* this machine has exactly one */
			copy = dest;
			break;
		default: /* the argument area is not part of the reserved area */
			continue;
		}
		reserve = min(reserve, dest.at);
	}
	of_node_put(rtas);
	held.at = PAGE_ALIGN(reserve + mem_reserved);
	held.bytes = last + 1 - held.at;
	return held.at < last ? 0 : -EINVAL;
}

static int __init start(void)
{
	int err = read_node();

	if (err)
		return err;
	if (!proc_create_single("release_region", 0400, NULL, show_log))
		return -ENOMEM;
	return sysfs_create_file(kernel_kobj, &release_region.attr);
}

/* No module_exit(): released memory cannot be taken back. */
module_init(start);
MODULE_DESCRIPTION("the kernel part of a phyp-assisted dump, for tests");
MODULE_LICENSE("GPL");

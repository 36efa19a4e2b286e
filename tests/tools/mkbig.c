// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mkbig.c - make a sparse vmcore of a large x86_64 machine, to measure the scan of its page structs
 * In: FILE; GIB (1 to 8192), the size of the memory of the machine.
 * Out: the ELF64 core; on stdout "pages=N kept=N", the number of pages in the PT_LOADs, and the
 * number of those that dump level 31 keeps (a page of zeros counts as kept: it has a descriptor).
 * Does not know: the program under test (uses none of its code).
 *
 * The kernel is Linux 6.12 with 4 levels of page tables, without KASLR.  VMCOREINFO has all keys
 * that makedumpfile needs, and every page has a page struct.  The page structs of a real terabyte
 * need 16 GiB.  Here vmemmap maps 64 different pieces of 2 MiB repeatedly: 128 MiB are really read,
 * which is more than the caches of a processor can hold.  A piece describes one section of 128 MiB:
 * nearly half of it is free, the rest is anonymous pages and cache; the kernel has 4 pages.  So the
 * scan takes most of the time, not the copy of the few pages that are kept.  There are no large
 * folios: a tail page points to the struct of its head page, so a piece with tail pages could
 * describe only one section.  A machine with large folios is scanned faster.
 *
 * Kernel sources: include/linux/{mm_types,page-flags,mmzone}.h, kernel/vmcore_info.c,
 * Documentation/arch/x86/x86_64/mm.rst.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE	      UINT64_C(4096)
#define MIB	      (UINT64_C(1) << 20)
#define GIB	      (UINT64_C(1) << 30)
#define PIECE	      (2 * MIB) /* bytes of page structs, for one section */
#define SECTION_PAGES 32768u
#define SECTION	      (SECTION_PAGES * PAGE)

/* physical memory; the range from LOW_END to HIGH_AT is a hole, as for PCI devices */
#define FIRST_AT  UINT64_C(0x1000)
#define FIRST_END UINT64_C(0x9f000)
#define LOW_AT	  MIB
#define LOW_END	  (2 * GIB)
#define HIGH_AT	  (4 * GIB)
#define KERNEL_AT (16 * MIB)
#define KERNEL	  (4 * MIB)
#define PIECES_AT (128 * MIB) /* piece 0 is for section 0, the others are shared */
#define NR_SHARED 64u

/* numbers of pages in the memory of the kernel, from KERNEL_AT */
enum {
	PGD,
	UTS,
	PUD_VMEMMAP,
	PUD_TEXT,
	PMD_TEXT,
	PUD_DIRECT,
	ROOTS = 64,
	PMDS = 128,
	SECTIONS = 384
};

#define DIRECT_MAP UINT64_C(0xffff888000000000)
#define VMEMMAP	   UINT64_C(0xffffea0000000000)
#define TEXT	   UINT64_C(0xffffffff81000000) /* virtual address of KERNEL_AT */

#define TABLE	     UINT64_C(0x063) /* present, writable, accessed, dirty */
#define LEAF	     UINT64_C(0x0e3) /* the same, and PSE: a large page */
#define SECTION_BITS 0xfu	     /* present, has a map, online, early */

struct page { /* include/linux/mm_types.h; of each union, only the member that is used here */
	uint64_t flags;
	uint64_t head, lru;
	uint64_t mapping, index, private;
	uint32_t type, refcount;
	uint64_t memcg;
};

/* page flags; 0x17ffffc0000000: node 0, zone Normal, no last CPU */
enum { UPTODATE = 1 << 3, LRU = 1 << 5, RESERVED = 1 << 13, PRIVATE = 1 << 14 };
enum { SWAPBACKED = 1 << 17 };
#define ZONE_BITS  UINT64_C(0x17ffffc0000000)
#define NO_TYPE	   UINT32_MAX
#define TYPE_BUDDY 0xf0000000u
#define TYPE_TABLE 0xf2000000u
#define TYPE_SLAB  0xf5000000u
#define A_FILE	   (DIRECT_MAP + 0x1234560)
#define A_VMA	   (DIRECT_MAP + 0x7654321) /* bit 0: anonymous */

static const char info_text[] =
	"OSRELEASE=6.12.48-amd64\n"
	"BUILD-ID=0000000000000000000000000000000000000001\nPAGESIZE=4096\n"
	"SYMBOL(init_uts_ns)=ffffffff81001000\nOFFSET(uts_namespace.name)=0\n"
	"SYMBOL(node_online_map)=ffffffff81001800\nSYMBOL(swapper_pg_dir)=ffffffff81000000\n"
	"SYMBOL(_stext)=ffffffff81000000\nNUMBER(VMALLOC_START)=0xffffc90000000000\n"
	"SYMBOL(mem_section)=ffff888001040000\nLENGTH(mem_section)=4096\nSIZE(mem_section)=32\n"
	"OFFSET(mem_section.section_mem_map)=0\nNUMBER(SECTION_SIZE_BITS)=27\n"
	"NUMBER(MAX_PHYSMEM_BITS)=46\nSIZE(page)=64\nSIZE(pglist_data)=175168\nSIZE(zone)=1728\n"
	"SIZE(free_area)=104\nSIZE(list_head)=16\nSIZE(nodemask_t)=128\nOFFSET(page.flags)=0\n"
	"OFFSET(page._refcount)=52\nOFFSET(page.mapping)=24\nOFFSET(page.lru)=8\n"
	"OFFSET(page._mapcount)=48\nOFFSET(page.private)=40\nOFFSET(page.compound_head)=8\n"
	"OFFSET(pglist_data.node_zones)=0\nOFFSET(pglist_data.nr_zones)=174528\n"
	"OFFSET(pglist_data.node_start_pfn)=174536\n"
	"OFFSET(pglist_data.node_spanned_pages)=174552\nOFFSET(pglist_data.node_id)=174560\n"
	"OFFSET(zone.free_area)=192\nOFFSET(zone.vm_stat)=1536\nOFFSET(zone.spanned_pages)=120\n"
	"OFFSET(free_area.free_list)=0\nOFFSET(list_head.next)=0\nOFFSET(list_head.prev)=8\n"
	"LENGTH(zone.free_area)=11\nLENGTH(free_area.free_list)=6\nNUMBER(NR_FREE_PAGES)=0\n"
	"NUMBER(PG_lru)=5\nNUMBER(PG_private)=14\nNUMBER(PG_swapcache)=10\n"
	"NUMBER(PG_swapbacked)=17\nNUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\n"
	"NUMBER(PG_hwpoison)=20\nNUMBER(PG_head_mask)=64\n"
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"
	"NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\n"
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\nSYMBOL(vmemmap)=ffffea0000000000\n"
	"NUMBER(phys_base)=0\nSYMBOL(init_top_pgt)=ffffffff81000000\n"
	"NUMBER(pgtable_l5_enabled)=0\nKERNELOFFSET=0\nNUMBER(KERNEL_IMAGE_SIZE)=1073741824\n"
	"NUMBER(sme_mask)=0\nCRASHTIME=1763769600\n";

static int fd;
static uint64_t high_bytes;

static void write_at(const void *buf, size_t bytes, uint64_t at)
{
	if (pwrite(fd, buf, bytes, (off_t)at) != (ssize_t)bytes) {
		perror("mkbig: write");
		exit(1);
	}
}

/*
 * Returns the file offset of @paddr: the file has all memory in ascending order, without the range
 * from LOW_END to HIGH_AT.
 */
static uint64_t file_at(uint64_t paddr)
{
	return PAGE + (paddr < HIGH_AT ? paddr : paddr - HIGH_AT + LOW_END);
}

static uint64_t kernel_page(unsigned int nr)
{
	return KERNEL_AT + nr * PAGE;
}

static void put_entry(uint64_t table, uint64_t nr, uint64_t entry)
{
	write_at(&entry, sizeof(entry), file_at(table) + nr * sizeof(entry));
}

/* ---- page structs ----------------------------------------------------------------------- */

static unsigned int dice(unsigned int sides)
{
	static uint64_t state = 1;

	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned int)(state >> 33) % sides;
}

/* Make 1 << @order free pages. */
static void buddy(struct page *p, unsigned int order)
{
	p->type = TYPE_BUDDY;
	p->private = order;
	for (unsigned int i = 0; i < 1u << order; i++)
		p[i].refcount = 0;
}

static void page(struct page *p, uint64_t flags, uint64_t mapping)
{
	p->flags |= UPTODATE | LRU | flags;
	p->mapping = mapping;
}

/* Make 1024 pages, in the proportions of a machine under load. */
static void some_pages(struct page *p)
{
	const unsigned int kind = dice(100);
	unsigned int order;

	for (unsigned int i = 0; i < 1024; i += 1u << order) {
		order = 0;
		if (kind < 40)
			buddy(&p[i], order = 10);
		else if (kind < 50 && i % 16 == 0)
			buddy(&p[i], order = dice(5));
		else if (kind < 80)
			page(&p[i], SWAPBACKED, A_VMA);
		else
			page(&p[i], dice(16) ? 0 : PRIVATE, A_FILE);
	}
}

#define KEPT_OF_SHARED 4

/* Make a typical section: pages of the kernel, free pages, then some_pages(). */
static void shared_section(struct page *p)
{
	p[0].type = p[1].type = TYPE_SLAB;
	p[2].type = TYPE_TABLE;
	for (unsigned int i = KEPT_OF_SHARED; i < 1024; i += 4)
		buddy(&p[i], 2);
	for (unsigned int i = 1024; i < SECTION_PAGES; i += 1024)
		some_pages(&p[i]);
}

/* Make section 0: reserved pages of the firmware and of the kernel; the rest is free. */
static void first_section(struct page *p)
{
	for (unsigned int i = 0; i < SECTION_PAGES; i++)
		if (i < LOW_AT / PAGE || i - KERNEL_AT / PAGE < KERNEL / PAGE)
			p[i].flags |= RESERVED;
		else if (i < KERNEL_AT / PAGE && i % 256 == 0)
			buddy(&p[i], 8);
		else if (i > KERNEL_AT / PAGE && i % 1024 == 0)
			buddy(&p[i], 10);
}

static uint64_t piece_of(uint64_t section)
{
	return PIECES_AT + (section ? 1 + (section - 1) % NR_SHARED : 0) * PIECE;
}

static void put_pieces(void)
{
	static struct page pages[SECTION_PAGES];

	_Static_assert(sizeof(pages) == PIECE, "SIZE(page) is 64");
	for (unsigned int section = 0; section <= NR_SHARED; section++) {
		for (unsigned int i = 0; i < SECTION_PAGES; i++)
			pages[i] =
				(struct page){.flags = ZONE_BITS, .type = NO_TYPE, .refcount = 1};
		if (section)
			shared_section(pages);
		else
			first_section(pages);
		write_at(pages, sizeof(pages), file_at(piece_of(section)));
	}
}

/* ---- the kernel ------------------------------------------------------------------------- */

/* Write mem_section, page tables and kept pages of sections [@from, @to). */
static void put_sections(uint64_t from, uint64_t to)
{
	/* write zeros: the first program that reads a hole would have to fill it */
	static const uint8_t zeros[KEPT_OF_SHARED * PAGE];

	for (uint64_t s = from; s < to; s++) {
		const uint64_t entries = PAGE / 32, root = kernel_page(SECTIONS + s / entries);
		const uint64_t map = VMEMMAP | SECTION_BITS;

		put_entry(kernel_page(ROOTS), s / entries, DIRECT_MAP + root);
		write_at(&map, sizeof(map), file_at(root) + s % entries * 32);
		put_entry(kernel_page(PUD_VMEMMAP), s / 512, kernel_page(PMDS + s / 512) | TABLE);
		put_entry(kernel_page(PMDS + s / 512), s % 512, piece_of(s) | LEAF);
		if (s)
			write_at(zeros, sizeof(zeros), file_at(s * SECTION));
	}
}

static void put_kernel(void)
{
	static uint64_t words[KERNEL / 8];
	const uint64_t pgd = kernel_page(PGD), top = (HIGH_AT + high_bytes) / GIB;
	char uts[6][65] = {"Linux", "big", "6.12.48-amd64", "#1 SMP", "x86_64", "(none)"};

	for (unsigned int i = 0; i < KERNEL / 8;
	     i++) /* the content of the other pages of the kernel */
		words[i] = i / 512 >= SECTIONS + 520 ? dice(1u << 20) * UINT64_C(0x1001) : 0;
	write_at(words, sizeof(words), file_at(KERNEL_AT));
	write_at(uts, sizeof(uts), file_at(kernel_page(UTS)));
	put_entry(pgd, VMEMMAP >> 39 & 511, kernel_page(PUD_VMEMMAP) | TABLE);
	put_entry(pgd, TEXT >> 39 & 511, kernel_page(PUD_TEXT) | TABLE);
	put_entry(kernel_page(PUD_TEXT), TEXT >> 30 & 511, kernel_page(PMD_TEXT) | TABLE);
	for (uint64_t at = KERNEL_AT; at < KERNEL_AT + KERNEL; at += 2 * MIB)
		put_entry(kernel_page(PMD_TEXT), at / (2 * MIB), at | LEAF);
	for (uint64_t g = 0; g < top; g++) {
		if (g % 512 == 0)
			put_entry(pgd, (DIRECT_MAP >> 39 & 511) + g / 512,
				  kernel_page(PUD_DIRECT + g / 512) | TABLE);
		put_entry(kernel_page(PUD_DIRECT + g / 512), g % 512, g * GIB | LEAF);
	}
}

/* ---- the file --------------------------------------------------------------------------- */

/* Write both notes at @at.  Returns their size in bytes. */
static uint64_t put_notes(uint64_t at)
{
	static struct {
		Elf64_Nhdr cpu;
		char cpu_name[8], status[336];
		Elf64_Nhdr info;
		char info_name[12], text[(sizeof(info_text) + 2) / 4 * 4];
	} notes = {
		.cpu = {.n_namesz = 5, .n_descsz = sizeof(notes.status), .n_type = NT_PRSTATUS},
		.cpu_name = "CORE",
		.info = {.n_namesz = 11, .n_descsz = sizeof(info_text) - 1},
		.info_name = "VMCOREINFO",
	};

	memcpy(notes.text, info_text, sizeof(info_text) - 1);
	write_at(&notes, sizeof(notes), at);
	return sizeof(notes);
}

static void put_head(uint64_t low_end)
{
	const struct {
		uint64_t paddr, bytes, vaddr;
	} loads[] = {
		{KERNEL_AT, KERNEL,
		 TEXT}, /* the same memory is in the LOW header too, as in a real vmcore */
		{FIRST_AT, FIRST_END - FIRST_AT, DIRECT_MAP + FIRST_AT},
		{LOW_AT, low_end - LOW_AT, DIRECT_MAP + LOW_AT},
		{HIGH_AT, high_bytes, DIRECT_MAP + HIGH_AT},
	};
	const unsigned int nr = high_bytes ? 4 : 3;
	Elf64_Phdr phdrs[5] = {{.p_type = PT_NOTE}};
	Elf64_Ehdr ehdr = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			    EV_CURRENT},
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(ehdr),
		.e_ehsize = sizeof(ehdr),
		.e_phentsize = sizeof(phdrs[0]),
		.e_phnum = (uint16_t)(nr + 1),
	};

	/* the memory begins at the second page of the file; the notes follow the memory */
	phdrs[0].p_offset = file_at(HIGH_AT + high_bytes);
	phdrs[0].p_filesz = phdrs[0].p_memsz = put_notes(phdrs[0].p_offset);
	for (unsigned int i = 0; i < nr; i++)
		phdrs[i + 1] = (Elf64_Phdr){.p_type = PT_LOAD,
					    .p_flags = PF_R | PF_W | PF_X,
					    .p_offset = file_at(loads[i].paddr),
					    .p_vaddr = loads[i].vaddr,
					    .p_paddr = loads[i].paddr,
					    .p_filesz = loads[i].bytes,
					    .p_memsz = loads[i].bytes};
	write_at(&ehdr, sizeof(ehdr), 0);
	write_at(phdrs, sizeof(phdrs), sizeof(ehdr));
}

int main(int argc, char *argv[])
{
	const uint64_t gib = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
	uint64_t low_end, sections, pages;

	fd = gib && gib <= 8192 ? open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0644) : -1;
	if (fd < 0) {
		fprintf(stderr, "Usage: mkbig FILE GIB\nGIB is 1 to 8192\n");
		return 2;
	}
	low_end = gib * GIB < LOW_END ? gib * GIB : LOW_END;
	high_bytes = gib * GIB - low_end;
	put_kernel();
	put_sections(0, low_end / SECTION);
	put_sections(HIGH_AT / SECTION, (HIGH_AT + high_bytes) / SECTION);
	put_pieces();
	put_head(low_end);
	if (close(fd) != 0) {
		perror("mkbig");
		return 1;
	}
	sections = (low_end + high_bytes) / SECTION;
	pages = (FIRST_END - FIRST_AT + low_end - LOW_AT + high_bytes) / PAGE;
	printf("pages=%llu kept=%llu\n", (unsigned long long)pages,
	       (unsigned long long)((FIRST_END - FIRST_AT + KERNEL) / PAGE +
				    (sections - 1) * KEPT_OF_SHARED));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pagemap.c - find the page structs of the crashed kernel
 * In: PFNs, mostly ascending.  Out: raw page structs.  No system call.
 * Does not know: the fields of a page struct.
 *
 * In sparse memory, the struct of PFN n is at base + n * SIZE(page), where base is vmemmap or
 * section_mem_map without its flag bits (include/linux/mmzone.h, Linux 5.10 to 6.12).  Each mapping
 * is translated on its own, as the structs of a huge page may share memory (mm/hugetlb_vmemmap.c).
 */
#include "pagemap.h"

#include <string.h>

#include "../source/physmem.h"
#include "../source/vmcoreinfo.h"
#include "vtop.h"

#define SECTION_PRESENT	  UINT64_C(1)
#define SECTION_HAS_MAP	  UINT64_C(2)
#define SECTION_FLAG_BITS UINT64_C(0xfff) /* at most 7 are flags; a base is page aligned */
#define SECTION_BITS_MAX  48
#define NO_SECTION	  UINT64_MAX

static const char *init_sections(struct pagemap *pm, const struct vmcoreinfo *info)
{
	const unsigned int page_shift = (unsigned int)__builtin_ctz(pm->page_bytes);
	uint64_t section_bits;

	if (!vmcoreinfo_number(info, "SYMBOL", "mem_section", &pm->roots) ||
	    !vmcoreinfo_number(info, "LENGTH", "mem_section", &pm->nr_roots) ||
	    !vmcoreinfo_number(info, "SIZE", "mem_section", &pm->section_bytes) ||
	    !vmcoreinfo_number(info, "OFFSET", "mem_section.section_mem_map", &pm->map_at) ||
	    !vmcoreinfo_number(info, "NUMBER", "SECTION_SIZE_BITS", &section_bits))
		return "VMCOREINFO has neither vmemmap nor the sections of memory";
	if (pm->section_bytes < 8 || pm->section_bytes > pm->page_bytes ||
	    pm->map_at > pm->section_bytes - 8 || section_bits <= page_shift ||
	    section_bits > SECTION_BITS_MAX)
		return "VMCOREINFO has invalid sizes of memory sections";
	pm->per_root = pm->page_bytes / pm->section_bytes;
	pm->section_pfn_shift = (unsigned int)section_bits - page_shift;
	return NULL;
}

const char *pagemap_init(struct pagemap *pm, const struct vtop *vtop, const struct vmcoreinfo *info,
			 uint32_t page_bytes)
{
	uint64_t struct_bytes;

	memset(pm, 0, sizeof(*pm));
	pm->vtop = vtop;
	pm->page_bytes = page_bytes;
	pm->section = NO_SECTION;
	if (!vmcoreinfo_number(info, "SIZE", "page", &struct_bytes) ||
	    struct_bytes < PAGEMAP_STRUCT_MIN || struct_bytes > PAGEMAP_STRUCT_MAX ||
	    struct_bytes % 8)
		return "VMCOREINFO has no valid SIZE(page)";
	pm->struct_bytes = (uint32_t)struct_bytes;
	pm->is_array = vmcoreinfo_number(info, "SYMBOL", "vmemmap", &pm->array);
	return pm->is_array ? NULL : init_sections(pm, info);
}

/* Returns the base of the structs of the section of @pfn; 0: there are no structs. */
static uint64_t section_base(struct pagemap *pm, uint64_t pfn)
{
	const uint64_t section = pfn >> pm->section_pfn_shift;
	const uint64_t in_root = section % pm->per_root * pm->section_bytes + pm->map_at;
	uint64_t root, map;

	if (section == pm->section)
		return pm->section_base;
	pm->section = NO_SECTION;
	pm->section_base = 0;
	if (section / pm->per_root < pm->nr_roots &&
	    vtop_read_u64(pm->vtop, pm->roots + section / pm->per_root * 8, &root) && root &&
	    vtop_read_u64(pm->vtop, root + in_root, &map) && map & SECTION_PRESENT &&
	    map & SECTION_HAS_MAP)
		pm->section_base = map & ~SECTION_FLAG_BITS;
	pm->section = section;
	return pm->section_base;
}

bool pagemap_address(struct pagemap *pm, uint64_t pfn, uint64_t *va)
{
	const uint64_t base = pm->is_array ? pm->array : section_base(pm, pfn);

	*va = base + pfn * pm->struct_bytes;
	return base;
}

/*
 * Returns a run without structs, for a struct of @pfn that cannot be read: @pfn and the pages after
 * it whose structs would be in the same page as @va, the address of the struct of @pfn.
 */
static struct pagemap_run none(const struct pagemap *pm, uint64_t pfn, uint64_t va)
{
	const uint64_t pages = (pm->page_bytes - va % pm->page_bytes) / pm->struct_bytes;

	return (struct pagemap_run){.first_pfn = pfn, .pages = pages ? pages : 1};
}

static bool translate(struct pagemap *pm, uint64_t pfn, uint64_t va)
{
	uint64_t left, end;

	pm->first_pfn = 0;
	pm->end_pfn = 0;
	if (!vtop_find(pm->vtop, va, &pm->paddr, &left))
		return false;
	end = pfn + left / pm->struct_bytes;
	if (!pm->is_array) { /* the structs of the next section may be elsewhere */
		const uint64_t next = ((pfn >> pm->section_pfn_shift) + 1) << pm->section_pfn_shift;

		if (end > next)
			end = next;
	}
	pm->first_pfn = pfn;
	pm->end_pfn = end;
	return true;
}

struct pagemap_run pagemap_get(struct pagemap *pm, uint64_t pfn)
{
	const struct physmem *mem = pm->vtop->mem;
	struct pagemap_run run = {.first_pfn = pfn};
	uint64_t va;
	size_t bytes;

	if (!pagemap_address(pm, pfn, &va))
		return none(pm, pfn, va);
	if ((pfn < pm->first_pfn || pfn >= pm->end_pfn) && !translate(pm, pfn, va))
		return none(pm, pfn, va);
	run.pages = pm->end_pfn - pfn;
	run.structs =
		mem->lookup(mem->arg, pm->paddr + (pfn - pm->first_pfn) * pm->struct_bytes, &bytes);
	if (!run.structs)
		return none(pm, pfn, va);
	if (bytes / pm->struct_bytes < run.pages)
		run.pages = bytes / pm->struct_bytes;
	if (run.pages == 0) {
		if (!vtop_read(pm->vtop, va, pm->scratch, pm->struct_bytes))
			return none(pm, pfn, va);
		run.structs = pm->scratch;
		run.pages = 1;
	}
	return run;
}

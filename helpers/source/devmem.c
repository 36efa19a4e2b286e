// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * devmem.c - a vmcore made of /dev/mem, for machines without /proc/vmcore
 * In: /dev/mem, the ranges that belong to the crashed kernel.  Out: a source like that of
 * vmcore_open().
 * Does not know: how the ranges were found.
 */
#include "devmem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../util/log.h"
#include "vmcore.h"

/* PAGE_OFFSET of 64-bit POWER, arch/powerpc/Kconfig: readers need it to find the direct map */
#define DIRECT_MAP UINT64_C(0xc000000000000000)

static void set_identity(struct elfcore *core)
{
	static const uint8_t ident[EI_NIDENT] = {
		ELFMAG0,    ELFMAG1,
		ELFMAG2,    ELFMAG3,
		ELFCLASS64, __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB,
		EV_CURRENT,
	};

	memcpy(core->ident, ident, sizeof(ident));
	core->machine = EM_PPC64;
}

/*
 * Make the program headers that a vmcore would have, and the maps of memory from them.  Returns the
 * values of memmap_build().
 */
static const char *map_pieces(struct vmcore *src, const struct memmap_extent *pieces, uint32_t nr)
{
	const char *wrong;

	for (uint32_t i = 0; i < nr; i++)
		src->phdrs[i] = (Elf64_Phdr){
			.p_type = PT_LOAD,
			.p_flags = PF_R | PF_W | PF_X,
			.p_offset = pieces[i].src_at,
			.p_vaddr = pieces[i].paddr | DIRECT_MAP,
			.p_paddr = pieces[i].paddr,
			.p_filesz = pieces[i].bytes,
			.p_memsz = pieces[i].bytes,
		};
	src->core.nr_phdrs = nr;
	wrong = memmap_build(&src->map, src->phdrs, nr, src->file_bytes);
	if (!wrong)
		memmap_build_virtual(&src->virt, src->phdrs, nr);
	return wrong;
}

int devmem_open(struct vmcore *src, const char *name, bool use_mmap,
		const struct memmap_extent *pieces, uint32_t nr)
{
	const char *wrong;
	int err;

	memset(src, 0, sizeof(*src));
	src->name = name;
	src->use_mmap = use_mmap;
	src->file_bytes = INT64_MAX; /* a character device has no size */
	src->page_bytes = (uint32_t)sysconf(_SC_PAGESIZE);
	set_identity(&src->core);
	src->fd = open(name, O_RDONLY | O_CLOEXEC);
	if (src->fd < 0) {
		err = -errno;
		log_line("%s: cannot open: %s", name, strerror(errno));
		return err;
	}
	src->phdrs = calloc(nr, sizeof(*src->phdrs));
	src->map.extents = calloc(nr, sizeof(*src->map.extents));
	src->virt.extents = calloc(nr, sizeof(*src->virt.extents));
	if (!src->phdrs || !src->map.extents || !src->virt.extents) {
		log_line("no memory for %u program headers", nr);
		vmcore_close(src);
		return -ENOMEM;
	}
	wrong = map_pieces(src, pieces, nr);
	if (!wrong)
		return 0;
	log_line("%s %s", name, wrong);
	vmcore_close(src);
	return -EINVAL;
}

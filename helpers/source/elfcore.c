// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elfcore.c - the headers of an ELF64 vmcore, both byte orders
 * In: raw header bytes.  Out: decoded headers, or the error; and encoded headers.  No system call.
 * Does not know: files, memory maps, the content of a note.
 */
#include "elfcore.h"

#include <endian.h>
#include <string.h>

static uint16_t u16(bool swap, uint16_t v)
{
	return swap ? __builtin_bswap16(v) : v;
}

static uint32_t u32(bool swap, uint32_t v)
{
	return swap ? __builtin_bswap32(v) : v;
}

static uint64_t u64(bool swap, uint64_t v)
{
	return swap ? __builtin_bswap64(v) : v;
}

uint32_t elfcore_u32(const struct elfcore *core, const void *raw)
{
	uint32_t v;

	memcpy(&v, raw, sizeof(v));
	return u32(core->swap, v);
}

uint64_t elfcore_u64(const struct elfcore *core, const void *raw)
{
	uint64_t v;

	memcpy(&v, raw, sizeof(v));
	return u64(core->swap, v);
}

const char *elfcore_header(struct elfcore *core, const uint8_t *buf, size_t bytes)
{
	const uint8_t host = __BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
	Elf64_Ehdr e;

	if (bytes == 0)
		return "is empty";
	if (bytes < SELFMAG || memcmp(buf, ELFMAG, SELFMAG) != 0)
		return "is not an ELF file";
	if (bytes < sizeof(e))
		return "ends inside its ELF header";
	memcpy(&e, buf, sizeof(e));
	if (e.e_ident[EI_CLASS] != ELFCLASS64)
		return "is not an ELF64 file (32-bit kernels are not supported)";
	if (e.e_ident[EI_DATA] != ELFDATA2LSB && e.e_ident[EI_DATA] != ELFDATA2MSB)
		return "has an unknown byte order in its ELF header";

	memset(core, 0, sizeof(*core));
	core->swap = e.e_ident[EI_DATA] != host;
	memcpy(core->ident, e.e_ident, sizeof(core->ident));
	core->machine = u16(core->swap, e.e_machine);
	core->flags = u32(core->swap, e.e_flags);
	core->phdrs_at = u64(core->swap, e.e_phoff);

	if (u16(core->swap, e.e_type) != ET_CORE)
		return "is an ELF file but not a core (e_type is not ET_CORE)";
	if (u16(core->swap, e.e_phentsize) != ELFCORE_PHDR_BYTES)
		return "has program headers of an impossible size (e_phentsize)";
	core->nr_phdrs = u16(core->swap, e.e_phnum);
	if (core->nr_phdrs == PN_XNUM) {
		core->nr_phdrs = 0;
		core->xnum_at = u64(core->swap, e.e_shoff);
		return core->xnum_at ? NULL : "has PN_XNUM program headers but no section header";
	}
	return core->nr_phdrs ? NULL : "has no program headers";
}

const char *elfcore_xnum(struct elfcore *core, const uint8_t shdr[ELFCORE_SHDR_BYTES])
{
	Elf64_Shdr s;

	memcpy(&s, shdr, sizeof(s));
	core->nr_phdrs = u32(core->swap, s.sh_info);
	if (core->nr_phdrs == 0)
		return "has PN_XNUM program headers but section header 0 counts none";
	if (core->nr_phdrs > ELFCORE_PHDRS_MAX)
		return "has more than 131072 program headers";
	return NULL;
}

void elfcore_phdr(const struct elfcore *core, const uint8_t buf[ELFCORE_PHDR_BYTES],
		  Elf64_Phdr *phdr)
{
	Elf64_Phdr raw;

	memcpy(&raw, buf, sizeof(raw));
	phdr->p_type = u32(core->swap, raw.p_type);
	phdr->p_flags = u32(core->swap, raw.p_flags);
	phdr->p_offset = u64(core->swap, raw.p_offset);
	phdr->p_vaddr = u64(core->swap, raw.p_vaddr);
	phdr->p_paddr = u64(core->swap, raw.p_paddr);
	phdr->p_filesz = u64(core->swap, raw.p_filesz);
	phdr->p_memsz = u64(core->swap, raw.p_memsz);
	phdr->p_align = u64(core->swap, raw.p_align);
}

void elfcore_note(const struct elfcore *core, const uint8_t buf[ELFCORE_NHDR_BYTES],
		  struct elfcore_note *note)
{
	note->name_bytes = elfcore_u32(core, buf);
	note->desc_bytes = elfcore_u32(core, buf + 4);
	note->type = elfcore_u32(core, buf + 8);
}

void elfcore_put_header(const struct elfcore *core, uint32_t nr_phdrs, uint64_t xnum_at,
			uint8_t buf[ELFCORE_EHDR_BYTES])
{
	const bool swap = core->swap;
	Elf64_Ehdr e;

	memset(&e, 0, sizeof(e));
	memcpy(e.e_ident, core->ident, sizeof(e.e_ident));
	e.e_type = u16(swap, ET_CORE);
	e.e_machine = u16(swap, core->machine);
	e.e_version = u32(swap, EV_CURRENT);
	e.e_flags = u32(swap, core->flags);
	e.e_phoff = u64(swap, ELFCORE_EHDR_BYTES);
	e.e_ehsize = u16(swap, ELFCORE_EHDR_BYTES);
	e.e_phentsize = u16(swap, ELFCORE_PHDR_BYTES);
	e.e_phnum = u16(swap, xnum_at ? PN_XNUM : (uint16_t)nr_phdrs);
	e.e_shoff = u64(swap, xnum_at);
	e.e_shentsize = u16(swap, xnum_at ? ELFCORE_SHDR_BYTES : 0);
	e.e_shnum = u16(swap, xnum_at ? 1 : 0);
	memcpy(buf, &e, sizeof(e));
}

void elfcore_put_phdr(const struct elfcore *core, const Elf64_Phdr *phdr,
		      uint8_t buf[ELFCORE_PHDR_BYTES])
{
	uint8_t host[ELFCORE_PHDR_BYTES];
	Elf64_Phdr raw;

	/* decoding swaps all fields or none, so it also encodes */
	memcpy(host, phdr, sizeof(host));
	elfcore_phdr(core, host, &raw);
	memcpy(buf, &raw, sizeof(raw));
}

void elfcore_put_xnum(const struct elfcore *core, uint32_t nr_phdrs,
		      uint8_t buf[ELFCORE_SHDR_BYTES])
{
	Elf64_Shdr s;

	memset(&s, 0, sizeof(s));
	s.sh_info = u32(core->swap, nr_phdrs);
	memcpy(buf, &s, sizeof(s));
}

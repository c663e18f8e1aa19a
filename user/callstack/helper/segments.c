/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/segments.h"

#include <unistd.h>

/* What speaks for a segment, in the order of its weight. */
#define EXECUTABLE 8
#define HAS_BYTE   4
#define SAME_PAGE  2
#define IN_REACH   1

static __u64 page_size(void)
{
	long size = sysconf(_SC_PAGESIZE);

	return size > 0 ? (__u64)size : 4096;
}

/* Whole pages are mapped: a segment reaches to both ends of its pages. 0: not that far. */
static int segment__rank(const GElf_Phdr *header, __u64 offset)
{
	__u64 page = page_size(), begin = header->p_offset & ~(page - 1),
	      end = header->p_offset + header->p_filesz;
	int rank = IN_REACH;

	if (header->p_type != PT_LOAD || !header->p_filesz || end < header->p_offset ||
	    offset < begin || offset - begin >= ((end - begin + page - 1) & ~(page - 1)))
		return 0;
	if (header->p_flags & PF_X)
		rank |= EXECUTABLE;
	if (offset >= header->p_offset && offset < end)
		rank |= HAS_BYTE;
	if (offset == begin)
		rank |= SAME_PAGE;
	return rank;
}

/* Of what is in reach of an offset, the segment that most speaks for. */
static bool segments__find(Elf *elf, __u64 offset, int matters, GElf_Phdr *ret_header)
{
	size_t count = 0, i;
	int best = 0;

	if (elf_getphdrnum(elf, &count))
		return false;
	for (i = 0; i < count; i++) {
		GElf_Phdr header;
		int rank;

		if (!gelf_getphdr(elf, (int)i, &header))
			continue;
		rank = segment__rank(&header, offset) & matters;
		if (rank <= best)
			continue;
		best = rank;
		*ret_header = header;
	}
	return best > 0;
}

bool segments__address(Elf *elf, __u64 offset, __u64 *ret_address)
{
	GElf_Phdr header;

	if (!segments__find(elf, offset, EXECUTABLE | HAS_BYTE | IN_REACH, &header))
		return false;
	*ret_address = header.p_vaddr + (offset - header.p_offset);
	return true;
}

bool segments__bias(Elf *elf, __u64 start, __u64 offset, __u64 *ret_bias)
{
	GElf_Phdr header;

	/* a mapping begins with the first page of its segment, unless it was split later */
	if (!segments__find(elf, offset, EXECUTABLE | SAME_PAGE | IN_REACH, &header))
		return false;
	*ret_bias = start - (header.p_vaddr + (offset - header.p_offset));
	return true;
}

const __u8 *segments__whole_code(Elf *elf, __u64 address, __u64 *ret_start, size_t *ret_size)
{
	size_t count = 0, file_size, i;
	const char *file = elf_rawfile(elf, &file_size);

	if (!file || elf_getphdrnum(elf, &count))
		return NULL;
	for (i = 0; i < count; i++) {
		GElf_Phdr header;
		__u64 left;

		if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_LOAD ||
		    !(header.p_flags & PF_X) || address < header.p_vaddr ||
		    address - header.p_vaddr >= header.p_filesz || header.p_offset >= file_size)
			continue;
		left = file_size - header.p_offset;
		if (left <= address - header.p_vaddr)
			continue;
		*ret_start = header.p_vaddr;
		*ret_size = left < header.p_filesz ? left : header.p_filesz;
		return (const __u8 *)file + header.p_offset;
	}
	return NULL;
}

const __u8 *segments__code(Elf *elf, __u64 address, size_t *ret_size)
{
	__u64 start;
	size_t size;
	const __u8 *code = segments__whole_code(elf, address, &start, &size);

	if (!code)
		return NULL;
	*ret_size = size - (address - start);
	return code + (address - start);
}

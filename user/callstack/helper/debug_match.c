/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/debug_match.h"

#include <elfutils/libdwelf.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define CHUNK 65536

/* Bytes of its build id; 0: it has none, or is no ELF file. */
static __u32 file__build_id(int file, __u8 *id, __u32 capacity)
{
	Elf *elf = elf_begin(file, ELF_C_READ_MMAP, NULL);
	const void *found = NULL;
	ssize_t size = 0;

	if (elf && elf_kind(elf) == ELF_K_ELF)
		size = dwelf_elf_gnu_build_id(elf, &found);
	if (size < 0 || size > (ssize_t)capacity)
		size = 0;
	if (size)
		memcpy(id, found, (size_t)size);
	elf_end(elf);
	return (__u32)size;
}

static bool file__has_crc(int file, __u32 expected)
{
	unsigned char bytes[CHUNK];
	uLong crc = crc32(0, NULL, 0);
	off_t at = 0;
	ssize_t n;

	while ((n = pread(file, bytes, sizeof(bytes), at)) > 0) {
		crc = crc32(crc, bytes, (uInt)n);
		at += n;
	}
	return !n && crc == expected;
}

bool file__has_build_id(int file, const __u8 *build_id, __u32 size)
{
	__u8 id[256];

	return size && file__build_id(file, id, sizeof(id)) == size && !memcmp(id, build_id, size);
}

bool debug_claim__fits(const struct debug_claim *claim, int file)
{
	__u8 id[256];
	__u32 size = file__build_id(file, id, sizeof(id));

	if (size && claim->build_id_size)
		return size == claim->build_id_size && !memcmp(id, claim->build_id, size);
	return claim->has_link && file__has_crc(file, claim->crc);
}

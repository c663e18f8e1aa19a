/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ELF file as it lies in a process: the symbols that it has for the dynamic linker. */
#ifndef PYTHON_LOADED_ELF_H
#define PYTHON_LOADED_ELF_H

#include "callstack/python/memory.h"

struct loaded_elf {
	const struct memory *memory;
	__u64 bias; /* what is added to its addresses */
	__u64 symbols, names, names_size, hash;
	__u32 buckets, first, bloom_words;
};

/* Its header lies at base.  False: it is none of 64 bits, or has no hash table of symbols. */
bool loaded_elf__open(struct loaded_elf *elf, const struct memory *memory, __u64 base);

/* ret_size may be NULL.  False: there is no such symbol. */
bool loaded_elf__find(const struct loaded_elf *elf, const char *name, __u64 *ret_at,
		      __u64 *ret_size);

#endif

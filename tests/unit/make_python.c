/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_python.h"

#include <stddef.h>
#include <string.h>

static __u32 hash_of(const char *name)
{
	__u32 h = 5381;

	while (*name)
		h = h * 33 + (unsigned char)*name++;
	return h & ~1U;
}

static void add(struct python_image *image, const char *name, __u64 at, __u64 size)
{
	size_t i = image->hash.head[3]++; /* of the bloom filter, which nobody looks at */

	strcpy(image->names[i], name);
	image->symbols[i] = (Elf64_Sym){ .st_name = (__u32)(i * sizeof(image->names[0])),
					 .st_shndx = 1,
					 .st_value = at,
					 .st_size = size };
	image->hash.chain[i] = hash_of(name);
	if (i)
		image->hash.chain[i - 1] &= ~1U;
	image->hash.chain[i] |= 1; /* the last one */
}

void python_image__make(struct python_image *image, __u64 version, const char *symbol)
{
	*image = (struct python_image){
		.head = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64 },
			  .e_phoff = offsetof(struct python_image, parts),
			  .e_phentsize = sizeof(Elf64_Phdr),
			  .e_phnum = 2 },
		.parts = { { .p_type = PT_LOAD },
			   { .p_type = PT_DYNAMIC,
			     .p_vaddr = offsetof(struct python_image, dynamic) } },
		.dynamic = { { DT_SYMTAB, { offsetof(struct python_image, symbols) } },
			     { DT_STRTAB, { offsetof(struct python_image, names) } },
			     { DT_STRSZ, { sizeof(image->names) } },
			     { DT_GNU_HASH, { offsetof(struct python_image, hash) } } },
		.hash.head = { 1, 0, 1 },
		.version = version,
	};
	add(image, "_PyRuntime", offsetof(struct python_image, runtime), 0);
	if (version)
		add(image, "Py_Version", offsetof(struct python_image, version), 8);
	if (symbol)
		add(image, symbol, 0x4000, 16);
	add(image, "_PyEval_EvalFrameDefault", PYTHON_EVAL, PYTHON_EVAL_SIZE);
	image->runtime[5] = image->runtime[6] = PYTHON_INTERP; /* 40 and 48: up to 3.12 */
}

void python_object__make(struct python_object *object)
{
	static const __u16 wide[] = { 'f', 0x3b1, 0xd800 }; /* a surrogate is no character */

	*object = (struct python_object){
		.first_line = 2,
		.path = { .length = 4, .state = 1 << 2 | 1 << 5 | 1 << 6 },
		.name = { .length = 3, .state = 2 << 2 | 1 << 5 },
		.lines = { .length = 6, .bytes = { 0xe8, 0x50, 0x06, 0xe8, 0x49, 0x03 } },
	};
	memcpy((char *)&object->path + 48, "a.py", 4);
	memcpy((char *)&object->name + 72, wide, sizeof(wide));
	object->words[0] = (__u64)&object->path;
	object->words[1] = 16; /* co_name is not looked at */
	object->words[2] = (__u64)&object->name;
	object->words[3] = (__u64)&object->lines;
}

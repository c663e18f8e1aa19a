/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the bytes of an ELF file to where they are loaded.  Segments can share a page of
 * the file, which is then mapped once for each (lld, and so rustc and clang, link like
 * this).  What is asked about here is code, so the executable segment counts.  Runs on
 * files of strangers.
 */
#ifndef CALLSTACK_HELPER_SEGMENTS_H
#define CALLSTACK_HELPER_SEGMENTS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include <gelf.h>

/* The address of the byte at an offset, in the numbers of the file's own tables. */
bool segments__address(Elf *elf, __u64 offset, __u64 *ret_address);

/*
 * How far the file was moved when it was loaded, told by a mapping: where it starts, and
 * the offset in the file that is mapped there.
 */
bool segments__bias(Elf *elf, __u64 start, __u64 offset, __u64 *ret_bias);

/* The bytes of the segment of code that an address lies in, from its start on; NULL: in none. */
const __u8 *segments__whole_code(Elf *elf, __u64 address, __u64 *ret_start, size_t *ret_size);

/* The bytes of code from an address up to the end of its segment; NULL: none. */
const __u8 *segments__code(Elf *elf, __u64 address, size_t *ret_size);

#endif

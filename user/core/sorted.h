/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists that are sorted by a field. */
#ifndef CORE_SORTED_H
#define CORE_SORTED_H

#include <linux/types.h>
#include <stddef.h>

/* How many of the list, of elements of `size` bytes, have a __u64 `at` bytes inside up to `value`. */
size_t sorted__upto(const void *list, size_t count, size_t size, size_t at, __u64 value);

#define SORTED_UPTO(list, count, field, value)                                                     \
	sorted__upto(list, count, sizeof(*(list)), offsetof(__typeof__(*(list)), field), value)

#endif

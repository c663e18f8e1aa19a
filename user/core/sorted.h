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

/*
 * Of a list of ranges that do not overlap, each with a `start` and an `end` that is outside, the
 * one in which `value` lies; NULL: none.
 */
#define SORTED_RANGE(list, count, value)                                                           \
	({                                                                                         \
		__typeof__(&(list)[0]) list_ = (list);                                             \
		size_t count_ = (count), at_ = SORTED_UPTO(list_, count_, end, value);             \
                                                                                                   \
		at_ == count_ || list_[at_].start > (value) ? NULL : &list_[at_];                  \
	})

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/sorted.h"

#include <string.h>

size_t sorted__upto(const void *list, size_t count, size_t size, size_t at, __u64 value)
{
	size_t low = 0, high = count;
	__u64 field;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		memcpy(&field, (const char *)list + middle * size + at, sizeof(field));
		if (field <= value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

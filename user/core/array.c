/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/array.h"

#include <stdlib.h>

void *array__grow(void *array, size_t size, size_t first, size_t *room)
{
	size_t more = *room ? 2 * *room : first;

	array = reallocarray(array, more, size);
	if (array)
		*room = more;
	return array;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/pythons.h"

void pythons__put(struct python_bucket *buckets, unsigned long long space,
		  const struct python_layout *layout)
{
	struct python_bucket *bucket = &buckets[python_slot(space)];
	unsigned int way = (unsigned int)(space >> 8) % PYTHON_WAYS, i;

	for (i = PYTHON_WAYS; i--;) {
		if (!bucket->key[i])
			way = i;
	}
	for (i = 0; i < PYTHON_WAYS; i++) {
		if (bucket->key[i] == space)
			way = i;
	}
	/* who reads meanwhile finds no program there */
	__atomic_store_n(&bucket->key[way], 0, __ATOMIC_SEQ_CST);
	bucket->layout[way] = *layout;
	__atomic_store_n(&bucket->key[way], space, __ATOMIC_SEQ_CST);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/heap.h"

#include <malloc.h>

#define OFTEN_NS 10000000000ULL
#define MUCH	 (16U << 20)

/* Of other C libraries than glibc we do not know how. */
void heap__give_back(__u64 *last_ns, __u64 now)
{
	if (now < *last_ns + OFTEN_NS)
		return;
	*last_ns = now;
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
	if (mallinfo2().fordblks > MUCH)
		malloc_trim(0);
#endif
}

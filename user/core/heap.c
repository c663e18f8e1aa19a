/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/heap.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define OFTEN_NS  10000000000ULL
#define MUCH	  (16U << 20)
#define FEW_PAGES 4

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

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

void heap__expect(void *memory, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)memory & -page;

	if (size >= FEW_PAGES * page)
		(void)madvise((void *)from, (uintptr_t)memory + size - from, MADV_POPULATE_WRITE);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory comes at once where it is expected; what was freed is given back, not too often. */
#include "core/heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"

Test(heap, is_not_looked_at_too_often)
{
	__u64 last = 0;

	heap__give_back(&last, 9999999999ULL);
	SAME(last, 0);
	heap__give_back(&last, 10000000000ULL);
	SAME(last, 10000000000ULL);
	heap__give_back(&last, 19999999999ULL);
	SAME(last, 10000000000ULL);
	heap__give_back(&last, 20000000000ULL);
	SAME(last, 20000000000ULL);
}

#define EXPECTED 64 /* pages, of which the first and the last are not all of the memory's */

Test(heap, what_is_expected_is_there_and_as_it_was)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), i, there = 0;
	unsigned char *memory = mmap(NULL, EXPECTED * page, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char core[EXPECTED];

	cr_assert_neq(memory, MAP_FAILED);
	memory[page + 1] = 7;
	heap__expect(memory + page / 2, (EXPECTED - 1) * page);
	cr_assert_eq(mincore(memory, EXPECTED * page, core), 0);
	for (i = 0; i < EXPECTED; i++)
		there += core[i] & 1;
	cr_expect(there == EXPECTED || there == 1, "%zu pages", there); /* 1: before Linux 5.14 */
	for (i = 0; i < EXPECTED * page; i++)
		cr_assert_eq(memory[i], i == page + 1 ? 7 : 0);
	heap__expect(memory, 0);
	munmap(memory, EXPECTED * page);
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) /* which has a heap of its own */
#define BLOCKS 65536
#define SIZE   1024 /* small enough to lie in the heap */

static char *blocks[BLOCKS];

static size_t resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	size_t pages = 0;

	cr_assert_not_null(file);
	cr_assert_eq(fscanf(file, "%*u %zu", &pages), 1);
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void take_all(void)
{
	size_t i;

	for (i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(SIZE);
		cr_assert_not_null(blocks[i]);
		memset(blocks[i], 1, SIZE);
	}
}

/* All but the last one, above which the heap ends: the others stay in it. */
static void free_most(void)
{
	size_t i;

	for (i = 0; i < BLOCKS - 1; i++)
		free(blocks[i]);
}

Test(heap, what_was_freed_is_given_back)
{
	size_t full, freed, given;
	__u64 last = 0;

	take_all();
	full = resident_bytes();
	free_most();
	freed = resident_bytes();
	heap__give_back(&last, 20000000000ULL);
	given = resident_bytes();
	cr_expect_gt(freed + SIZE * BLOCKS / 2, full, "it went by itself: nothing is tested");
	cr_expect_lt(given + SIZE * BLOCKS / 2, freed, "%zu of %zu bytes are left", given, freed);
	free(blocks[BLOCKS - 1]);
}
#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Histograms of a reading: found on the wire, and the same in the few bytes in which they are remembered. */
#include "model/switching/reading.h"

#include <stdlib.h>
#include <string.h>

#include "make_reading.h"
#include "model/switching/dist.h"
#include "unit.h"

Test(reading, place_on_the_wire_is_behind_those_that_are_there)
{
	struct task task = task__make(1, 1, 1);
	__u32 mask;
	int d;

	for (d = 0; d < D_COUNT; d++)
		task__sample(&task, d, 1000000ULL + d); /* tells them apart by their sums */
	for (mask = 0; mask <= ALL_DISTS; mask++) {
		__u8 ends[D_COUNT];
		struct reading reading = { .rec = &task.rec, .ends = ends };
		void *wire;

		task__ends(&task, mask, mask & 1, ends);
		reading.dists = wire = task__wire(&task, ends);

		for (d = 0; d < D_COUNT; d++) {
			struct seen_hist hist = reading__hist(&reading, d);

			if (mask & (1U << d))
				SAME(seen_hist__sum(&hist), 1000000ULL + d);
			else
				cr_expect_null(hist.head, "mask %x dist %d", mask, d);
		}
		free(wire);
	}
}

/* Its histograms that mask names; of each all buckets, those that are not told, too. */
static void same(const struct reading *copy, const struct task *task, __u32 mask)
{
	struct reading all = { .rec = &task->rec, .dists = &task->rec.PICK, .ends = reading__all };
	__u32 d, i;

	cr_assert_eq(memcmp(copy->rec, &task->rec, WIRE_REC_HEAD), 0);
	for (d = 0; d < D_COUNT; d++) {
		struct seen_hist hist = reading__hist(&all, d), kept = reading__hist(copy, d);

		cr_assert_eq(kept.head != NULL, mask >> d & 1, "dist %u", d);
		if (!kept.head)
			continue;
		cr_assert_eq(memcmp(kept.head, hist.head, sizeof(*hist.head)), 0);
		for (i = 0; i < dist_infos[d].buckets + 2; i++)
			SAME(seen_hist__bucket(&kept, i), seen_hist__bucket(&hist, i));
	}
}

/* Nothing, one sample at either end of the scale, and ever more: in memory that serves again, or not. */
Test(reading, a_copy_is_the_same)
{
	static const __u64 ends_of_scale[] = { 0, ~0ULL >> 2 };
	struct chance chance = { 5 };
	struct reading copy = { 0 };
	void *memory = NULL;
	int n, d;

	for (n = 0; n < 200; n++) {
		struct task task = task__make(n + 1, 1, 1);
		__u32 mask = (__u32)chance__spread(&chance, 62) & ALL_DISTS;
		__u8 ends[D_COUNT];
		struct reading now = { .rec = &task.rec, .ends = ends };
		void *wire;
		int i;

		for (d = 0; d < D_COUNT; d++)
			for (i = 0; i < n % 5; i++)
				task__sample(&task, d,
					     n % 3 ? chance__spread(&chance, 50) :
						     ends_of_scale[n & 1]);
		task__ends(&task, mask, n % 7 == 0, ends);
		now.dists = wire = task__wire(&task, ends);
		same(&now, &task, mask);
		memory = reading__copy(&now, memory, &copy);
		cr_assert_not_null(memory);
		free(wire);
		memset(ends, 0xa5, sizeof(ends));
		same(&copy, &task, mask);
	}
	free(memory);
}

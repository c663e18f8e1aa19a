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
	for (mask = 0; mask <= WIRE_ALL_DISTS; mask++) {
		void *wire = task__wire(&task, mask);
		struct reading reading = { .rec = &task.rec, .dists = wire, .mask = mask };

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

static void same(const struct reading *copy, const struct task *task, __u32 mask)
{
	void *wire = task__wire(task, mask);
	struct reading all = { .rec = &task->rec, .dists = wire, .mask = mask };
	__u32 d, i;

	cr_assert_eq(memcmp(copy->rec, &task->rec, WIRE_REC_HEAD), 0);
	for (d = 0; d < D_COUNT; d++) {
		struct seen_hist hist = reading__hist(&all, d), kept = reading__hist(copy, d);

		cr_assert_eq(!kept.head, !hist.head, "dist %u", d);
		if (hist.head)
			cr_assert_eq(memcmp(kept.head, hist.head, sizeof(*hist.head)), 0);
		for (i = 0; i < dist_infos[d].buckets + 2; i++)
			SAME(seen_hist__bucket(&kept, i), seen_hist__bucket(&hist, i));
	}
	free(wire);
}

/* Nothing, one sample at either end of the scale, and ever more: in memory that serves again, or not. */
Test(reading, a_copy_is_the_same)
{
	static const __u64 ends[] = { 0, ~0ULL >> 2 };
	struct chance chance = { 5 };
	struct reading copy = { 0 };
	struct thin_room room;
	void *memory = NULL;
	int n, d;

	for (n = 0; n < 200; n++) {
		struct task task = task__make(n + 1, 1, 1);
		__u32 mask = (__u32)chance__spread(&chance, 62) & WIRE_ALL_DISTS;
		struct reading now = { .rec = &task.rec, .mask = mask };
		void *wire;
		int i;

		for (d = 0; d < D_COUNT; d++)
			for (i = 0; i < n % 5; i++)
				task__sample(&task, d,
					     n % 3 ? chance__spread(&chance, 50) : ends[n & 1]);
		now.dists = wire = task__wire(&task, mask);
		now = reading__thin(&now, &room);
		free(wire);
		same(&now, &task, mask);
		memory = reading__copy(&now, memory, &copy);
		cr_assert_not_null(memory);
		same(&copy, &task, mask);
	}
	free(memory);
}

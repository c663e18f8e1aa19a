/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time off CPU that is still going on when the summary is drawn. */
#include <criterion/criterion.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"

static struct proc sleeper;

static void stop(void)
{
	if (sleeper.pid)
		proc__kill(&sleeper);
	tt__cleanup();
}

TestSuite(waiting, .init = tt__require_live, .fini = stop);

/* Within a tenth: the beginning and the end of a run have a width. */
static void check_asleep_throughout(json_t *row, uint64_t duration)
{
	uint64_t slept = js__u64(row, "offcpu_ns.sleep.sum");

	cr_expect_eq(js__u64(row, "switches"), 0, "%lu switches", js__u64(row, "switches"));
	cr_expect(slept >= duration / 10 * 9 && slept <= duration / 10 * 11,
		  "asleep for %lu ns of %lu", slept, duration);
	cr_expect_eq(js__u64(row, "oncpu_ns"), 0);
}

Test(waiting, thread_asleep_throughout_does_not_vanish)
{
	json_t *facts, *stat, *row;
	char pid[16];

	facts = tt__load_start(&sleeper, ARGS("sleeper", "60"), false);
	snprintf(pid, sizeof(pid), "%d", js__pid(facts, "pid"));
	stat = tt__stat(ARGS("-d", "1", "--threads", "-p", pid));
	check__complete(stat);
	check__sane(stat);
	row = js__one(js__at(stat, "processes"), "pid", js__u64(facts, "pid"));
	cr_expect_eq(json_array_size(js__at(row, "threads")), 2);
	row = js__one(js__at(row, "threads"), "tid", js__u64(facts, "sleeper"));
	check_asleep_throughout(row, js__u64(stat, "duration_ns"));
	json_decref(stat);
	json_decref(facts);
}

/* Also in each interval: one sleep that lasts ten of them is not the last one's alone. */
Test(waiting, each_interval_has_its_part_of_a_long_sleep)
{
	json_t *facts, *lines, *line, *row;
	char pid[16];
	size_t i;

	facts = tt__load_start(&sleeper, ARGS("sleeper", "60"), false);
	snprintf(pid, sizeof(pid), "%d", js__pid(facts, "pid"));
	lines = tt__stat_lines(ARGS("-d", "1", "-i", "250ms", "--threads", "-p", pid));
	cr_expect_geq(json_array_size(lines), 3);
	check__intervals(lines, true);
	json_array_foreach(lines, i, line) {
		row = js__one(js__at(line, "processes"), "pid", js__u64(facts, "pid"));
		row = js__one(js__at(row, "threads"), "tid", js__u64(facts, "sleeper"));
		cr_expect_eq(js__u64(row, "switches"), 0);
		cr_expect_gt(js__u64(row, "offcpu_ns.sleep.sum"), 0, "interval %zu: not asleep", i);
	}
	json_decref(lines);
	json_decref(facts);
}

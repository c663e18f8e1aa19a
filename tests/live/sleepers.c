/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who sleeps through several readings is told of once: what the intervals say of it is as exact. */
#include <criterion/criterion.h>
#include <string.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"

static struct proc load;

static void stop(void)
{
	if (load.pid)
		proc__kill(&load);
	tt__cleanup();
}

TestSuite(sleepers, .init = tt__require_live, .fini = stop);

/* All of its time is sleep; returns it. */
static uint64_t check_asleep(json_t *row)
{
	uint64_t lifetime = js__u64(row, "lifetime_ns");

	cr_expect_gt(lifetime, 0);
	cr_expect_eq(js__u64(row, "state_ns.sleep"), lifetime);
	cr_expect_eq(js__u64(row, "state_ns.oncpu"), 0);
	cr_expect_eq(js__u64(row, "switches"), 0);
	return lifetime;
}

Test(sleepers, each_interval_has_all_of_its_time_and_its_name_of_then)
{
	json_t *facts = tt__load_start(&load, ARGS("sleeper", "60", "renamed"), false);
	uint64_t asleep = 0, duration = 0;
	json_t *lines, *line;
	char pid[16], name[16] = "";
	size_t i;

	snprintf(pid, sizeof(pid), "%d", js__pid(facts, "pid"));
	lines = tt__stat_lines(ARGS("-i", "150ms", "-d", "1", "--threads", "-p", pid));
	cr_assert_geq(json_array_size(lines), 4);
	check__intervals(lines, true);
	json_array_foreach(lines, i, line) {
		json_t *process = js__one(js__at(line, "processes"), "pid", js__u64(facts, "pid"));
		json_t *row = js__one(js__at(process, "threads"), "tid", js__u64(facts, "sleeper"));

		asleep += check_asleep(row);
		duration += js__u64(line, "duration_ns");
		cr_expect_str_neq(js__str(row, "comm"), name, "still %s", name);
		snprintf(name, sizeof(name), "%s", js__str(row, "comm"));
	}
	cr_expect(asleep <= duration + 10000 && duration <= asleep + 10000,
		  "asleep for %lu ns of %lu", asleep, duration);
	json_decref(lines);
	json_decref(facts);
}

/* It is woken once, long after it was told of last: nothing of the interval is lost or told twice. */
Test(sleepers, an_interval_that_ends_late_is_told_to_its_end)
{
	const char *file = tt__temp("facts");
	json_t *lines =
		tt__stat_lines(ARGS("-i", "100ms", "--threads", "--", tt__load("manythreads"),
				    "211", "1", "pair", "-o", file));
	json_t *all = check__all_processes(lines);
	uint64_t sleeps = js__sum(all, "offcpu_ns.sleep.sum"),
		 asleep = js__sum(all, "state_ns.sleep"), lived = js__sum(all, "lifetime_ns");

	check__intervals(lines, true);
	cr_expect_eq(sleeps, asleep);
	/* 209 sleep for a second, but for the moments of their creation and end */
	cr_expect_gt(asleep, 209 * 990000000ULL);
	cr_expect_geq(lived, asleep);
	json_decref(all);
	json_decref(lines);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which kind a switch is: known for a pair that does nothing but switch to each
 * other on one CPU.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"

TestSuite(kinds, .init = tt__require_live, .fini = tt__cleanup);

#define HAND_OVERS "20011"
#define ROUNDS	   20011 /* the same as a number */

static json_t *play(const char *mode, json_t **ret_facts)
{
	const char *file = tt__temp("facts");
	json_t *stat =
		tt__stat(ARGS("--", tt__load("pingpong"), mode, HAND_OVERS, "--alone", "-o", file));

	*ret_facts = js__parse_file(file);
	check__complete(stat);
	check__sane(stat);
	check__sums_up(stat);
	check__kinds(js__at(stat, "system"));
	return stat;
}

/* At least 99 in 100; and what they cost, for whoever reads the log: no time is a test. */
static void check_kind(json_t *row, const char *kind)
{
	char path[64];
	uint64_t of_kind, all = check__all_kinds(row);

	snprintf(path, sizeof(path), "in.%s", kind);
	of_kind = js__u64(row, path);
	cr_expect_geq(of_kind * 100, all * 99, "%lu of %lu switches are %s", of_kind, all, kind);
	cr_expect_geq(all, ROUNDS - 1, "only %lu switches", all);
	snprintf(path, sizeof(path), "switch_ns.%s.p50", kind);
	if (json_is_integer(js__find(row, path)))
		cr_log_info("%s: %lu of %lu switches, p50 %lu ns", kind, of_kind, all,
			    js__u64(row, path));
}

Test(kinds, two_threads)
{
	json_t *facts, *stat = play("thread", &facts), *pids;

	pids = js__at(facts, "pids");
	check_kind(js__one(js__at(stat, "processes"), "pid",
			   (uint64_t)json_integer_value(json_array_get(pids, 0))),
		   "thread");
	json_decref(facts);
	json_decref(stat);
}

Test(kinds, two_processes)
{
	json_t *facts, *stat = play("process", &facts), *pids, *row;
	size_t i;

	pids = js__at(facts, "pids");
	for (i = 0; i < 2; i++) {
		row = js__one(js__at(stat, "processes"), "pid",
			      (uint64_t)json_integer_value(json_array_get(pids, i)));
		check_kind(row, "process");
		cr_expect_eq(js__u64(row, "mm_switches"), js__u64(row, "in.process"));
	}
	json_decref(facts);
	json_decref(stat);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels that cannot do everything, played by leaving probes away: what is not
 * measured is null, with a reason, never 0; what is left stays exact.
 */
#include <criterion/criterion.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"

TestSuite(fallback, .init = tt__require_live, .fini = tt__cleanup);

static json_t *without(const char *rung)
{
	const char *file = tt__temp("facts");
	json_t *stat, *facts, *row;

	stat = tt__stat(
		ARGS("--force-rung", rung, "--", tt__load("switches"), "7", "101", "-o", file));
	facts = js__parse_file(file);
	check__complete(stat);
	check__sums_up(stat);
	row = js__one(js__at(stat, "processes"), "pid", js__u64(facts, "pid"));
	check__identity(js__u64(row, "switches"), facts, 1);
	json_decref(facts);
	return stat;
}

static void expect_unavailable(json_t *stat, const char *reason_of, const char *path)
{
	json_t *reason = json_object_get(js__at(stat, "unavailable"), reason_of);

	cr_expect(json_is_string(reason) && json_string_length(reason), "no reason for %s",
		  reason_of);
	cr_expect(json_is_null(js__at(js__at(stat, "system"), path)), "%s is not null", path);
}

Test(fallback, no_cost)
{
	json_t *stat = without("COST=none");

	expect_unavailable(stat, "switch_ns", "switch_ns.thread");
	expect_unavailable(stat, "switch_ns", "switch_ns.process");
	cr_expect_str_eq(js__str(stat, "cost_source"), "none");
	if (!json_object_get(js__at(stat, "unavailable"), "pick_ns"))
		cr_expect_gt(js__u64(stat, "system.pick_ns.count"), 0);
	json_decref(stat);
}

Test(fallback, no_pick)
{
	json_t *stat = without("PICK=none");

	expect_unavailable(stat, "pick_ns", "pick_ns");
	cr_expect_gt(check__all_kinds(js__at(stat, "system")), 0);
	json_decref(stat);
}

Test(fallback, no_tlb)
{
	json_t *stat = without("TLB=none");

	expect_unavailable(stat, "mm_switches_flushed", "mm_switches_flushed");
	expect_unavailable(stat, "tlb_shootdowns_sent", "tlb_shootdowns_sent");
	expect_unavailable(stat, "tlb_shootdowns_received", "tlb_shootdowns_received");
	json_decref(stat);
}

Test(fallback, text_says_not_available)
{
	struct run run;

	tt__run(&run, ARGS("stat", "-d", "200ms", "--force-rung", "COST=none"), NULL);
	tt__expect_success(&run);
	cr_expect(strstr(run.out, "n/a"), "no n/a: %s", run.out);
	run__free(&run);
}

Test(fallback, csv_leaves_the_field_empty)
{
	struct run run;

	tt__run(&run,
		ARGS("stat", "-d", "200ms", "--format", "csv", "--force-rung",
		     "COST=none,TLB=none"),
		NULL);
	tt__expect_success(&run);
	cr_expect(strstr(run.out, ",,"), "no empty field: %.500s", run.out);
	run__free(&run);
}

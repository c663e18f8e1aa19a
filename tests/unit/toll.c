/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What our own programs cost: each switch, and what else they run for. */
#include "trace/toll.h"

#include "trace/probes.h"
#include "unit.h"

Test(toll, what_runs_at_a_creation_is_not_of_a_switch)
{
	const struct toll toll = { .sampled = { .at_switches = 30000, .others = 5000000 },
				   .sampled_switches = 100,
				   .sampled_ns = 100000000 };
	struct toll_rate rate;
	const char *why_not;

	cr_assert(toll__rate(&toll, &rate, &why_not));
	cr_expect_eq(rate.ns_per_switch, 300);
	cr_expect_float_eq(rate.others, 0.05, 1e-9);
}

Test(toll, without_a_switch_it_is_not_known)
{
	const struct toll toll = { .sampled = { .others = 5 }, .sampled_ns = 100000000 };
	const struct toll refused = { .refused = true };
	struct toll_rate rate;
	const char *why_not;

	cr_expect_not(toll__rate(&toll, &rate, &why_not));
	SAME_TEXT(why_not, "no switch while it was sampled");
	cr_expect_not(toll__rate(&refused, &rate, &why_not));
	SAME_TEXT(why_not, "the kernel's statistics need CAP_SYS_ADMIN");
}

Test(toll, is_sampled_less_often_in_a_long_run)
{
	const __u64 second = 1000000000;
	struct toll toll = { .samples = TOLL_FEW, .spent_ns = 2000000 };

	SAME(toll__period(&toll, 0), 2 * second);
	SAME(toll__period(&toll, 60 * second), 2 * second);
	SAME(toll__period(&toll, 90 * second), 3 * second);
	SAME(toll__period(&toll, 1800 * second), 60 * second);
	SAME(toll__period(&toll, 86400 * second), 60 * second);
	/* where it takes long to turn statistics on and off, but for the first few */
	toll.spent_ns = 35000000;
	SAME(toll__period(&toll, 10 * second), 17500000000);
	SAME(toll__period(&toll, 900 * second), 30 * second);
	toll.spent_ns = 350000000;
	SAME(toll__period(&toll, 10 * second), 60 * second);
	toll.samples--;
	SAME(toll__period(&toll, 10 * second), 2 * second);
}

Test(toll, the_tables_say_what_a_program_runs_for)
{
	static const char *const at_switches[] = { "sched_switch", "sched_entry",   "sched_exit",
						   "finish_fexit", "finish_kprobe", "sched_waking",
						   "tlb_flush" };
	static const char *const at_events[] = { "task_newtask", "enter_clone3", "clone_fexit",
						 "process_exit", "sched_wakeup_new" };
	static const char *const for_us[] = { "seed", "drain", "census", "cut", "ask_self" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(at_switches); i++)
		cr_expect_eq(program__runs(at_switches[i]), RUNS_AT_SWITCHES, "%s", at_switches[i]);
	for (i = 0; i < ARRAY_SIZE(at_events); i++)
		cr_expect_eq(program__runs(at_events[i]), RUNS_AT_EVENTS, "%s", at_events[i]);
	for (i = 0; i < ARRAY_SIZE(for_us); i++)
		cr_expect_eq(program__runs(for_us[i]), RUNS_FOR_US, "%s", for_us[i]);
}

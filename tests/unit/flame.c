/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in a flame graph, as the folded format tells it. */
#include "model/profile/flame.h"

#include <string.h>

#include "make_flame.h"
#include "unit.h"

static const struct flame_options plain;

Test(flame, adds_up_by_task_and_stack)
{
	struct fire fire;

	fire__begin(&fire, "offcpu", plain);
	fire__sample(&fire, 11, "main > read > sys_read@k", WEIGHT_SLEEP, 5);
	fire__sample(&fire, 12, "main > read > sys_read@k", WEIGHT_DISK, 7);
	fire__sample(&fire, 12, "main > write", WEIGHT_RUNQ, 1);
	fire__sample(&fire, 13, "main > read > sys_read@k", WEIGHT_OTHER, 20);
	fire__sample(&fire, 12, "main", WEIGHT_SLEEP, 3);
	fire__sample(&fire, 12, "main", WEIGHT_SWITCHES, 999);
	SAME(flame__total(fire.flame, 0), 36);
	SAME(flame__seen(fire.flame, 0), 5);
	SAME(flame__taken(fire.flame, 0), 5);
	fire__expect(&fire, "db;main;read;sys_read_[k] 20\n"
			    "web;main 3\n"
			    "web;main;read;sys_read_[k] 12\n"
			    "web;main;write 1\n");
}

Test(flame, two_addresses_in_one_function_are_one_frame)
{
	struct fire fire;
	struct profile *profile;
	__u32 module, frames[2], i;

	fire__begin(&fire, "switches", plain);
	profile = fire.profiles[0];
	module = profile__module(profile, MODULE_FILE, "/bin/x", 1, "");
	for (i = 0; i < 2; i++) {
		struct sample sample = { .thread = 1, .weight = { [WEIGHT_SWITCHES] = 2 } };

		frames[i] = profile__frame(profile, module, 100 + i);
		profile__name(profile, frames[i], "main", NULL);
		sample.stack = profile__stack(profile, 0, frames[i]);
		cr_assert_eq(flame__take(fire.flame, &sample), 0);
	}
	fire__expect(&fire, "web;main 4\n");
}

Test(flame, inlined_functions_are_frames)
{
	struct fire fire;

	fire__begin(&fire, "cost", plain);
	fire__sample(&fire, 21, "main + loop + step > f", WEIGHT_COST, 2);
	fire__sample(&fire, 21, "main + loop > g", WEIGHT_COST, 3);
	fire__expect(&fire, "cron;main;loop_[i];g 3\n"
			    "cron;main;loop_[i];step_[i];f 2\n");
}

Test(flame, what_has_no_name_is_not_dropped)
{
	struct fire fire;
	struct profile *profile;
	__u32 module, frame;
	struct sample sample = { .thread = 1, .weight = { [WEIGHT_RUNQ] = 1 } };

	fire__begin(&fire, "runq", plain);
	profile = fire.profiles[0];
	module = profile__module(profile, MODULE_FILE, "/usr/lib/libx.so", 1, "");
	frame = profile__frame(profile, module, 0x1234);
	sample.stack = profile__stack(profile, 0, frame);
	cr_assert_eq(flame__take(fire.flame, &sample), 0);
	sample.stack = 0;
	cr_assert_eq(flame__take(fire.flame, &sample), 0);
	sample.stack = 12345; /* of a damaged recording */
	cr_assert_eq(flame__take(fire.flame, &sample), 0);
	sample.thread = 999;
	cr_assert_eq(flame__take(fire.flame, &sample), 0);
	sample.thread = 1;
	module = profile__module(profile, MODULE_KERNEL, "", 0, "");
	sample.stack = profile__stack(profile, 0, profile__frame(profile, module, 0xffff0));
	cr_assert_eq(flame__take(fire.flame, &sample), 0);
	fire__expect(&fire, "[unknown];[unknown] 1\n"
			    "web;[libx.so+0x1234] 1\n"
			    "web;[unknown+0xffff0]_[k] 1\n"
			    "web;[unknown] 2\n");
}

Test(flame, per_thread_tells_threads_of_one_name_apart)
{
	struct fire fire;

	fire__begin(&fire, "sleep", (struct flame_options){ .per_thread = true });
	fire__sample(&fire, 11, "main", WEIGHT_SLEEP, 1);
	fire__sample(&fire, 12, "main", WEIGHT_SLEEP, 2);
	fire__expect(&fire, "web-11;main 1\nweb-12;main 2\n");
}

Test(flame, no_kernel_leaves_its_frames_out)
{
	struct fire fire;

	fire__begin(&fire, "sleep", (struct flame_options){ .no_kernel = true });
	fire__sample(&fire, 11, "main > read > sys_read@k > schedule@k", WEIGHT_SLEEP, 1);
	fire__sample(&fire, 11, "main > read > sys_read@k > wait@k", WEIGHT_SLEEP, 1);
	fire__sample(&fire, 21, "kthread@k > schedule@k", WEIGHT_SLEEP, 4);
	fire__expect(&fire, "cron 4\nweb;main;read 2\n");
}

Test(flame, reverse_has_the_innermost_frame_first)
{
	struct fire fire;

	fire__begin(&fire, "sleep", (struct flame_options){ .reverse = true });
	fire__sample(&fire, 11, "main + loop > read > schedule@k", WEIGHT_SLEEP, 1);
	fire__sample(&fire, 13, "main > schedule@k", WEIGHT_SLEEP, 2);
	fire__sample(&fire, 13, NULL, WEIGHT_SLEEP, 3);
	fire__expect(&fire, "[unknown];db 3\n"
			    "schedule_[k];main;db 2\n"
			    "schedule_[k];read;loop_[i];main;web 1\n");
}

Test(flame, wakeups_have_the_waker_over_the_sleeper)
{
	struct fire fire;

	fire__begin(&fire, "wake", plain);
	fire__wakeup(&fire, 11, "main > read > schedule@k", "=db > serve > write > wake@k", 2);
	fire__wakeup(&fire, 12, "main > read > schedule@k", "=db > serve > write > wake@k", 1);
	fire__wakeup(&fire, 11, "main > read > schedule@k", "=swapper/0 > timer@k", 4);
	fire__wakeup(&fire, 11, "main > read > schedule@k", NULL, 8);
	fire__expect(&fire, "web;main;read;schedule_[k];--;[unknown] 8\n"
			    "web;main;read;schedule_[k];--;timer_[k];swapper/0 4\n"
			    "web;main;read;schedule_[k];--;wake_[k];write;serve;db 3\n");
}

Test(flame, wakeups_the_other_way_round)
{
	struct fire fire;

	fire__begin(&fire, "wake", (struct flame_options){ .reverse = true, .no_kernel = true });
	fire__wakeup(&fire, 11, "main > read > schedule@k", "=db > serve > write > wake@k", 2);
	fire__expect(&fire, "db;serve;write;--;read;main;web 2\n");
}

Test(flame, other_metrics_ignore_the_waker)
{
	struct fire fire;

	fire__begin(&fire, "sleep", plain);
	fire__sample(&fire, 11, "main", WEIGHT_SLEEP, 1);
	fire__sample(&fire, 11, "main", WEIGHT_WAKE, 100);
	SAME(flame__sum_count(fire.flame, 0), 1);
	fire__expect(&fire, "web;main 1\n");
}

Test(flame, filters_have_to_hold_together)
{
	static const __u32 pids[] = { 10 }, tids[] = { 12, 13, 21 };
	struct target_glob glob;
	struct flame_options options = { .filter = { .pids = pids,
						     .pid_count = 1,
						     .tids = tids,
						     .tid_count = 3,
						     .comm = &glob } };
	struct fire fire;

	cr_assert_eq(glob__compile("w?b", &glob), 0);
	fire__begin(&fire, "sleep", options);
	fire__sample(&fire, 11, "main", WEIGHT_SLEEP, 1);
	fire__sample(&fire, 12, "main", WEIGHT_SLEEP, 2);
	fire__sample(&fire, 13, "main", WEIGHT_SLEEP, 4);
	fire__sample(&fire, 21, "main", WEIGHT_SLEEP, 8);
	SAME(flame__seen(fire.flame, 0), 4);
	SAME(flame__taken(fire.flame, 0), 1);
	SAME(flame__total(fire.flame, 0), 2);
	fire__expect(&fire, "web;main 2\n");
}

Test(flame, corrections_are_added_and_zeros_left_out)
{
	struct fire fire;

	fire__begin(&fire, "sleep", plain);
	fire__sample(&fire, 11, "main > read", WEIGHT_SLEEP, 10);
	fire__sample(&fire, 11, "main > read", WEIGHT_SLEEP, -4);
	fire__sample(&fire, 11, "main > gone", WEIGHT_SLEEP, 5);
	fire__sample(&fire, 11, "main > gone", WEIGHT_SLEEP, -5);
	fire__sample(&fire, 13, "odd", WEIGHT_SLEEP, -1);
	fire__sample(&fire, 13, "large", WEIGHT_SLEEP, 9007199254740993);
	SAME(flame__total(fire.flame, 0), 9007199254740998);
	fire__expect(&fire, "db;large 9007199254740993\ndb;odd -1\nweb;main;read 6\n");
}

Test(flame, two_runs_are_merged_by_name)
{
	struct fire fire;

	fire__begin(&fire, "sleep", plain);
	fire__sample(&fire, 11, "main > read", WEIGHT_SLEEP, 1);
	fire__sample(&fire, 11, "main > gone", WEIGHT_SLEEP, 2);
	fire__compare(&fire);
	fire__sample(&fire, 12, "main > new", WEIGHT_SLEEP, 4);
	fire__sample(&fire, 12, "main > read", WEIGHT_SLEEP, 8);
	SAME(flame__total(fire.flame, 0), 3);
	SAME(flame__total(fire.flame, 1), 12);
	fire__expect(&fire, "web;main;gone 2 0\nweb;main;new 0 4\nweb;main;read 1 8\n");
}

Test(flame, of_two_runs_a_third_is_refused)
{
	struct fire fire;

	fire__begin(&fire, "sleep", plain);
	fire__compare(&fire);
	cr_expect_lt(flame__begin(fire.flame, fire.profiles[0]), 0);
	fire__expect(&fire, "");
}

/* Every sum is that of its own samples, whatever shape the stacks have. */
Test(flame, sums_are_exact_by_chance)
{
	static const char *const functions[] = { "a", "b@k", "c + d", "e + f + g", "?h", "i" };
	struct chance chance = { 3 };
	struct fire fire;
	__s64 total = 0, sum = 0;
	__u32 depth = 0, node, i;

	fire__begin(&fire, "offcpu", plain);
	for (i = 0; i < 3000; i++) {
		char stack[256] = "start";
		__s64 value = (__s64)chance__spread(&chance, 40);
		int frames = (int)chance__below(&chance, 8);

		while (frames-- > 0) {
			strcat(stack, " > ");
			strcat(stack, functions[chance__below(&chance, ARRAY_SIZE(functions))]);
		}
		fire__sample(&fire, 11 + (__u32)chance__below(&chance, 3), stack, WEIGHT_SLEEP,
			     value);
		total += value;
	}
	cr_assert_eq(flame__build(fire.flame), 0);
	SAME(flame__total(fire.flame, 0), total);
	SAME(flame__total_of(fire.flame, FLAME_ROOT, 0), total);
	for (node = FLAME_ROOT; node; node = flame__next_node(fire.flame, node, &depth)) {
		const struct flame_node *at = flame__get_node(fire.flame, node);
		__s64 children = 0;
		__u32 child;

		for (child = at->child; child; child = flame__get_node(fire.flame, child)->next)
			children += flame__total_of(fire.flame, child, 0);
		SAME(flame__total_of(fire.flame, node, 0),
		     flame__self_of(fire.flame, node, 0) + children);
		sum += flame__self_of(fire.flame, node, 0);
	}
	SAME(sum, total);
	SAME(depth, 0);
	fire__end(&fire);
}

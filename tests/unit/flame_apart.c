/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a flame graph sets apart, and which tasks it has together. */
#include <string.h>

#include "make_flame.h"
#include "unit.h"

#define SECOND 1000000000LL

static const struct flame_options apart = { .waits = true, .apart = true };

static void begin(struct fire *fire, const char *metric, struct flame_options options)
{
	fire__begin(fire, metric, options);
	flame__set_duration(fire->flame, 0, 10 * SECOND);
}

Test(flame_apart, a_wait_through_the_run_is_set_apart)
{
	struct fire fire;

	begin(&fire, "offcpu", apart);
	fire__sample(&fire, 11, "main > poll", WEIGHT_SLEEP, 5 * SECOND);
	fire__sample(&fire, 11, "main > poll", WEIGHT_DISK, 9 * SECOND / 2);
	fire__sample(&fire, 11, "main > poll", WEIGHT_RUNQ, 7);
	fire__sample(&fire, 11, "main > work", WEIGHT_SLEEP, 3);
	fire__sample(&fire, 12, "main > poll", WEIGHT_SLEEP, 95 * SECOND / 10 - 1);
	fire__expect(&fire, "[waited through the run];web;main;poll 9500000007\n"
			    "web;main;poll 9499999999\n"
			    "web;main;work 3\n");
}

/* What is woken more than a hundred times a second does something. */
Test(flame_apart, many_short_waits_are_work)
{
	struct fire fire;

	begin(&fire, "sleep", apart);
	fire__sample(&fire, 11, "main", WEIGHT_SLEEP, 99 * SECOND / 10);
	fire__sample(&fire, 11, "main", WEIGHT_SWITCHES, 990);
	fire__sample(&fire, 12, "main", WEIGHT_SLEEP, 99 * SECOND / 10);
	fire__sample(&fire, 12, "main", WEIGHT_SWITCHES, 991);
	SAME(flame__threads(fire.flame, 0), 2);
	fire__expect(&fire, "[waited through the run];web;main 9900000000\nweb;main 9900000000\n");
}

Test(flame_apart, it_is_told_where_it_is_not_set_apart)
{
	struct fire fire;

	begin(&fire, "offcpu", (struct flame_options){ .waits = true });
	fire__sample(&fire, 11, "main", WEIGHT_SLEEP, 96 * SECOND / 10);
	fire__sample(&fire, 12, "main", WEIGHT_OTHER, 10 * SECOND);
	fire__sample(&fire, 13, "main", WEIGHT_SLEEP, 1);
	SAME(flame__total(fire.flame, 0), 196 * SECOND / 10 + 1);
	cr_assert_eq(flame__build(fire.flame), 0);
	SAME(flame__idle(fire.flame).threads, 2);
	SAME(flame__idle(fire.flame).value, 196 * SECOND / 10);
	fire__end(&fire);
}

Test(flame_apart, only_time_off_cpu_is_waited_through)
{
	struct fire fire;

	begin(&fire, "switches", apart);
	fire__sample(&fire, 11, "main", WEIGHT_SLEEP, 10 * SECOND);
	fire__sample(&fire, 11, "main", WEIGHT_SWITCHES, 1);
	SAME(flame__total(fire.flame, 0), 1);
	SAME(flame__taken(fire.flame, 0), 1);
	fire__expect(&fire, "web;main 1\n");
}

Test(flame_apart, nobody_knows_without_the_length_of_the_run)
{
	struct fire fire;

	fire__begin(&fire, "sleep", apart);
	fire__sample(&fire, 11, "main", WEIGHT_SLEEP, 10 * SECOND);
	fire__expect(&fire, "web;main 10000000000\n");
}

Test(flame_apart, tasktoll_itself_is_set_apart_unless_it_is_asked_for)
{
	static const __u32 pid = 30;
	struct flame_options asked = apart;
	struct fire fire;

	begin(&fire, "switches", apart);
	stacks__thread(fire.profiles[0], 30, 31, "tasktoll-helper");
	stacks__thread(fire.profiles[0], 32, 33, "tasktollish");
	flame__free(fire.flame);
	fire.flame = flame__new(&(struct flame_options){
		.metric = metric__find("switches"), .waits = true, .apart = true });
	cr_assert_eq(flame__begin(fire.flame, fire.profiles[0]), 0);
	fire__sample(&fire, 31, "main", WEIGHT_SWITCHES, 5);
	fire__sample(&fire, 33, "main", WEIGHT_SWITCHES, 7);
	fire__expect(&fire, "[tasktoll itself];tasktoll-helper;main 5\ntasktollish;main 7\n");

	asked.filter = (struct thread_filter){ .pids = &pid, .pid_count = 1 };
	asked.metric = metric__find("switches");
	begin(&fire, "switches", apart);
	stacks__thread(fire.profiles[0], 30, 31, "tasktoll");
	flame__free(fire.flame);
	fire.flame = flame__new(&asked);
	cr_assert_eq(flame__begin(fire.flame, fire.profiles[0]), 0);
	fire__sample(&fire, 31, "main", WEIGHT_SWITCHES, 5);
	fire__expect(&fire, "tasktoll;main 5\n");
}

Test(flame_apart, what_is_reversed_is_set_apart_as_well)
{
	struct flame_options options = apart;
	struct fire fire;

	options.reverse = true;
	begin(&fire, "sleep", options);
	fire__sample(&fire, 11, "main > poll", WEIGHT_SLEEP, 10 * SECOND);
	fire__sample(&fire, 12, "main > poll", WEIGHT_SLEEP, 1);
	fire__expect(&fire,
		     "[waited through the run];poll;main;web 10000000000\npoll;main;web 1\n");
}

/* ---- pools ---- */

static void begin_pool(struct fire *fire, const char *const comms[])
{
	const struct flame_options options = { .metric = metric__find("switches"), .groups = true };
	__u32 i;

	fire__begin(fire, "switches", options);
	for (i = 0; comms[i]; i++)
		stacks__thread(fire->profiles[0], 40, 40 + i, comms[i]);
	flame__free(fire->flame);
	fire->flame = flame__new(&options);
	cr_assert_eq(flame__begin(fire->flame, fire->profiles[0]), 0);
	for (i = 0; comms[i]; i++)
		fire__sample(fire, 40 + i, "main", WEIGHT_SWITCHES, 1 << i);
}

Test(flame_apart, numbered_names_are_one_task)
{
	static const char *const comms[] = {
		"pool-1-thread-9", "pool-12-thread-1", "web7", "web7", "7", "", NULL
	};
	struct fire fire;

	begin_pool(&fire, comms);
	fire__expect(&fire, "7;main 16\n[no name];main 32\npool-*-thread-*;main 3\nweb7;main 12\n");
}

Test(flame_apart, a_task_knows_its_threads)
{
	static const char *const comms[] = { "web1", "web2", "alone", NULL };
	struct fire fire;
	__u32 node, members, found = 0;

	begin_pool(&fire, comms);
	cr_assert_eq(flame__build(fire.flame), 0);
	SAME(flame__total_of(fire.flame, FLAME_ROOT, 0), 7);
	SAME(flame__total_of(fire.flame, FLAME_MEMBERS, 0), 7);
	node = flame__get_node(fire.flame, FLAME_ROOT)->child;
	for (; node; node = flame__get_node(fire.flame, node)->next) {
		members = flame__members_of(fire.flame, node);
		if (!strcmp(flame__name_of(fire.flame, node)->text, "alone")) {
			SAME(members, 0);
			continue;
		}
		members = flame__get_node(fire.flame, members)->child;
		SAME_TEXT(flame__name_of(fire.flame, members)->text, "web1-40");
		SAME(flame__total_of(fire.flame, members, 0), 1);
		members = flame__get_node(fire.flame, members)->next;
		SAME_TEXT(flame__name_of(fire.flame, members)->text, "web2-41");
		SAME(flame__total_of(fire.flame, members, 0), 2);
		found++;
	}
	SAME(found, 1);
	fire__end(&fire);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One target in seven rows: what each says with and without the figures that it needs. */
#include <math.h>
#include <string.h>

#include "model/comparison/portrait.h"
#include "unit.h"

#define SECOND 1000000000ULL

/* Ten seconds on two CPUs, which it uses half of. */
static struct portrait portrait_of(__u64 processes, __u64 threads)
{
	struct portrait portrait = { .prices = portrait_prices__none() };
	struct shape *shape = &portrait.shape;
	int i;

	shape->runs = 1;
	shape->cpus = 2;
	shape->has_states = true;
	shape->elapsed_ns = shape->duration_ns = 10 * SECOND;
	shape->n[C_ONCPU] = shape->idle_ns = 10 * SECOND;
	shape->n[C_VOLUNTARY] = 200000;
	shape->processes = processes;
	shape->threads = threads;
	shape->most_threads = threads / processes;
	shape->together = (struct together){ processes, threads, threads / processes, false };
	for (i = 0; i < ROW_DISTS; i++)
		shape->has_dist[i] = true;
	return portrait;
}

Test(portrait, nothing_is_guessed_without_prices)
{
	struct portrait portrait = portrait_of(4, 4);
	int i;

	portrait__draw(&portrait);
	cr_expect(isnan(portrait.address_space_ns));
	SAME_TEXT(portrait.verdict.outcome, "not known");
	SAME_TEXT(portrait.rows[ROW_SWITCHING].other, "");
	cr_expect(strstr(portrait.rows[ROW_MEMORY].has, "n/a"));
	cr_expect(strstr(portrait.rows[ROW_COMMUNICATION].has, "n/a"));
	for (i = 0; i < PORTRAIT_ROWS; i++) {
		cr_expect(*portrait.rows[i].has, "%s", portrait_rows[i]);
		cr_expect(*portrait.rows[i].known, "%s", portrait_rows[i]);
	}
}

/* 20,000 switches a second at 200 ns are 0.4% of a CPU; 100,000 are 2%. */
Test(portrait, what_processes_pay_for_address_spaces)
{
	struct portrait portrait = portrait_of(4, 4);

	portrait.prices.process_extra = 200;
	portrait.shape.n[C_IN_PROCESS] = 200000;
	portrait__draw(&portrait);
	cr_expect_float_eq(portrait.address_space_ns, 4e7, 1);
	cr_expect(portrait.from_price_list);
	SAME_TEXT(portrait.verdict.outcome, "does not matter");
	SAME_TEXT(
		portrait.verdict.sentences[0],
		"For switching it does not matter here: separate address spaces cost at most 0.4% "
		"of a CPU.");
	SAME_TEXT(portrait.verdict.sentences[1],
		  "A crash takes at most 1 of 4 threads down today; as threads all 4 would die "
		  "together.");
	portrait.shape.n[C_IN_PROCESS] = 1000000;
	portrait__draw(&portrait);
	SAME_TEXT(portrait.verdict.outcome, "threads would save");
	SAME_TEXT(portrait.rows[ROW_SWITCHING].other,
		  "as threads: at most 2.0% of a CPU would be saved");
	cr_expect_leq(portrait.verdict.count, 5);
}

Test(portrait, what_threads_would_pay_as_processes)
{
	struct portrait portrait = portrait_of(1, 4);

	portrait.prices.process_extra = 200;
	portrait.shape.n[C_IN_THREAD] = 1000000;
	portrait__draw(&portrait);
	SAME_TEXT(portrait.verdict.outcome, "processes would cost");
	SAME_TEXT(portrait.rows[ROW_SWITCHING].other, "as processes: 2.0% of a CPU more");
	SAME_TEXT(portrait.rows[ROW_ISOLATION].other, "as processes: 1 of 4 dies alone");
	SAME_TEXT(
		portrait.verdict.sentences[2],
		"It ran on 1.00 CPUs while 1.00 were idle: whether one lock holds its tasks is not "
		"known, since wakeups are not recorded.");
}

/* Of the channels that its processes wake each other by, as often as each does. */
Test(portrait, prices_are_those_of_its_own_channels)
{
	struct portrait portrait = portrait_of(4, 4);
	struct wake_sum *between = portrait.shape.wakes.of[WAKES_BETWEEN];

	portrait.prices.process_extra = 200;
	portrait.prices.extra_by[WAKE_PIPE] = 10;
	portrait.prices.extra_by[WAKE_UNIX] = 50;
	portrait.shape.n[C_IN_PROCESS] = 1000000;
	portrait.shape.has_wakes = true;
	portrait__draw(&portrait);
	cr_expect_float_eq(portrait.address_space_ns, 200e6, 1, "none is priced: as by futex");
	between[WAKE_PIPE].count = 300;
	between[WAKE_UNIX].count = 100;
	between[WAKE_CHILD].count = 1000; /* has no price */
	portrait__draw(&portrait);
	cr_expect_float_eq(portrait.address_space_ns, 20e6, 1);
	SAME_TEXT(portrait.rows[ROW_SWITCHING].known,
		  "price list: processes against threads, by pipe");
	portrait.prices.extra_by[WAKE_PIPE] = -30;
	portrait__draw(&portrait);
	SAME_TEXT(portrait.rows[ROW_SWITCHING].other,
		  "as threads: less than 0.1% of a CPU would be saved");
	portrait.shape.processes = 1;
	portrait.shape.n[C_IN_THREAD] = 1000;
	portrait.shape.wakes.of[WAKES_INSIDE][WAKE_UNIX].count = 1;
	portrait__draw(&portrait);
	cr_expect_float_eq(portrait.address_space_ns, 50e3, 1);
}

Test(portrait, its_own_switches_come_before_the_price_list)
{
	struct portrait portrait = portrait_of(1, 4);
	int i;

	portrait.prices.process_extra = 200;
	portrait.shape.n[C_IN_THREAD] = SHAPE_SAMPLES;
	for (i = 0; i < SHAPE_SAMPLES; i++) {
		dist__add_sample(&portrait.shape.dist[D_SWITCH_THREAD], D_SWITCH_THREAD, 400);
		dist__add_sample(&portrait.shape.dist[D_SWITCH_PROCESS], D_SWITCH_PROCESS, 400);
	}
	portrait__draw(&portrait);
	cr_expect_not(portrait.from_price_list);
	cr_expect_float_eq(portrait.address_space_ns, 0, 1e-6);
}

Test(portrait, too_little_is_told)
{
	struct portrait portrait = portrait_of(1, 4);

	portrait.shape.n[C_VOLUNTARY] = 99;
	portrait__draw(&portrait);
	SAME_TEXT(portrait.verdict.outcome, "not enough data");
	SAME_TEXT(portrait.verdict.sentences[0], "Not enough data: 99 switches in 10.0s.");
	SAME(portrait.verdict.count, 1);
}

Test(portrait, memory_and_what_separates)
{
	struct portrait portrait = portrait_of(4, 4);

	portrait.shape.memory = (struct shape_memory){ .samples = 3, .processes = 4 };
	portrait.shape.memory.sum = (struct process_memory){
		.pss = 100 << 20, .private = 60 << 20, .page_tables = 4 << 20, .threads = 4
	};
	portrait.isolation.processes = 4;
	portrait.isolation.user = portrait.isolation.space[SPACE_USER] = true;
	portrait__draw(&portrait);
	SAME_TEXT(
		portrait.rows[ROW_MEMORY].has,
		"Pss 100MiB: 60.0MiB private, 40.0MiB shared; page tables 4.00MiB; 4 processes, 4 "
		"threads");
	cr_expect(strstr(portrait.rows[ROW_MEMORY].other, "3 processes less, about 3.00MiB"), "%s",
		  portrait.rows[ROW_MEMORY].other);
	SAME(portrait.rows[ROW_MEMORY].samples, 3);
	cr_expect(strstr(portrait.rows[ROW_ISOLATION].other, "apart: user, user namespace"), "%s",
		  portrait.rows[ROW_ISOLATION].other);
}

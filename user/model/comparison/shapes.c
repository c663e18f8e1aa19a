/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/comparison/shapes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "model/comparison/portrait_wakes.h"

#define SAME	  0.03 /* medians that differ by less are the same */
#define MOST	  0.8  /* of the rounds: who won so many is likely faster */
#define MATTERS	  0.01 /* of a CPU */
#define CPU_BOUND 0.5  /* CPUs wanted for each task that is at work */

static const char names[] = "AB";

/* ---- rounds ---- */

void shapes__add(struct shapes *shapes, int which, const struct shape *run)
{
	struct shapes_side *side = &shapes->side[which];

	if (side->rounds >= SHAPES_ROUNDS)
		return;
	side->elapsed[side->rounds] = run->elapsed_ns;
	side->others[side->rounds] = shape__others_share(run);
	side->rounds++;
	shape__add(&side->all, run);
	shapes->cpus = run->cpus;
}

static int compare_ns(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

__u64 shapes_side__elapsed(const struct shapes_side *side, double share)
{
	__u64 sorted[SHAPES_ROUNDS];
	double at, low;
	size_t i;

	if (!side->rounds)
		return 0;
	memcpy(sorted, side->elapsed, side->rounds * sizeof(*sorted));
	qsort(sorted, side->rounds, sizeof(*sorted), compare_ns);
	at = share * (double)(side->rounds - 1);
	low = floor(at);
	i = (size_t)low;
	if (i + 1 >= side->rounds)
		return sorted[side->rounds - 1];
	return sorted[i] + (__u64)((at - low) * (double)(sorted[i + 1] - sorted[i]));
}

size_t shapes_side__disturbed(const struct shapes_side *side, double *ret_most)
{
	size_t i, count = 0;

	*ret_most = 0;
	for (i = 0; i < side->rounds; i++) {
		count += side->others[i] > SHAPES_BUSY;
		*ret_most = fmax(*ret_most, side->others[i]);
	}
	return count;
}

/* Rounds in which side `a` was faster than the other's round of the same turn. */
static size_t rounds_won(const struct shapes *shapes, int a)
{
	const struct shapes_side *one = &shapes->side[a], *other = &shapes->side[!a];
	size_t i, won = 0;

	for (i = 0; i < one->rounds && i < other->rounds; i++)
		won += one->elapsed[i] < other->elapsed[i];
	return won;
}

static size_t rounds_disturbed(const struct shapes *shapes)
{
	double most;

	return shapes_side__disturbed(&shapes->side[0], &most) +
	       shapes_side__disturbed(&shapes->side[1], &most);
}

/* ---- the verdict ---- */

static double median_ratio(const struct shapes *shapes, int fast)
{
	return (double)shapes_side__elapsed(&shapes->side[!fast], 0.5) /
	       (double)shapes_side__elapsed(&shapes->side[fast], 0.5);
}

/* Which is faster: 0 or 1, or -1 if neither can be told to be. */
static int judge_elapsed(struct shapes *shapes)
{
	const struct shapes_side *side = shapes->side;
	struct verdict *verdict = &shapes->verdict;
	size_t rounds = side[0].rounds < side[1].rounds ? side[0].rounds : side[1].rounds;
	int fast = shapes_side__elapsed(&side[1], 0.5) < shapes_side__elapsed(&side[0], 0.5);
	struct number quick = number__duration(shapes_side__elapsed(&side[fast], 0.5));
	struct number slow = number__duration(shapes_side__elapsed(&side[!fast], 0.5));
	size_t won = rounds_won(shapes, fast);
	bool apart = shapes_side__elapsed(&side[fast], 1) < shapes_side__elapsed(&side[!fast], 0);
	bool quiet = 2 * rounds_disturbed(shapes) <= side[0].rounds + side[1].rounds;
	double times = median_ratio(shapes, fast);

	verdict->confidence = "none";
	if (rounds < SHAPES_FEW) {
		verdict->outcome = "not enough data";
		verdict__say(verdict,
			     "Not enough data: %zu round%s of each do%s not show how far rounds "
			     "differ (use -n 5).",
			     rounds, rounds == 1 ? "" : "s", rounds == 1 ? "es" : "");
		return -1;
	}
	if (times < 1 + SAME || (!apart && (double)won < MOST * (double)rounds)) {
		verdict->outcome = "same";
		verdict__say(verdict,
			     "Neither is faster: %c takes %s and %c takes %s, and %c was ahead in "
			     "%zu of %zu rounds.",
			     names[fast], quick.text, names[!fast], slow.text, names[fast], won,
			     rounds);
		return -1;
	}
	verdict->outcome = fast ? "b" : "a";
	verdict->confidence = apart && quiet ? "sure" : "likely";
	verdict__say(verdict,
		     "%c (%s) is faster: %s against %s, %.2f times, ahead in %zu of %zu rounds.",
		     names[fast], shape__name(&side[fast].all), quick.text, slow.text, times, won,
		     rounds);
	return fast;
}

/* Elapsed time is CPU time over CPUs obtained: a factor splits into these two, exactly. */
static void say_why(struct shapes *shapes, int fast)
{
	const struct shape *quick = &shapes->side[fast].all, *slow = &shapes->side[!fast].all;
	double cpu[2] = { (double)quick->n[C_ONCPU] / (double)quick->runs,
			  (double)slow->n[C_ONCPU] / (double)slow->runs };
	double obtained[2] = { shape__cpus_obtained(quick), shape__cpus_obtained(slow) };

	if (cpu[0] <= 0 || cpu[1] <= 0)
		return;
	verdict__say(&shapes->verdict,
		     "Why: %c ran on %.2f CPUs and %c on %.2f, a factor of %.2f; %c used %s of "
		     "CPU time a run and %c %s, a factor of %.2f.",
		     names[fast], obtained[0], names[!fast], obtained[1], obtained[0] / obtained[1],
		     names[fast], number__duration((__u64)cpu[0]).text, names[!fast],
		     number__duration((__u64)cpu[1]).text, cpu[1] / cpu[0]);
}

/* The slower one has more tasks than it ran at once, and CPUs were idle meanwhile. */
static void say_what_held_it(struct shapes *shapes, int fast)
{
	const struct shape *quick = &shapes->side[fast].all, *slow = &shapes->side[!fast].all;
	double idle = (double)slow->idle_ns / (double)slow->duration_ns;
	double obtained = shape__cpus_obtained(slow), wanted = shape__cpus_wanted(slow);
	char turns[300] = "";

	if (slow->has_wakes)
		serial__say(&slow->serial, turns, sizeof(turns));
	if (!slow->has_states || shape__cpus_obtained(quick) < 1.2 * obtained)
		return;
	if (*turns)
		verdict__say(&shapes->verdict, "%c: %s.", names[!fast], turns);
	else if (wanted > 1.5 * obtained)
		verdict__say(&shapes->verdict,
			     "%c wanted %.2f CPUs, so its tasks waited for a CPU for %s of their "
			     "time; %.2f CPUs were idle meanwhile.",
			     names[!fast], wanted,
			     number__share(shape__state_share(slow, STATE_WAITING), 1).text, idle);
	else
		verdict__say(&shapes->verdict,
			     "%c wanted no more than %.2f CPUs: its tasks slept for %s of their "
			     "time while %.2f CPUs were idle%s.",
			     names[!fast], wanted,
			     number__share(shape__state_share(slow, STATE_SLEEP), 1).text, idle,
			     slow->has_wakes ? "" : "; what they slept for is not known here");
}

static double process_switches(const struct shape *shape)
{
	return shape__rate(shape, shape->n[C_IN_PROCESS]);
}

static void say_address_spaces(struct shapes *shapes)
{
	int which = process_switches(&shapes->side[1].all) > process_switches(&shapes->side[0].all);
	const struct shapes_side *side = &shapes->side[which];
	double share = side->address_space_ns / (double)side->all.elapsed_ns;

	if (isnan(share))
		verdict__say(&shapes->verdict,
			     "What separate address spaces cost is not known: too few switches of "
			     "both kinds to compare, and no price list: run tasktoll calibrate.");
	else
		verdict__say(&shapes->verdict,
			     "Separate address spaces cost %c %s of a CPU at %s process switches a "
			     "second (%s): it %s.",
			     names[which], number__share_bound(fmax(share, 0), 1, "at most ").text,
			     number__short(process_switches(&side->all)).text,
			     side->from_price_list ? "by the price list" : "measured here",
			     share < MATTERS ? "does not matter here" : "matters here");
}

static void say_memory(struct shapes *shapes)
{
	const struct shape *a = &shapes->side[0].all, *b = &shapes->side[1].all;

	if (!a->memory.samples || !b->memory.samples)
		return;
	verdict__say(&shapes->verdict,
		     "Memory at its peak: A %s in %llu process%s, B %s in %llu; a crash takes down "
		     "up to %llu threads at once in A, and %llu in B.",
		     number__bytes(a->memory.sum.pss).text, a->memory.processes,
		     a->memory.processes == 1 ? "" : "es", number__bytes(b->memory.sum.pss).text,
		     b->memory.processes, a->together.largest, b->together.largest);
}

static void doubt_disturbed(struct shapes *shapes)
{
	double most[2];
	size_t disturbed = shapes_side__disturbed(&shapes->side[0], &most[0]) +
			   shapes_side__disturbed(&shapes->side[1], &most[1]);

	if (disturbed)
		verdict__doubt(
			&shapes->verdict,
			"other tasks disturbed %zu of %zu rounds, with up to %s of the CPUs' "
			"time",
			disturbed, shapes->side[0].rounds + shapes->side[1].rounds,
			number__share(fmax(most[0], most[1]), 1).text);
}

static void doubt_rounds(struct shapes *shapes)
{
	struct verdict *verdict = &shapes->verdict;
	int i;

	doubt_disturbed(shapes);
	for (i = 0; i < 2; i++) {
		if (shapes->side[i].all.incomplete)
			verdict__doubt(verdict, "counts of %c are incomplete in %llu round%s",
				       names[i], shapes->side[i].all.incomplete,
				       shapes->side[i].all.incomplete == 1 ? "" : "s");
	}
	if (rounds_won(shapes, 0) && rounds_won(shapes, 1))
		verdict__doubt(verdict, "each was ahead in some rounds");
	if (!*verdict->doubt && !strcmp(verdict->confidence, "sure"))
		verdict__doubt(verdict,
			       "none: the slowest round of the faster one beats all rounds "
			       "of the other, and other tasks left the CPUs alone");
}

/* Does it compute, or wait?  By the CPUs that it wanted for each task that was at work. */
static void say_what_is_unsaid(struct shapes *shapes)
{
	double wanted[2] = { shape__cpus_wanted(&shapes->side[0].all),
			     shape__cpus_wanted(&shapes->side[1].all) };
	const char *load = "a load that computes says nothing about one that waits for I/O";

	if (fmax(wanted[0], wanted[1]) < CPU_BOUND)
		load = "a load that mostly waits says nothing about one that computes";
	snprintf(shapes->verdict.unsaid, sizeof(shapes->verdict.unsaid),
		 "%s; nothing is said about other inputs, more workers or more CPUs", load);
}

static bool judge_failed(struct shapes *shapes)
{
	struct verdict *verdict = &shapes->verdict;
	int i;

	for (i = 0; i < 2; i++) {
		const struct shape *all = &shapes->side[i].all;

		if (!all->failed)
			continue;
		verdict->outcome = "failed";
		verdict->confidence = "none";
		verdict__say(
			verdict,
			"No verdict: %c ended with status %d in %llu of %llu rounds, so the two "
			"did not do the same work.",
			names[i], all->status, all->failed, all->runs);
	}
	return verdict->count;
}

/* From its own switches, else with the other's for threads, else by the price list. */
static void price_address_spaces(struct shapes *shapes, int which, double process_extra)
{
	struct shapes_side *side = &shapes->side[which];
	double extra = shape__process_extra(&side->all, &side->all);

	if (isnan(extra))
		extra = shape__process_extra(&side->all, &shapes->side[!which].all);
	side->from_price_list = isnan(extra) && !isnan(process_extra);
	if (side->from_price_list)
		extra = process_extra;
	side->address_space_ns = extra * (double)side->all.n[C_IN_PROCESS];
}

void shapes__judge(struct shapes *shapes, double process_extra)
{
	int i, fast;

	memset(&shapes->verdict, 0, sizeof(shapes->verdict));
	for (i = 0; i < 2; i++)
		price_address_spaces(shapes, i, process_extra);
	if (!judge_failed(shapes)) {
		fast = judge_elapsed(shapes);
		if (fast >= 0) {
			say_why(shapes, fast);
			say_what_held_it(shapes, fast);
		}
		say_address_spaces(shapes);
		say_memory(shapes);
	}
	doubt_rounds(shapes);
	say_what_is_unsaid(shapes);
}

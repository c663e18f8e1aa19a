/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of two ways to reach a process counts more, in each order that they come in. */
#include <signal.h>
#include <string.h>

#include "make_crash.h"
#include "unit.h"

TestSuite(tracker_links, .init = cast__begin, .fini = cast__end);

#define CHILD 300

enum way {
	TOUCHED,    /* a connection of it is gone */
	HANDLED,    /* a signal that it may well have a handler for */
	SIGNALLED,  /* the one that it dies of, if it does */
	WOKEN_BY,   /* it waited for something that closed */
	BROKEN,	    /* SIGPIPE */
	HUNG_UP,    /* SIGHUP of a dying session leader */
	ORPHANED,   /* its parent died */
	PDEATH,	    /* the signal that it had asked for */
	PDEATH_TOO, /* and that it dies of */
	NAMESPACE,
	EXITKILL,
	WAYS
};

static const struct {
	enum how how;
	int ring;
	const char *evidence;
	int living; /* how much it counts of one that lives */
	int dead;   /* of one that died of SIGTERM */
	bool tells; /* worth telling even of one that lives */
} ways[WAYS] = {
	[TOUCHED] = { HOW_WOKEN, 2, "unix socket closed", 0, 2, false },
	[HANDLED] = { HOW_SIGNAL, 3, "SIGUSR1", 1, 3, false },
	[SIGNALLED] = { HOW_SIGNAL, 3, "SIGTERM", 1, 4, true },
	[WOKEN_BY] = { HOW_WOKEN, 2, "pipe closed", 2, 2, true },
	[BROKEN] = { HOW_SIGPIPE, 3, "SIGPIPE, TCP connection of 100", 1, 3, true },
	[HUNG_UP] = { HOW_SIGHUP, 3, "SIGHUP", 1, 3, true },
	[ORPHANED] = { HOW_ORPHAN, 1, "child of 100", 3, 1, true },
	[PDEATH] = { HOW_PDEATHSIG, 1, "SIGINT", 4, 3, true },
	[PDEATH_TOO] = { HOW_PDEATHSIG, 1, "SIGTERM", 4, 4, true },
	[NAMESPACE] = { HOW_NAMESPACE, 1, "SIGKILL, the init of its PID namespace died", 4, 3,
			true },
	[EXITKILL] = { HOW_EXITKILL, 1, "SIGKILL, its tracer died", 4, 3, true },
};

static void signal_child(int signal, __u32 flags)
{
	story__signal(story, ROOT, CHILD, signal, SIGNAL_DEFAULT | flags);
}

static void reach(enum way way)
{
	__u32 *flags = &story->tasks[ROOT].flags;

	*flags |= TASK_ID_EXITING;
	switch (way) {
	case TOUCHED:
		story__lost(story, ROOT, ROOT, CHILD, CLOSED_UNIX);
		break;
	case HANDLED:
	case SIGNALLED:
		*flags &= ~(__u32)TASK_ID_EXITING;
		signal_child(way == HANDLED ? SIGUSR1 : SIGTERM, 0);
		break;
	case WOKEN_BY:
		story__wake(story, ROOT, CHILD, PATH("pipe_release", "do_exit"));
		break;
	case BROKEN:
		story__sigpipe(story, CHILD, CLOSED_TCP, ROOT);
		break;
	case HUNG_UP:
		signal_child(SIGHUP, 0);
		break;
	case ORPHANED:
		story__die(story, ROOT, WITH_CORE(SIGSEGV));
		break;
	case PDEATH:
	case PDEATH_TOO:
		signal_child(way == PDEATH ? SIGINT : SIGTERM, SIGNAL_PDEATH);
		break;
	case NAMESPACE:
		signal_child(SIGKILL, SIGNAL_FROM_KERNEL | SIGNAL_NAMESPACE);
		break;
	default:
		signal_child(SIGKILL, SIGNAL_FROM_KERNEL | SIGNAL_EXITKILL);
		break;
	}
}

/* The child is reached by the one, then by the other, and lives or dies. */
static const struct victim *reach_twice(enum way first, enum way second, bool dies)
{
	bool orphaned = first == ORPHANED || second == ORPHANED;

	cast__end();
	cast__begin();
	story__census(story, CHILD, orphaned ? ROOT : SHELL, "child");
	cast__fault();
	reach(first);
	reach(second);
	if (!orphaned)
		story__die(story, ROOT, WITH_CORE(SIGSEGV));
	if (dies)
		story__die(story, CHILD, SIGTERM);
	return crash__find(result(), CHILD);
}

static void check_best(enum way first, enum way second, bool dies)
{
	int of_first = dies ? ways[first].dead : ways[first].living;
	int of_second = dies ? ways[second].dead : ways[second].living;
	enum way best = of_second > of_first ? second : first;
	enum way other = best == first ? second : first;
	const struct victim *victim = reach_twice(first, second, dies);

	if (!dies && !ways[first].tells && !ways[second].tells) {
		cr_expect_null(victim, "%d and %d are told", first, second);
		return;
	}
	cr_assert_not_null(victim, "%d and %d are not told", first, second);
	SAME(victim->link_count, 2);
	cr_expect_str_eq(victim->links[0].evidence, ways[best].evidence,
			 "%d, then %d, %s: \"%s\" before \"%s\"", first, second,
			 dies ? "dead" : "alive", victim->links[0].evidence,
			 victim->links[1].evidence);
	SAME_TEXT(victim->links[1].evidence, ways[other].evidence);
	SAME(victim->links[0].how, ways[best].how);
	SAME(victim->links[1].how, ways[other].how);
	SAME(victim->ring, ways[best].ring);
	SAME(victim->links[0].by_pid, ROOT);
	if (dies)
		SAME(victim->outcome, OUTCOME_DIED);
	else if (ways[first].ring == 1 || ways[second].ring == 1)
		SAME(victim->outcome, OUTCOME_ORPHANED);
	else
		SAME(victim->outcome, OUTCOME_WOKEN);
}

/* A dead process sends no signal. */
static bool can_follow(enum way first, enum way second)
{
	return first != second && (first != ORPHANED || (second != HANDLED && second != SIGNALLED));
}

static void check_pairs(bool dies)
{
	int first, second;

	for (first = 0; first < WAYS; first++) {
		for (second = 0; second < WAYS; second++) {
			if (can_follow(first, second))
				check_best(first, second, dies);
		}
	}
}

Test(tracker_links, of_one_that_lives_what_binds_it_most_is_first)
{
	check_pairs(false);
}

Test(tracker_links, of_one_that_died_what_killed_it_is_first)
{
	check_pairs(true);
}

/* Of one that lives only a signal is told that usually ends who gets it. */
Test(tracker_links, signals_that_are_told_of_one_that_lives)
{
	int signal;

	for (signal = 1; signal < 32; signal++) {
		bool grave = signal == SIGTERM || signal == SIGKILL || signal == SIGINT ||
			     signal == SIGQUIT || signal == SIGABRT || signal == SIGHUP;

		cast__end();
		cast__begin();
		cast__fault();
		story__signal(story, ROOT, PEER, signal, 0);
		story__die(story, ROOT, WITH_CORE(SIGSEGV));
		cr_expect_eq(crash__find(result(), PEER) != NULL, grave, "signal %d", signal);
	}
}

/* ---- who takes the place of one that is gone ---- */

/* A process does; a thread, or one of the kernel's for the process, does not. */
Test(tracker_links, only_a_process_takes_the_place_of_one)
{
	static const enum spawn_kind kinds[] = { SPAWN_PROCESS, SPAWN_VFORK, SPAWN_THREAD,
						 SPAWN_KERNEL };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct victim *victim;

		cast__end();
		cast__begin();
		cast__crash();
		story__create(story, MASTER, CHILD, kinds[i]);
		victim = crash__find(result(), CHILD);
		cr_expect_eq(victim != NULL, i < 2, "kind %d", kinds[i]);
		if (victim)
			SAME(victim->outcome, OUTCOME_RESPAWNED);
	}
}

/* ---- who comes first ---- */

/* By ring, then by delay, then by its id: the ids run against both. */
Test(tracker_links, victims_are_in_order_of_ring_delay_and_id)
{
	static const __u32 expected[] = { 309, 308, 307, 306, 305, 304 };
	const struct crash *crash;
	size_t i;
	__u32 pid;

	for (pid = 304; pid <= 307; pid++)
		story__census(story, pid, SHELL, "far");
	story__census(story, 308, ROOT, "child");
	story__census(story, 309, ROOT, "child");
	cast__fault();
	story__signal(story, ROOT, 305, SIGTERM, 0);
	story__signal(story, ROOT, 304, SIGTERM, 0);
	story->tasks[ROOT].flags |= TASK_ID_EXITING;
	story__wake(story, ROOT, 307, PATH("pipe_release", "do_exit"));
	story__wake(story, ROOT, 306, PATH("pipe_release", "do_exit"));
	story__signal(story, ROOT, 309, SIGKILL, SIGNAL_PDEATH);
	story__die(story, ROOT, WITH_CORE(SIGSEGV));
	crash = result();
	SAME(crash->victim_count, ARRAY_SIZE(expected));
	for (i = 0; i < crash->victim_count; i++)
		SAME(crash->victims[i].tid, expected[i]);
	SAME(crash->fan_out, 2);
}

Test(tracker_links, orphans_of_one_moment_are_in_order_of_their_ids)
{
	const struct crash *crash;

	story__census(story, 311, ROOT, "child");
	story__census(story, 310, ROOT, "child");
	story__census(story, 312, ROOT, "child");
	cast__crash();
	crash = result();
	SAME(crash->victim_count, 3);
	SAME(crash->victims[0].tid, 310);
	SAME(crash->victims[1].tid, 311);
	SAME(crash->victims[2].tid, 312);
}

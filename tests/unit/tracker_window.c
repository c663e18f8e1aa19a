/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a crash is followed, and several of them at once. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "make_crash.h"
#include "unit.h"

TestSuite(tracker_window, .init = cast__begin, .fini = cast__end);

/* ---- when ---- */

Test(tracker_window, nothing_from_before_the_signal_is_its_doing)
{
	story__signal(story, MASTER, PEER, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, PEER, SIGTERM);
	story__signal(story, ROOT, OTHER, SIGTERM, SIGNAL_DEFAULT);
	cast__crash();
	story__die(story, OTHER, SIGTERM);
	check_no_victim(PEER);
	check_no_victim(OTHER);
}

Test(tracker_window, nothing_from_after_the_window_is_its_doing)
{
	cast__crash();
	story__signal(story, MASTER, PEER, SIGTERM, SIGNAL_DEFAULT);
	story__wait(story, STORY_WINDOW_NS);
	story__die(story, PEER, SIGTERM);
	story__signal(story, MASTER, OTHER, SIGTERM, SIGNAL_DEFAULT);
	SAME(witness.crash_count, 1); /* the first event from later has closed it */
	crash__victim(result(), PEER, 3, HOW_SIGNAL, MASTER, OUTCOME_WOKEN);
	check_no_victim(OTHER);
}

Test(tracker_window, window_begins_when_the_process_is_gone)
{
	cast__fault();
	story__wait(story, 5 * STORY_WINDOW_NS); /* a large core */
	story__die(story, ROOT, WITH_CORE(SIGSEGV));
	story__signal(story, MASTER, PEER, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, PEER, SIGTERM);
	cr_expect_not(result()->cut_short);
	crash__victim(result(), PEER, 3, HOW_SIGNAL, MASTER, OUTCOME_DIED);
}

Test(tracker_window, run_that_ends_cuts_it_short)
{
	story__fork(story, ROOT, 300);
	cast__crash();
	story__wait(story, STORY_WINDOW_NS / 2);
	process_tracker__advance(witness.tracker, story->now_ns, true);
	SAME(process_tracker__next(witness.tracker), 0);
	cr_expect(result()->cut_short);
	cr_expect(result()->ended);
	SAME(result()->window_ns, 3 * STORY_STEP_NS + STORY_WINDOW_NS / 2);
	SAME(result()->fan_out, 1);
}

Test(tracker_window, still_on_its_way_out_when_the_run_ends)
{
	cast__fault();
	process_tracker__advance(witness.tracker, story->now_ns, true);
	cr_expect(result()->cut_short);
	cr_expect_not(result()->ended);
	cr_expect_eq(result()->end.class, END_CRASH);
	SAME(result()->end.signal, SIGSEGV);
	story__die(story, ROOT, SIGSEGV);
	cr_expect_eq(witness__end_of(&witness, ROOT)->class, END_CRASH);
}

/* A core that goes to a pipe which nobody reads. */
Test(tracker_window, still_on_its_way_out_after_the_longest_wait)
{
	cast__fault();
	story__fork(story, MASTER, 300);
	cr_expect_not(result()->ended);
	cr_expect_not(result()->cut_short);
	check_no_victim(300);
}

/* ---- several ---- */

Test(tracker_window, two_crashes_at_the_same_time_do_not_mix)
{
	const struct crash *other;

	story__fork(story, ROOT, 300);
	story__fork(story, PEER, 301);
	cast__fault();
	story__fault(story, PEER, SIGBUS, BUS_ADRERR);
	story__die(story, PEER, SIGBUS);
	story__die(story, ROOT, SIGSEGV);
	story__wake(story, PEER, OTHER, PATH("pipe_release"));
	other = witness__crash_of(&witness, PEER);
	SAME(other->victim_count, 2);
	SAME(other->end.signal, SIGBUS);
	crash__victim(other, 301, 1, HOW_ORPHAN, PEER, OUTCOME_ORPHANED);
	crash__victim(other, OTHER, 2, HOW_WOKEN, PEER, OUTCOME_WOKEN);
	SAME(result()->victim_count, 1);
	SAME(result()->end.signal, SIGSEGV);
	crash__victim(result(), 300, 1, HOW_ORPHAN, ROOT, OUTCOME_ORPHANED);
}

Test(tracker_window, process_can_be_a_victim_of_two_crashes)
{
	cast__crash();
	story__wake(story, ROOT, OTHER, PATH("pipe_release"));
	story__fault(story, PEER, SIGBUS, BUS_ADRERR);
	story__die(story, PEER, SIGBUS);
	story__wake(story, PEER, OTHER, PATH("exit_sem"));
	story__die(story, OTHER, EXIT_CODE(1));
	crash__victim(result(), OTHER, 2, HOW_WOKEN, ROOT, OUTCOME_DIED);
	crash__victim(witness__crash_of(&witness, PEER), OTHER, 2, HOW_WOKEN, PEER, OUTCOME_DIED);
}

Test(tracker_window, victim_that_crashes_itself_has_a_case_of_its_own_too)
{
	story__fork(story, PEER, 300);
	cast__crash();
	story__wake(story, ROOT, PEER, PATH("handle_futex_death"));
	story__fault(story, PEER, SIGSEGV, SEGV_MAPERR);
	story__die(story, PEER, SIGSEGV);
	cr_expect_eq(crash__victim(result(), PEER, 2, HOW_WOKEN, ROOT, OUTCOME_DIED)->end.class,
		     END_CRASH);
	crash__victim(result(), 300, 1, HOW_ORPHAN, PEER, OUTCOME_ORPHANED);
	crash__victim(witness__crash_of(&witness, PEER), 300, 1, HOW_ORPHAN, PEER,
		      OUTCOME_ORPHANED);
}

Test(tracker_window, victims_are_in_order_of_ring_and_time)
{
	const struct crash *in_order;
	size_t i;

	story__thread(story, ROOT, 101);
	story__fork(story, ROOT, 300);
	cast__fault();
	story__down(story, 101, SIGSEGV);
	story__die(story, ROOT, SIGSEGV);
	story__signal(story, MASTER, PEER, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, PEER, SIGTERM);
	story__wake(story, ROOT, OTHER, PATH("pipe_release"));
	story__wake(story, ROOT, SHELL, PATH("pipe_release"));
	in_order = result();
	SAME(in_order->victim_count, 5);
	for (i = 1; i < in_order->victim_count; i++) {
		const struct victim *before = &in_order->victims[i - 1];
		const struct victim *victim = &in_order->victims[i];

		cr_expect_leq(before->ring, victim->ring);
		if (before->ring == victim->ring)
			cr_expect_leq(before->links[0].delay_ns, victim->links[0].delay_ns);
	}
	SAME(in_order->fan_out, 3);
	SAME(in_order->fan_out, crash__count(in_order, -1, OUTCOME_DIED) +
					crash__count(in_order, -1, OUTCOME_ORPHANED));
}

Test(tracker_window, victims_beyond_the_most_are_counted)
{
	const __u32 more = 5;
	__u32 i;

	for (i = 0; i < CRASH_VICTIMS_MAX + more; i++)
		story__fork(story, ROOT, 1000 + i);
	cast__crash();
	/* two places are taken: by the culprit, and by its parent, who has lost a child */
	SAME(result()->victim_count, CRASH_VICTIMS_MAX - 2);
	SAME(result()->victims_left_out, more + 2);
}

/* ---- what is asked for ---- */

Test(tracker_window, killed_from_outside_is_followed_if_asked_for)
{
	witness__end(&witness);
	witness__begin(&witness, WITNESS_ALL);
	story__census(story, SHELL, 1, "shell");
	story__census(story, ROOT, SHELL, "worker");
	story__fork(story, ROOT, 300);
	story__signal(story, SHELL, ROOT, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, ROOT, SIGTERM);
	story__die(story, 300, EXIT_CODE(0));
	cr_expect_eq(result()->end.class, END_KILLED);
	SAME(result()->end.sender.pid, SHELL);
	SAME(result()->end_delay_ns, STORY_STEP_NS);
	crash__victim(result(), 300, 1, HOW_ORPHAN, ROOT, OUTCOME_ORPHANED);
	SAME(witness.crash_count, 1);
}

/* ---- its stack ---- */

Test(tracker_window, stack_belongs_to_the_crash_that_wants_it)
{
	__u64 id = story->now_ns + STORY_STEP_NS;
	const char *const names[] = { "main" };

	cast__begin_with_stacks();
	cast__fault();
	cr_assert(process_tracker__wants_stack(witness.tracker, id));
	cr_expect_not(process_tracker__wants_stack(witness.tracker, id + 1));
	cr_expect_not(process_tracker__wants_stack(witness.tracker, 0));
	process_tracker__take_stack(witness.tracker, id, make_frames(names, 1), 1, NULL);
	cr_expect_not(process_tracker__wants_stack(witness.tracker, id));
	story__die(story, ROOT, SIGSEGV);
	SAME(result()->culprit.frame_count, 1);
	SAME_TEXT(crash__function(result()), "main");
	cr_expect_null(result()->culprit.no_frames);
	cr_expect_not(process_tracker__wants_stack(witness.tracker, id));
}

Test(tracker_window, stack_that_is_late_is_waited_for_and_nothing_else)
{
	__u64 id = story->now_ns + STORY_STEP_NS;

	cast__begin_with_stacks();
	cast__crash();
	story__wait(story, 2 * STORY_WINDOW_NS);
	story__signal(story, MASTER, PEER, SIGTERM, SIGNAL_DEFAULT);
	SAME(witness.crash_count, 0);
	process_tracker__take_stack(witness.tracker, id, NULL, 0, "it is a test");
	SAME_TEXT(result()->culprit.no_frames, "it is a test");
	check_no_victim(PEER);
	cr_expect_not(result()->cut_short);
}

Test(tracker_window, stack_that_never_comes_is_not_waited_for_forever)
{
	cast__begin_with_stacks();
	story__thread(story, ROOT, 101);
	cast__crash();
	story__wait(story, 2 * STORY_WINDOW_NS);
	story__down(story, 101, SIGSEGV);
	SAME(result()->window_ns, 2 * STORY_STEP_NS + STORY_WINDOW_NS);
	SAME(result()->victim_count, 0);
	SAME_TEXT(result()->culprit.no_frames, "its stack was not taken");
	cr_expect_not(result()->cut_short);
}

Test(tracker_window, process_that_was_killed_from_outside_has_no_stack_to_want)
{
	witness__end(&witness);
	witness__begin(&witness, WITNESS_ALL | WITNESS_STACKS);
	story__census(story, SHELL, 1, "shell");
	story__census(story, ROOT, SHELL, "worker");
	story__signal(story, SHELL, ROOT, SIGSEGV, SIGNAL_DEFAULT);
	story__fatal(story, ROOT, SIGSEGV, SI_USER, SHELL);
	cr_expect_not(process_tracker__wants_stack(witness.tracker, story->now_ns - STORY_STEP_NS));
}

/* ---- what a run that is over still waits for ---- */

#define STRANGER 300

/* A crash of somebody who is not in the target. */
static void crash_of_stranger(void)
{
	story->tasks[SHELL].flags = 0;
	story__fork(story, SHELL, STRANGER);
	story__fault(story, STRANGER, SIGSEGV, SEGV_MAPERR);
}

Test(tracker_window, the_crash_of_the_target_is_waited_for)
{
	cr_expect_not(process_tracker__follows_target(witness.tracker, 0));
	cast__crash();
	cr_expect(process_tracker__follows_target(witness.tracker, 0));
	process_tracker__advance(witness.tracker, story->now_ns + STORY_WINDOW_NS, false);
	cr_expect_not(process_tracker__follows_target(witness.tracker, 0));
}

Test(tracker_window, the_crash_of_a_stranger_is_not_waited_for)
{
	crash_of_stranger();
	cr_expect_neq(process_tracker__next(witness.tracker), 0);
	cr_expect_not(process_tracker__follows_target(witness.tracker, 0));
}

Test(tracker_window, the_crash_of_a_stranger_that_hits_the_target_is_waited_for)
{
	crash_of_stranger();
	cr_expect_not(process_tracker__follows_target(witness.tracker, 0));
	story__signal(story, STRANGER, PEER, SIGTERM, SIGNAL_DEFAULT);
	cr_expect(process_tracker__follows_target(witness.tracker, 0));
}

/* While some of the target live on, what began before the run was over can still reach them. */
Test(tracker_window, what_began_before_may_yet_reach_the_target)
{
	__u64 over;

	crash_of_stranger();
	over = story->now_ns;
	cr_expect(process_tracker__follows_target(witness.tracker, over));
	story__die(story, STRANGER, SIGSEGV);
	process_tracker__advance(witness.tracker, story->now_ns + STORY_WINDOW_NS, false);
	cr_expect_not(process_tracker__follows_target(witness.tracker, over));
	crash_of_stranger();
	cr_expect_not(process_tracker__follows_target(witness.tracker, over));
}

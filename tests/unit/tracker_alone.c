/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that the kernel ends alone, while their process goes on. */
#include <signal.h>
#include <string.h>

#include "make_crash.h"
#include "unit.h"

TestSuite(tracker_alone, .init = cast__begin, .fini = cast__end);

#define WORKER	 (ROOT + 1) /* a thread */
#define STRANGER 700

static void check_alone(const struct crash *crash, __u32 tid, int signal)
{
	SAME(crash->end.class, END_CRASH);
	SAME(crash->end.signal, signal);
	SAME(crash->end.threads, 2);
	SAME(crash->culprit.tid, tid);
	SAME(crash->syscall.nr, 110);
	SAME(crash->fan_out, 0);
	SAME(crash->victim_count, 0);
	cr_expect(crash->thread_only);
	cr_expect(crash->end.sender.kernel);
	cr_expect(crash__is_forbidden(crash));
}

Test(tracker_alone, thread_is_told_and_its_process_goes_on)
{
	story__thread(story, ROOT, WORKER);
	story__end_alone(story, WORKER, SIGSYS);
	story__wait(story, STORY_WINDOW_NS);
	process_tracker__advance(witness.tracker, story->now_ns, false);
	SAME(witness.crash_count, 1);
	SAME(process_tracker__next(witness.tracker), 0);
	story__die(story, ROOT, EXIT_CODE(0));
	check_alone(result(), WORKER, SIGSYS);
	SAME(result()->window_ns, STORY_WINDOW_NS);
	cr_expect_not(result()->ended);
	cr_expect_not(result()->cut_short);
	SAME(witness__end_of(&witness, ROOT)->class, END_CLEAN);
}

Test(tracker_alone, crash_of_the_process_is_another_one)
{
	story__thread(story, ROOT, WORKER);
	story__fork(story, ROOT, 300);
	story__end_alone(story, WORKER, SIGSYS);
	story__fault(story, ROOT, SIGSEGV, SEGV_MAPERR);
	story__die(story, ROOT, SIGSEGV);
	witness__see_out(&witness);
	SAME(witness.crash_count, 2);
	check_alone(witness.crashes[0], WORKER, SIGSYS);
	cr_expect_not(witness.crashes[0]->ended);
	SAME(witness.crashes[1]->end.signal, SIGSEGV);
	SAME(witness.crashes[1]->culprit.tid, ROOT);
	SAME(witness.crashes[1]->fan_out, 1);
	cr_expect_not(witness.crashes[1]->thread_only);
}

Test(tracker_alone, two_threads_are_two)
{
	story__thread(story, ROOT, WORKER);
	story__thread(story, ROOT, WORKER + 1);
	story__end_alone(story, WORKER, SIGSYS);
	story__end_alone(story, WORKER + 1, SIGKILL);
	witness__see_out(&witness);
	SAME(witness.crash_count, 2);
	check_alone(witness.crashes[0], WORKER, SIGSYS);
	check_alone(witness.crashes[1], WORKER + 1, SIGKILL);
}

Test(tracker_alone, leader_is_told_when_its_process_has_ended)
{
	__u64 alone;

	story__thread(story, ROOT, WORKER);
	story__end_alone(story, ROOT, SIGSYS);
	alone = story->now_ns - STORY_STEP_NS;
	story__wait(story, 100 * STORY_WINDOW_NS);
	process_tracker__advance(witness.tracker, story->now_ns, false);
	SAME(witness.crash_count, 0);
	story__die(story, WORKER, EXIT_CODE(0));
	check_alone(result(), ROOT, SIGSYS);
	cr_expect(result()->ended);
	cr_expect_gt(result()->end.life_ns, 100 * STORY_WINDOW_NS);
	SAME(result()->at_ns, alone);
	SAME(result()->window_ns, result()->end_delay_ns + STORY_WINDOW_NS);
	SAME(witness__end_of(&witness, ROOT)->class, END_CLEAN);
}

Test(tracker_alone, leader_is_told_once_where_the_kernel_reports_its_status)
{
	story__thread(story, ROOT, WORKER);
	story__end_alone(story, ROOT, SIGSYS);
	story__die(story, WORKER, SIGSYS);
	check_alone(result(), ROOT, SIGSYS);
	cr_expect(result()->ended);
}

Test(tracker_alone, leader_is_told_at_the_end_of_the_run)
{
	story__thread(story, ROOT, WORKER);
	story__end_alone(story, ROOT, SIGSYS);
	story__wait(story, STORY_WINDOW_NS);
	process_tracker__advance(witness.tracker, story->now_ns, true);
	SAME(witness.crash_count, 1);
	check_alone(witness.crashes[0], ROOT, SIGSYS);
	cr_expect_not(witness.crashes[0]->ended);
	cr_expect(witness.crashes[0]->cut_short);
}

/* It hits nobody: what it does cannot reach the target any more. */
Test(tracker_alone, leader_of_a_stranger_is_not_waited_for)
{
	story->tasks[SHELL].flags = 0;
	story__fork(story, SHELL, STRANGER);
	story__thread(story, STRANGER, STRANGER + 1);
	story__end_alone(story, STRANGER, SIGSYS);
	cr_expect_not(process_tracker__follows_target(witness.tracker, story->now_ns));
}

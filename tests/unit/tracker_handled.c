/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals that were handled before the end: who began it, and what was the reason. */
#include <signal.h>
#include <string.h>

#include "make_crash.h"
#include "unit.h"

static void begin(void)
{
	witness__begin(&witness, WITNESS_ALL);
	story__census(story, SHELL, 1, "shell");
	story__census(story, MASTER, SHELL, "master");
	story__census(story, ROOT, MASTER, "worker");
}

TestSuite(tracker_handled, .init = begin, .fini = cast__end);

static void raise_again(int signal)
{
	story__signal(story, ROOT, ROOT, signal, SIGNAL_DEFAULT);
	story__fatal(story, ROOT, signal, SI_TKILL, ROOT);
	story__die(story, ROOT, (__u32)signal);
}

static void check_killed_by(__u32 pid)
{
	const struct end *end = witness__end_of(&witness, ROOT);

	cr_expect_eq(end->class, END_KILLED, "%s", end_names[end->class]);
	SAME(end->sender.pid, pid);
	SAME(result()->handled.signal, 0);
}

/* ---- from outside ---- */

Test(tracker_handled, signal_from_outside_that_is_raised_again)
{
	story__signal(story, SHELL, ROOT, SIGSEGV, 0);
	story__handle(story, ROOT, SIGSEGV, SI_USER, HANDLED_RUNS);
	raise_again(SIGSEGV);
	cr_expect_eq(witness__end_of(&witness, ROOT)->class, END_KILLED);
	SAME_TEXT(witness__end_of(&witness, ROOT)->sender.comm, "shell");
}

Test(tracker_handled, request_to_end_that_is_raised_again_after_cleaning_up)
{
	story__signal(story, SHELL, ROOT, SIGTERM, 0);
	story__wait(story, 5 * STORY_WINDOW_NS);
	story__signal(story, ROOT, ROOT, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, ROOT, SIGTERM);
	check_killed_by(SHELL);
}

Test(tracker_handled, handler_of_a_signal_from_outside_that_aborts)
{
	story__signal(story, SHELL, ROOT, SIGSEGV, 0);
	story__handle(story, ROOT, SIGSEGV, SI_USER, HANDLED_RUNS);
	raise_again(SIGABRT);
	cr_expect_eq(witness__end_of(&witness, ROOT)->class, END_KILLED);
	SAME(witness__end_of(&witness, ROOT)->sender.pid, SHELL);
}

Test(tracker_handled, abort_long_after_the_handler_is_a_crash)
{
	story__signal(story, SHELL, ROOT, SIGSEGV, 0);
	story__handle(story, ROOT, SIGSEGV, SI_USER, 0);
	raise_again(SIGABRT);
	cr_expect_eq(witness__end_of(&witness, ROOT)->class, END_CRASH);
}

Test(tracker_handled, shutdown_that_aborts_is_a_crash)
{
	story__signal(story, SHELL, ROOT, SIGTERM, 0);
	raise_again(SIGABRT);
	cr_expect_eq(witness__end_of(&witness, ROOT)->class, END_CRASH);
}

Test(tracker_handled, fault_after_a_kill_that_is_raised_again_is_a_crash)
{
	story__signal(story, SHELL, ROOT, SIGSEGV, 0);
	story__handle(story, ROOT, SIGSEGV, SEGV_MAPERR, HANDLED_RUNS);
	raise_again(SIGSEGV);
	cr_expect_eq(witness__end_of(&witness, ROOT)->class, END_CRASH);
}

Test(tracker_handled, who_sent_the_first_one_is_no_victim)
{
	story__signal(story, MASTER, ROOT, SIGSEGV, 0);
	raise_again(SIGSEGV);
	story__wake(story, ROOT, MASTER, PATH("do_notify_parent"));
	story__die(story, MASTER, EXIT_CODE(1));
	check_no_victim(MASTER);
}

/* ---- faults ---- */

Test(tracker_handled, fault_that_is_raised_again_is_a_crash_of_that_fault)
{
	story__handle(story, ROOT, SIGSEGV, SEGV_ACCERR, HANDLED_RUNS);
	raise_again(SIGSEGV);
	cr_expect_eq(result()->end.class, END_CRASH);
	SAME(result()->handled.signal, SIGSEGV);
	SAME(result()->handled.code, SEGV_ACCERR);
	SAME(result()->handled.address, 0xbeef);
	cr_expect(result()->handled.has_address);
	SAME(result()->handled.before_ns, 2 * STORY_STEP_NS);
}

Test(tracker_handled, fault_that_was_mended_has_no_part_in_it)
{
	story__handle(story, ROOT, SIGSEGV, SEGV_ACCERR, 0);
	raise_again(SIGABRT);
	SAME(result()->handled.signal, 0);
}

Test(tracker_handled, fault_of_another_thread_has_no_part_in_it)
{
	story__thread(story, ROOT, 101);
	story__handle(story, 101, SIGSEGV, SEGV_ACCERR, HANDLED_RUNS);
	raise_again(SIGABRT);
	SAME(result()->handled.signal, 0);
}

/* ---- what the kernel forces ---- */

static const char *forced(int signal)
{
	story__fault(story, ROOT, signal, SI_KERNEL);
	story__die(story, ROOT, (__u32)signal);
	return crash__reason(result());
}

Test(tracker_handled, no_room_for_the_handler)
{
	story->trap = 13; /* of an earlier time */
	story__handle(story, ROOT, SIGSEGV, SEGV_ACCERR, HANDLED_AT_ONCE);
	SAME_TEXT(forced(SIGSEGV), "no room on its stack to call the signal's handler");
	SAME(result()->handled.code, SEGV_ACCERR);
}

Test(tracker_handled, general_protection)
{
	story->trap = 13;
	SAME_TEXT(forced(SIGSEGV), "general protection: no valid address, or no right to do that");
}

Test(tracker_handled, forced_for_what_is_not_known)
{
	SAME_TEXT(forced(SIGSEGV), "forced by the kernel");
}

Test(tracker_handled, general_protection_that_may_be_an_earlier_one)
{
	story->trap = 13;
	story__handle(story, ROOT, SIGSEGV, SI_KERNEL, 0);
	SAME_TEXT(forced(SIGSEGV), "forced by the kernel");
}

Test(tracker_handled, breakpoint_instruction)
{
	story->trap = 3;
	SAME_TEXT(forced(SIGTRAP), "breakpoint");
}

/* ---- failures ---- */

Test(tracker_handled, failure_after_a_signal_that_was_handled)
{
	const struct end *end;

	story__signal(story, MASTER, ROOT, SIGABRT, 0);
	story__die(story, ROOT, EXIT_CODE(1));
	end = witness__end_of(&witness, ROOT);
	cr_expect_eq(end->class, END_FAILED);
	SAME(end->after.signal, SIGABRT);
	SAME(end->after.sender.pid, MASTER);
	SAME(end->after.before_ns, STORY_STEP_NS);
}

Test(tracker_handled, failure_within_the_handler_of_a_fault)
{
	story__handle(story, ROOT, SIGSEGV, SEGV_MAPERR, HANDLED_RUNS);
	story__die(story, ROOT, EXIT_CODE(9));
	SAME(result()->end.after.signal, SIGSEGV);
	cr_expect(result()->end.after.sender.kernel);
}

Test(tracker_handled, failure_after_a_fault_that_was_mended_has_its_own_reasons)
{
	story__handle(story, ROOT, SIGSEGV, SEGV_MAPERR, 0);
	story__die(story, ROOT, EXIT_CODE(9));
	SAME(result()->end.after.signal, 0);
}

Test(tracker_handled, failure_long_after_a_signal_has_its_own_reasons)
{
	story__signal(story, MASTER, ROOT, SIGTERM, 0);
	story__wait(story, 11 * STORY_WINDOW_NS);
	story__die(story, ROOT, EXIT_CODE(1));
	SAME(result()->end.after.signal, 0);
}

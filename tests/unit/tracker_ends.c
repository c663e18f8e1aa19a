/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a process ended, and who did it: getting this wrong blames the innocent. */
#include <signal.h>

#include "make_lifecycle.h"
#include "unit.h"

#define SHELL  50
#define VICTIM 100

static struct witness witness;
static struct story *const story = &witness.story;

static void begin(void)
{
	witness__begin(&witness, 0);
	story__census(story, SHELL, 1, "shell");
	story__fork(story, SHELL, VICTIM);
}

static void end(void)
{
	witness__end(&witness);
}

TestSuite(tracker_ends, .init = begin, .fini = end);

static const int crash_signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT };

static const struct end *check_class(__u32 pid, enum end_class class)
{
	const struct end *end_of = witness__end_of(&witness, pid);

	cr_expect_eq(end_of->class, class, "%u: %s, expected %s", pid, end_names[end_of->class],
		     end_names[class]);
	return end_of;
}

static void check_sender(const struct end *end_of, __u32 pid, const char *comm)
{
	cr_assert(end_of->sender.known);
	SAME(end_of->sender.pid, pid);
	SAME_TEXT(end_of->sender.comm, comm);
}

/* ---- classes ---- */

Test(tracker_ends, exit_code_zero_is_clean)
{
	const struct end *end_of;

	story__die(story, VICTIM, EXIT_CODE(0));
	end_of = check_class(VICTIM, END_CLEAN);
	SAME(end_of->code, 0);
	SAME(end_of->signal, 0);
	SAME(end_of->threads, 1);
	cr_expect_not(end_of->core);
	cr_expect_not(end_of->sender.known);
	cr_expect_gt(end_of->life_ns, 0);
}

Test(tracker_ends, any_other_exit_code_is_failed)
{
	story__die(story, VICTIM, EXIT_CODE(255));
	SAME(check_class(VICTIM, END_FAILED)->code, 255);
	witness__see_out(&witness);
	SAME(witness.crash_count, 0);
}

Test(tracker_ends, fault_is_a_crash_whatever_its_signal)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(crash_signals); i++) {
		__u32 pid = 200 + (__u32)i;
		const struct end *end_of;

		story__fork(story, SHELL, pid);
		story__fault(story, pid, crash_signals[i], 1);
		story__die(story, pid, WITH_CORE(crash_signals[i]));
		end_of = check_class(pid, END_CRASH);
		SAME(end_of->signal, crash_signals[i]);
		cr_expect(end_of->core);
		cr_expect_not(end_of->sender.known);
		cr_expect_eq(witness__crash_of(&witness, pid)->end.class, END_CRASH);
	}
}

/* abort(), raise() */
Test(tracker_ends, signal_to_oneself_is_a_crash_with_oneself_as_sender)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(crash_signals); i++) {
		__u32 pid = 200 + (__u32)i;

		story__fork(story, SHELL, pid);
		story__signal(story, pid, pid, crash_signals[i], SIGNAL_DEFAULT);
		story__fatal(story, pid, crash_signals[i], SI_TKILL, pid);
		story__die(story, pid, (__u32)crash_signals[i]);
		check_sender(check_class(pid, END_CRASH), pid, "shell");
	}
}

Test(tracker_ends, signal_of_a_sibling_thread_is_a_crash)
{
	story__thread(story, VICTIM, 101);
	story__signal(story, 101, VICTIM, SIGABRT, SIGNAL_DEFAULT);
	story__fatal(story, VICTIM, SIGABRT, SI_TKILL, VICTIM);
	story__down(story, 101, SIGABRT);
	story__die(story, VICTIM, SIGABRT);
	check_class(VICTIM, END_CRASH);
}

Test(tracker_ends, kill_from_outside_is_killed_by_that_sender_whatever_the_signal)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(crash_signals); i++) {
		__u32 pid = 200 + (__u32)i;

		story__fork(story, SHELL, pid);
		story__signal(story, SHELL, pid, crash_signals[i], SIGNAL_DEFAULT);
		story__fatal(story, pid, crash_signals[i], SI_USER, SHELL);
		story__die(story, pid, WITH_CORE(crash_signals[i]));
		check_sender(check_class(pid, END_KILLED), SHELL, "shell");
	}
	witness__see_out(&witness);
	SAME(witness.crash_count, 0);
}

Test(tracker_ends, terminated_is_killed)
{
	story__signal(story, SHELL, VICTIM, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, VICTIM, SIGTERM);
	check_sender(check_class(VICTIM, END_KILLED), SHELL, "shell");
}

Test(tracker_ends, terminated_by_itself_is_killed_too)
{
	story__signal(story, VICTIM, VICTIM, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, VICTIM, SIGTERM);
	check_sender(check_class(VICTIM, END_KILLED), VICTIM, "shell");
}

/* RLIMIT_CPU, for one. */
Test(tracker_ends, kill_by_the_kernel_has_no_sender)
{
	story__signal(story, 0, VICTIM, SIGKILL, SIGNAL_DEFAULT);
	story__die(story, VICTIM, SIGKILL);
	cr_expect_not(check_class(VICTIM, END_KILLED)->sender.known);
}

Test(tracker_ends, without_the_sending_the_delivery_names_the_sender)
{
	const struct end *end_of;

	story__fatal(story, VICTIM, SIGSEGV, SI_USER, SHELL);
	story__die(story, VICTIM, SIGSEGV);
	end_of = check_class(VICTIM, END_KILLED);
	cr_expect(end_of->sender.known);
	SAME(end_of->sender.pid, SHELL);
}

Test(tracker_ends, without_sending_and_delivery_only_a_crash_is_likely)
{
	story__die(story, VICTIM, SIGSEGV);
	check_class(VICTIM, END_CRASH);
}

Test(tracker_ends, victim_of_the_oom_killer_is_oom)
{
	story__signal(story, 0, VICTIM, SIGKILL, SIGNAL_DEFAULT);
	story__oom(story, VICTIM, SIGKILL);
	cr_expect_not(check_class(VICTIM, END_OOM)->sender.known);
}

/* The first SIGKILL is the one that counts; a victim is marked also while it dies of another's. */
Test(tracker_ends, victim_of_the_oom_killer_is_oom_if_nobody_was_faster)
{
	story__fork(story, SHELL, 101);
	story__signal(story, 0, 101, SIGKILL, SIGNAL_DEFAULT);
	story__signal(story, SHELL, 101, SIGKILL, SIGNAL_DEFAULT | SIGNAL_PENDING);
	story__signal(story, SHELL, VICTIM, SIGKILL, SIGNAL_DEFAULT);
	story__oom(story, VICTIM, SIGKILL);
	story__oom(story, 101, SIGKILL);
	check_class(101, END_OOM);
	SAME(check_class(VICTIM, END_KILLED)->sender.pid, SHELL);
}

Test(tracker_ends, victim_of_the_oom_killer_that_ends_otherwise_has_its_own_class)
{
	story__fork(story, SHELL, 101);
	story__oom(story, VICTIM, EXIT_CODE(1));
	story__signal(story, SHELL, 101, SIGTERM, SIGNAL_DEFAULT);
	story__oom(story, 101, SIGTERM);
	check_class(VICTIM, END_FAILED);
	check_class(101, END_KILLED);
}

/* ---- which signal counts ---- */

Test(tracker_ends, first_sender_of_a_pending_signal_counts)
{
	story__census(story, 60, 1, "late");
	story__signal(story, SHELL, VICTIM, SIGTERM, SIGNAL_DEFAULT);
	story__signal(story, 60, VICTIM, SIGTERM, SIGNAL_DEFAULT | SIGNAL_PENDING);
	story__die(story, VICTIM, SIGTERM);
	check_sender(check_class(VICTIM, END_KILLED), SHELL, "shell");
}

Test(tracker_ends, pending_since_before_the_run_the_sender_is_the_first_that_was_seen)
{
	story__signal(story, SHELL, VICTIM, SIGTERM, SIGNAL_DEFAULT | SIGNAL_PENDING);
	story__die(story, VICTIM, SIGTERM);
	check_sender(check_class(VICTIM, END_KILLED), SHELL, "shell");
}

Test(tracker_ends, last_of_signals_that_were_taken_counts)
{
	story__census(story, 60, 1, "second");
	story__signal(story, SHELL, VICTIM, SIGTERM, 0);
	story__signal(story, 60, VICTIM, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, VICTIM, SIGTERM);
	check_sender(check_class(VICTIM, END_KILLED), 60, "second");
}

Test(tracker_ends, signal_that_was_ignored_has_no_part_in_it)
{
	story__census(story, 60, 1, "unheard");
	story__signal(story, SHELL, VICTIM, SIGTERM, SIGNAL_DEFAULT);
	story__signal(story, 60, VICTIM, SIGTERM, SIGNAL_IGNORED);
	story__die(story, VICTIM, SIGTERM);
	check_sender(check_class(VICTIM, END_KILLED), SHELL, "shell");
}

Test(tracker_ends, fault_after_a_kill_that_was_survived_is_a_crash)
{
	story__signal(story, SHELL, VICTIM, SIGSEGV, 0); /* it has a handler */
	story__fault(story, VICTIM, SIGSEGV, SEGV_MAPERR);
	story__die(story, VICTIM, SIGSEGV);
	check_class(VICTIM, END_CRASH);
}

Test(tracker_ends, other_signals_do_not_matter)
{
	story__signal(story, SHELL, VICTIM, SIGUSR1, 0);
	story__signal(story, SHELL, VICTIM, SIGTERM, 0);
	story__fault(story, VICTIM, SIGSEGV, SEGV_MAPERR);
	story__die(story, VICTIM, SIGSEGV);
	cr_expect_not(check_class(VICTIM, END_CRASH)->sender.known);
}

Test(tracker_ends, thread_of_the_kernel_sends_nothing)
{
	story__census(story, 2, 0, "kthreadd");
	story->tasks[2].flags |= TASK_ID_KTHREAD;
	story__signal(story, 2, VICTIM, SIGSEGV, SIGNAL_FROM_KERNEL);
	story__fatal(story, VICTIM, SIGSEGV, SI_KERNEL, 0);
	story__die(story, VICTIM, SIGSEGV);
	cr_expect_not(check_class(VICTIM, END_CRASH)->sender.known);
}

Test(tracker_ends, what_threads_of_the_kernel_make_is_not_followed)
{
	size_t before;

	story__census(story, 2, 0, "kthreadd");
	story->tasks[2].flags |= TASK_ID_KTHREAD;
	before = process_tracker__count(witness.tracker);
	story__fork(story, 2, 300);
	SAME(process_tracker__count(witness.tracker), before);
}

/* ---- identity ---- */

Test(tracker_ends, pid_that_is_used_again_begins_without_a_past)
{
	story__signal(story, SHELL, VICTIM, SIGTERM, 0);
	story__die(story, VICTIM, EXIT_CODE(0));
	check_class(VICTIM, END_CLEAN);
	witness.end_count = 0;
	story__fork(story, SHELL, VICTIM);
	story__die(story, VICTIM, SIGTERM);
	cr_expect_not(check_class(VICTIM, END_KILLED)->sender.known);
}

Test(tracker_ends, end_that_was_lost_shows_when_the_pid_is_met_again)
{
	size_t before = process_tracker__count(witness.tracker);

	story__signal(story, SHELL, VICTIM, SIGTERM, SIGNAL_DEFAULT);
	story__fork(story, SHELL, VICTIM);
	SAME(process_tracker__count(witness.tracker), before);
	story__die(story, VICTIM, SIGTERM);
	cr_expect_not(check_class(VICTIM, END_KILLED)->sender.known);
	SAME(process_tracker__count(witness.tracker), before - 1);
}

Test(tracker_ends, children_of_one_whose_end_was_lost_live_on)
{
	story__fork(story, VICTIM, 101);
	story__fork(story, SHELL, VICTIM);
	story->tasks[101].ppid = 1;
	story__fault(story, VICTIM, SIGSEGV, SEGV_MAPERR);
	story__die(story, VICTIM, SIGSEGV);
	cr_expect_null(crash__find(witness__crash_of(&witness, VICTIM), 101));
	story__die(story, 101, EXIT_CODE(0));
	check_class(101, END_CLEAN);
}

/* The child's old word of its parent comes after a new process has taken the pid. */
Test(tracker_ends, nobody_is_their_own_ancestor)
{
	story__fork(story, VICTIM, 101);
	story__fork(story, 101, VICTIM);
	story->tasks[101].ppid = VICTIM;
	story__signal(story, 101, SHELL, SIGTERM, SIGNAL_DEFAULT);
	story__fault(story, VICTIM, SIGSEGV, SEGV_MAPERR);
	story__die(story, VICTIM, SIGSEGV);
	SAME(witness__crash_of(&witness, VICTIM)->fan_out, 0);
}

Test(tracker_ends, program_run_by_a_thread_is_still_its_process)
{
	size_t before = process_tracker__count(witness.tracker);

	story__thread(story, VICTIM, 101);
	story__exec(story, 101, "other");
	SAME(process_tracker__count(witness.tracker), before);
	story__fault(story, VICTIM, SIGSEGV, SEGV_MAPERR);
	story__die(story, VICTIM, SIGSEGV);
	check_class(VICTIM, END_CRASH);
	SAME_TEXT(witness__crash_of(&witness, VICTIM)->comm, "other");
}

/* ---- threads ---- */

Test(tracker_ends, threads_that_went_down_with_it_are_counted)
{
	story__thread(story, VICTIM, 101);
	story__thread(story, VICTIM, 102);
	story__down(story, VICTIM, EXIT_CODE(3));
	story__down(story, 102, EXIT_CODE(3));
	story__die(story, 101, EXIT_CODE(3));
	SAME(check_class(VICTIM, END_FAILED)->threads, 3);
}

/* Each saw that nobody was left when it had counted itself off. */
Test(tracker_ends, two_last_threads_are_one_end)
{
	size_t before = process_tracker__count(witness.tracker);

	story__thread(story, VICTIM, 101);
	story__die(story, 101, EXIT_CODE(0));
	story__die(story, VICTIM, EXIT_CODE(0));
	check_class(VICTIM, END_CLEAN);
	SAME(witness.end_count, 1);
	SAME(process_tracker__count(witness.tracker), before - 1);
}

Test(tracker_ends, two_last_threads_of_a_crash_are_one_end_and_one_victim)
{
	const struct crash *crash;

	story__thread(story, VICTIM, 101);
	story__fault(story, VICTIM, SIGSEGV, SEGV_MAPERR);
	story__die(story, 101, SIGSEGV);
	story__die(story, VICTIM, SIGSEGV);
	check_class(VICTIM, END_CRASH);
	crash = witness__crash_of(&witness, VICTIM);
	SAME(crash->victim_count, 1);
	crash__victim(crash, 101, 0, HOW_SIBLING, VICTIM, OUTCOME_DIED);
}

/* A parent is told of the end by one who is no more; a supervisor kills what it has not reaped. */
Test(tracker_ends, signals_from_and_to_the_dead_do_not_bring_them_back)
{
	size_t before = process_tracker__count(witness.tracker);

	story__die(story, VICTIM, EXIT_CODE(0));
	story__signal(story, VICTIM, SHELL, SIGCHLD, 0);
	story__signal(story, SHELL, VICTIM, SIGKILL, SIGNAL_DEFAULT);
	story__wake(story, VICTIM, SHELL, PATH("do_notify_parent"));
	SAME(process_tracker__count(witness.tracker), before - 1);
	story__fault(story, SHELL, SIGSEGV, SEGV_MAPERR);
	story__die(story, SHELL, SIGSEGV);
	cr_expect_null(crash__find(witness__crash_of(&witness, SHELL), VICTIM));
}

Test(tracker_ends, late_thread_of_the_dead_is_nobody)
{
	size_t before = process_tracker__count(witness.tracker);

	story__thread(story, VICTIM, 101);
	story__die(story, VICTIM, SIGSEGV);
	witness__see_out(&witness);
	story__down(story, 101, SIGSEGV);
	check_class(VICTIM, END_CRASH);
	witness__crash_of(&witness, VICTIM);
	SAME(process_tracker__count(witness.tracker), before - 1);
}

Test(tracker_ends, dead_are_forgotten_one_day)
{
	__u32 pid;

	for (pid = 1000; pid < 6000; pid++) {
		story__fork(story, SHELL, pid);
		story__die(story, pid, EXIT_CODE(0));
	}
	SAME(witness.end_count, 5000);
	story__fork(story, SHELL, 1000);
	story__die(story, 1000, EXIT_CODE(0));
	SAME(witness.end_count, 5001);
}

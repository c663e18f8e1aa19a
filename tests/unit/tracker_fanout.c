/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a crash hits itself: its threads, its children, and those that it wakes. */
#include <signal.h>

#include "make_crash.h"
#include "unit.h"

TestSuite(tracker_fanout, .init = cast__begin, .fini = cast__end);

static const struct victim *check_woken(__u32 pid, const char *evidence)
{
	const struct victim *victim =
		crash__victim(result(), pid, 2, HOW_WOKEN, ROOT, OUTCOME_WOKEN);

	SAME_TEXT(victim->links[0].evidence, evidence);
	return victim;
}

/* ---- the crash itself ---- */

Test(tracker_fanout, crash_without_anybody_else)
{
	const struct crash *alone;

	cast__crash();
	alone = result();
	SAME(alone->victim_count, 0);
	SAME(alone->fan_out, 0);
	SAME(alone->victims_left_out, 0);
	SAME(alone->ppid, MASTER);
	SAME_TEXT(alone->comm, "worker");
	SAME_TEXT(alone->parent_comm, "master");
	SAME(alone->culprit.tid, ROOT);
	SAME(alone->code, SEGV_MAPERR);
	SAME(alone->address, 0xdead);
	SAME(alone->end_delay_ns, 2 * STORY_STEP_NS);
	SAME(alone->window_ns, 2 * STORY_STEP_NS + STORY_WINDOW_NS);
	cr_expect(alone->has_address);
	cr_expect(alone->traced);
	cr_expect(alone->ended);
	cr_expect(alone->end.core);
	cr_expect_not(alone->cut_short);
	cr_expect_not_null(alone->culprit.no_frames);
}

Test(tracker_fanout, abort_has_no_address)
{
	story__signal(story, ROOT, ROOT, SIGABRT, SIGNAL_DEFAULT);
	story__fatal(story, ROOT, SIGABRT, SI_TKILL, ROOT);
	story__die(story, ROOT, SIGABRT);
	cr_expect_not(result()->has_address);
}

Test(tracker_fanout, crash_outside_of_the_target_is_not_traced_but_with_a_victim_in_it)
{
	story__fork(story, ROOT, 300);
	story->tasks[ROOT].flags = story->tasks[PEER].flags = 0;
	story__fork(story, PEER, 301);
	cast__crash();
	story__fault(story, PEER, SIGSEGV, SEGV_MAPERR);
	story__die(story, PEER, SIGSEGV);
	cr_expect(result()->traced);
	cr_expect_not(witness__crash_of(&witness, PEER)->traced);
}

/* ---- ring 0 ---- */

Test(tracker_fanout, siblings_die_and_the_culprit_is_none_of_them)
{
	const struct crash *of_thread;

	story__thread(story, ROOT, 101);
	story__thread(story, ROOT, 102);
	story__fault(story, 101, SIGSEGV, SEGV_MAPERR);
	story__down(story, 102, WITH_CORE(SIGSEGV));
	story__down(story, ROOT, WITH_CORE(SIGSEGV));
	story__die(story, 101, WITH_CORE(SIGSEGV));
	of_thread = result();
	SAME(of_thread->culprit.tid, 101);
	SAME(of_thread->end.threads, 3);
	SAME(of_thread->victim_count, 2);
	SAME(of_thread->fan_out, 2);
	crash__victim(of_thread, ROOT, 0, HOW_SIBLING, ROOT, OUTCOME_DIED);
	SAME_TEXT(crash__victim(of_thread, 102, 0, HOW_SIBLING, ROOT, OUTCOME_DIED)
			  ->links[0]
			  .evidence,
		  "thread of 100");
}

Test(tracker_fanout, thread_that_faults_second_is_a_victim)
{
	story__thread(story, ROOT, 101);
	story__fault(story, 101, SIGSEGV, SEGV_MAPERR);
	story__fault(story, ROOT, SIGBUS, BUS_ADRERR);
	story__down(story, ROOT, SIGSEGV);
	story__die(story, 101, SIGSEGV);
	SAME(result()->culprit.tid, 101);
	SAME(result()->end.signal, SIGSEGV);
	crash__victim(result(), ROOT, 0, HOW_SIBLING, ROOT, OUTCOME_DIED);
}

Test(tracker_fanout, without_a_culprit_the_leader_stands_for_its_process)
{
	story__thread(story, ROOT, 101);
	story__down(story, ROOT, SIGSEGV);
	story__die(story, 101, SIGSEGV);
	SAME(result()->culprit.tid, 0);
	SAME(result()->victim_count, 1);
	crash__victim(result(), 101, 0, HOW_SIBLING, ROOT, OUTCOME_DIED);
}

/* ---- ring 1 ---- */

Test(tracker_fanout, children_and_theirs_are_orphaned)
{
	const struct victim *child, *grandchild;

	story__fork(story, ROOT, 300);
	story__fork(story, 300, 301);
	story__fork(story, ROOT, 302);
	story__die(story, 302, EXIT_CODE(0));
	cast__crash();
	child = crash__victim(result(), 300, 1, HOW_ORPHAN, ROOT, OUTCOME_ORPHANED);
	grandchild = crash__victim(result(), 301, 1, HOW_ORPHAN, ROOT, OUTCOME_ORPHANED);
	SAME_TEXT(child->links[0].evidence, "child of 100");
	SAME_TEXT(grandchild->links[0].evidence, "descendant of 100");
	SAME(result()->victim_count, 2);
	SAME(result()->fan_out, 2);
}

/* Losing a parent kills nobody: that it ended in the same second is chance. */
Test(tracker_fanout, orphan_that_ends_has_its_own_reasons)
{
	story__fork(story, ROOT, 300);
	cast__crash();
	story__die(story, 300, EXIT_CODE(0));
	crash__victim(result(), 300, 1, HOW_ORPHAN, ROOT, OUTCOME_ORPHANED);
}

Test(tracker_fanout, parent_death_signal_kills_in_ring_1)
{
	const struct victim *victim;

	story__fork(story, ROOT, 300);
	cast__crash();
	story__signal(story, ROOT, 300, SIGKILL, SIGNAL_DEFAULT | SIGNAL_PDEATH);
	story__die(story, 300, SIGKILL);
	victim = crash__victim(result(), 300, 1, HOW_PDEATHSIG, ROOT, OUTCOME_DIED);
	SAME_TEXT(victim->links[0].evidence, "SIGKILL");
	SAME(victim->link_count, 2);
	cr_expect_eq(victim->links[1].how, HOW_ORPHAN);
	cr_expect_eq(victim->end.class, END_KILLED);
	SAME(victim->end_delay_ns, 4 * STORY_STEP_NS);
}

Test(tracker_fanout, orphans_go_to_the_nearest_who_adopts)
{
	story->tasks[MASTER].flags |= TASK_ID_SUBREAPER;
	story__wake(story, MASTER, PEER, PATH("schedule"));
	story__signal(story, MASTER, PEER, SIGUSR1, 0); /* so that it is seen */
	story__fork(story, ROOT, 300);
	cast__crash();
	story->tasks[300].ppid = MASTER;
	story__fault(story, MASTER, SIGSEGV, SEGV_MAPERR);
	story__die(story, MASTER, SIGSEGV);
	crash__victim(witness__crash_of(&witness, MASTER), 300, 1, HOW_ORPHAN, MASTER,
		      OUTCOME_ORPHANED);
}

/* ---- ring 2 ---- */

Test(tracker_fanout, parent_that_waits_is_woken)
{
	cast__crash();
	story__signal(story, ROOT, MASTER, SIGCHLD, 0);
	check_woken(MASTER, "SIGCHLD");
	SAME(result()->fan_out, 0);
}

Test(tracker_fanout, parent_that_ignores_its_children_is_not)
{
	cast__crash();
	story__signal(story, ROOT, MASTER, SIGCHLD, SIGNAL_IGNORED);
	check_no_victim(MASTER);
}

Test(tracker_fanout, path_through_the_kernel_says_why_one_was_woken)
{
	static const struct {
		const char *function, *words;
	} paths[] = {
		{ "pipe_release", "pipe closed" },
		{ "unix_release_sock", "unix socket closed" },
		{ "handle_futex_death", "robust futex" },
		{ "do_notify_pidfd", "pidfd" },
		{ "complete_vfork_done", "vfork" },
		{ "eventfd_release", "eventfd closed" },
		{ "exit_sem", "semaphore undone" },
		{ "locks_delete_lock_ctx", "file lock" },
		{ "__tty_hangup", "terminal hung up" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths); i++)
		story__fork(story, SHELL, 300 + (__u32)i);
	cast__crash();
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		story__wake(story, ROOT, 300 + (__u32)i,
			    PATH("try_to_wake_up", "", "__wake_up_common", paths[i].function,
				 "do_exit", "asm_exc_page_fault"));
	}
	for (i = 0; i < ARRAY_SIZE(paths); i++)
		check_woken(300 + (__u32)i, paths[i].words);
}

/* Where that is inlined the exit itself wakes who polls. */
Test(tracker_fanout, pidfd_and_wait_are_told_apart)
{
	cast__crash();
	story__wake(story, ROOT, PEER,
		    PATH("pollwake", "__wake_up_common", "__wake_up", "do_exit"));
	story__wake(story, ROOT, OTHER,
		    PATH("__wake_up_common", "__wake_up_sync_key", "do_notify_parent", "do_exit"));
	check_woken(PEER, "pidfd");
	check_woken(OTHER, "wait for a child");
}

Test(tracker_fanout, woken_while_its_process_is_still_dying)
{
	cast__fault();
	story__thread(story, ROOT, 101);
	story__down(story, 101, SIGSEGV);
	story__wake(story, 101, PEER, PATH("handle_futex_death"));
	story__die(story, ROOT, SIGSEGV);
	check_woken(PEER, "robust futex");
}

Test(tracker_fanout, wake_on_another_path_is_none_of_its_doing)
{
	cast__crash();
	story__wake(story, ROOT, PEER, PATH("try_to_wake_up", "up_write", "exit_mmap"));
	check_no_victim(PEER);
}

Test(tracker_fanout, wake_in_an_interrupt_is_chance)
{
	cast__crash();
	story__wake(story, ROOT, PEER,
		    PATH("try_to_wake_up", "hrtimer_wakeup", "asm_sysvec_apic_timer_interrupt",
			 "pipe_release", "do_exit"));
	check_no_victim(PEER);
}

Test(tracker_fanout, wake_by_one_who_lives_is_chance)
{
	cast__crash();
	story__wake(story, OTHER, PEER, PATH("pipe_release"));
	check_no_victim(PEER);
}

Test(tracker_fanout, connection_is_told_on_somebody_else_s_time)
{
	cast__crash();
	story__wake_by_tcp(story, OTHER, PEER,
			   PATH("sock_def_wakeup", "tcp_fin", "tcp_rcv_established",
				"handle_softirqs", "asm_common_interrupt"),
			   ROOT);
	check_woken(PEER, "TCP connection closed");
}

Test(tracker_fanout, connection_of_somebody_else_is_no_link)
{
	cast__crash();
	story__wake(story, ROOT, PEER, PATH("tcp_fin", "handle_softirqs"));
	story__wake_by_tcp(story, ROOT, PEER, PATH("tcp_reset", "handle_softirqs"), OTHER);
	check_no_victim(PEER);
}

Test(tracker_fanout, woken_and_then_dead_is_a_death_by_the_wake)
{
	const struct victim *victim;

	cast__crash();
	story__wake(story, ROOT, PEER, PATH("unix_release_sock"));
	story__die(story, PEER, EXIT_CODE(2));
	victim = crash__victim(result(), PEER, 2, HOW_WOKEN, ROOT, OUTCOME_DIED);
	cr_expect_eq(victim->end.class, END_FAILED);
	SAME(victim->end.code, 2);
}

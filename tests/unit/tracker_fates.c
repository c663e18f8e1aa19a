/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is a victim, and who only lived nearby: by how one was affected and how one ended. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "make_crash.h"
#include "unit.h"

TestSuite(tracker_fates, .init = cast__begin, .fini = cast__end);

static void begin_with(unsigned int flags)
{
	witness__end(&witness);
	witness__begin(&witness, flags);
	story__census(story, SHELL, 1, "shell");
	story__census(story, MASTER, SHELL, "master");
	story__census(story, ROOT, MASTER, "worker");
	story__census(story, PEER, SHELL, "peer");
}

static void begin_with_all(void)
{
	begin_with(WITNESS_ALL);
}

/* ---- woken ---- */

Test(tracker_fates, woken_and_ended_well_goes_on_with_its_own_life)
{
	cast__crash();
	story__wake(story, ROOT, MASTER, PATH("do_notify_parent"));
	story__die(story, MASTER, EXIT_CODE(0));
	crash__victim(result(), MASTER, 2, HOW_WOKEN, ROOT, OUTCOME_WOKEN);
	SAME(result()->fan_out, 0);
}

Test(tracker_fates, woken_and_ended_by_a_signal_died_of_it)
{
	cast__crash();
	story__wake(story, ROOT, PEER, PATH("pipe_release"));
	story__signal(story, SHELL, PEER, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, PEER, SIGTERM);
	crash__victim(result(), PEER, 2, HOW_WOKEN, ROOT, OUTCOME_DIED);
}

Test(tracker_fates, shell_script_that_runs_to_its_end_is_no_victim)
{
	cast__crash();
	story__wake(story, ROOT, MASTER, PATH("do_notify_parent"));
	story__fork(story, MASTER, 300);
	story__exec(story, 300, "ls");
	story__die(story, 300, EXIT_CODE(0));
	story__exec(story, MASTER, "cat");
	story__die(story, MASTER, EXIT_CODE(0));
	crash__victim(result(), MASTER, 2, HOW_WOKEN, ROOT, OUTCOME_WOKEN);
	check_no_victim(300);
}

Test(tracker_fates, who_ends_well_takes_nobody_along)
{
	story__fork(story, PEER, 300);
	cast__crash();
	story__wake(story, ROOT, PEER, PATH("pipe_release"));
	story__die(story, PEER, EXIT_CODE(0));
	story__wake(story, PEER, OTHER, PATH("pipe_release"));
	check_no_victim(300);
	check_no_victim(OTHER);
}

Test(tracker_fates, signalled_and_ended_well_died_of_it)
{
	cast__crash();
	story__signal(story, MASTER, PEER, SIGTERM, 0);
	story__die(story, PEER, EXIT_CODE(0));
	crash__victim(result(), PEER, 3, HOW_SIGNAL, MASTER, OUTCOME_DIED);
	SAME(result()->fan_out, 1);
}

/* ---- the killer ---- */

Test(tracker_fates, killer_is_not_its_victim_s_victim)
{
	begin_with_all();
	story__signal(story, MASTER, ROOT, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, ROOT, SIGTERM);
	story__wake(story, ROOT, MASTER, PATH("do_notify_parent"));
	story__signal(story, MASTER, PEER, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, PEER, SIGTERM);
	story__die(story, MASTER, EXIT_CODE(124));
	SAME(result()->end.sender.pid, MASTER);
	check_no_victim(MASTER);
	check_no_victim(PEER);
}

Test(tracker_fates, killer_may_replace_whom_it_has_killed)
{
	begin_with_all();
	story__signal(story, MASTER, ROOT, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, ROOT, SIGTERM);
	story__fork(story, MASTER, 300);
	crash__victim(result(), 300, 4, HOW_RESPAWN, MASTER, OUTCOME_RESPAWNED);
}

Test(tracker_fates, killer_by_a_signal_that_dumps_core)
{
	begin_with_all();
	story__signal(story, MASTER, ROOT, SIGSEGV, SIGNAL_DEFAULT);
	story__fatal(story, ROOT, SIGSEGV, SI_USER, MASTER);
	story__die(story, ROOT, SIGSEGV);
	story__wake(story, ROOT, MASTER, PATH("do_notify_parent"));
	story__die(story, MASTER, EXIT_CODE(1));
	cr_expect_eq(result()->end.class, END_KILLED);
	check_no_victim(MASTER);
}

Test(tracker_fates, process_that_took_the_killer_s_pid_is_another_one)
{
	begin_with_all();
	story__fork(story, SHELL, 300);
	story__signal(story, 300, ROOT, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, 300, EXIT_CODE(0));
	story__census(story, 301, SHELL, "reader");
	story->tasks[300] = story->tasks[301];
	story->tasks[300].tid = story->tasks[300].tgid = 300;
	story__die(story, ROOT, SIGTERM);
	story__wake(story, ROOT, 300, PATH("pipe_release"));
	story__die(story, 300, EXIT_CODE(1));
	crash__victim(result(), 300, 2, HOW_WOKEN, ROOT, OUTCOME_DIED);
}

/* ---- tasktoll itself ---- */

/* It is the parent of the program that it was given: its SIGCHLD is no harm, nor what it starts then. */
Test(tracker_fates, watcher_is_no_victim)
{
	begin_with(WITNESS_WATCHER(MASTER));
	cast__crash();
	story__wake(story, ROOT, MASTER, PATH("do_notify_parent"));
	story__fork(story, MASTER, 300);
	story__die(story, MASTER, EXIT_CODE(1));
	check_no_victim(MASTER);
	check_no_victim(300);
	SAME(result()->fan_out, 0);
}

/* ---- the kernel, on the dying one's behalf ---- */

static void check_killed_by_kernel(enum how how, __u32 flag)
{
	const struct victim *victim;

	story__fork(story, ROOT, 300);
	story__census(story, 301, OTHER, "far");
	cast__crash();
	story__signal(story, ROOT, 300, SIGKILL, SIGNAL_DEFAULT | SIGNAL_FROM_KERNEL | flag);
	story__signal(story, ROOT, 301, SIGKILL, SIGNAL_DEFAULT | SIGNAL_FROM_KERNEL | flag);
	story__die(story, 300, SIGKILL);
	story__die(story, 301, SIGKILL);
	victim = crash__victim(result(), 300, 1, how, ROOT, OUTCOME_DIED);
	cr_expect_eq(victim->end.class, END_KILLED);
	SAME(victim->end.signal, SIGKILL);
	cr_expect(victim->end.sender.kernel);
	cr_expect_not(victim->end.sender.known);
	crash__victim(result(), 301, 1, how, ROOT, OUTCOME_DIED);
	SAME(result()->fan_out, 2);
}

Test(tracker_fates, namespace_goes_with_its_init)
{
	check_killed_by_kernel(HOW_NAMESPACE, SIGNAL_NAMESPACE);
}

Test(tracker_fates, tracee_goes_with_its_tracer)
{
	check_killed_by_kernel(HOW_EXITKILL, SIGNAL_EXITKILL);
}

Test(tracker_fates, namespace_in_a_namespace)
{
	story__fork(story, ROOT, 300);
	story__fork(story, 300, 301);
	cast__crash();
	story__signal(story, ROOT, 300, SIGKILL,
		      SIGNAL_DEFAULT | SIGNAL_FROM_KERNEL | SIGNAL_NAMESPACE);
	story__die(story, 300, SIGKILL);
	story__signal(story, 300, 301, SIGKILL,
		      SIGNAL_DEFAULT | SIGNAL_FROM_KERNEL | SIGNAL_NAMESPACE);
	story__die(story, 301, SIGKILL);
	crash__victim(result(), 300, 1, HOW_NAMESPACE, ROOT, OUTCOME_DIED);
	crash__victim(result(), 301, 1, HOW_NAMESPACE, 300, OUTCOME_DIED);
}

Test(tracker_fates, signal_of_the_kernel_while_one_dies_is_not_its_doing)
{
	cast__crash();
	story__signal(story, ROOT, PEER, SIGKILL, SIGNAL_DEFAULT | SIGNAL_FROM_KERNEL);
	story__die(story, PEER, SIGKILL);
	check_no_victim(PEER);
}

/* ---- the young ---- */

Test(tracker_fates, younger_than_the_signal_is_no_victim)
{
	story__thread(story, ROOT, 101);
	cast__fault();
	story__fork(story, 101, 300);
	story__fork(story, 101, 301);
	story__down(story, 101, SIGSEGV);
	story__die(story, ROOT, SIGSEGV);
	story__signal(story, ROOT, 301, SIGTERM, SIGNAL_DEFAULT | SIGNAL_PDEATH);
	story__die(story, 301, SIGTERM);
	check_no_victim(300);
	check_no_victim(301);
	SAME(result()->fan_out, 1);
}

/* ---- names ---- */

Test(tracker_fates, orphan_has_the_name_of_that_moment)
{
	story__fork(story, ROOT, 300);
	story__rename(story, 300, "helper");
	cast__crash();
	story__exec(story, 300, "later");
	SAME_TEXT(crash__victim(result(), 300, 1, HOW_ORPHAN, ROOT, OUTCOME_ORPHANED)->comm,
		  "helper");
}

Test(tracker_fates, culprit_and_its_parent_have_theirs)
{
	story__rename(story, ROOT, "request");
	story__rename(story, MASTER, "gateway");
	cast__crash();
	story__rename(story, MASTER, "idle");
	SAME_TEXT(result()->comm, "request");
	SAME_TEXT(result()->parent_comm, "gateway");
}

Test(tracker_fates, what_came_back_has_become_somebody)
{
	cast__crash();
	story__fork(story, MASTER, 300);
	story__rename(story, 300, "worker");
	SAME_TEXT(crash__victim(result(), 300, 4, HOW_RESPAWN, MASTER, OUTCOME_RESPAWNED)->comm,
		  "worker");
}

/* ---- senders ---- */

Test(tracker_fates, kernel_and_unknown_senders_differ)
{
	story__signal(story, 0, PEER, SIGXCPU, SIGNAL_DEFAULT);
	story__die(story, PEER, SIGXCPU);
	cr_expect(witness__end_of(&witness, PEER)->sender.kernel);
	cr_expect_not(witness__end_of(&witness, PEER)->sender.known);
	story__die(story, OTHER, SIGTERM);
	cr_expect_not(witness__end_of(&witness, OTHER)->sender.kernel);
	cr_expect_not(witness__end_of(&witness, OTHER)->sender.known);
}

Test(tracker_fates, without_the_sending_a_fault_is_the_kernel_s)
{
	story__fatal(story, ROOT, SIGSEGV, SEGV_MAPERR, 0);
	story__die(story, ROOT, SIGSEGV);
	cr_expect(result()->end.sender.kernel);
}

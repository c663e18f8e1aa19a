/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What died because of a crash, though it was not hit by it alone, and what came back. */
#include <signal.h>

#include "make_crash.h"
#include "unit.h"

TestSuite(tracker_chain, .init = cast__begin, .fini = cast__end);

/* ---- ring 3 ---- */

Test(tracker_chain, writing_to_what_the_dead_had_closed)
{
	static const struct {
		enum closed_kind via;
		const char *words;
	} ways[] = {
		{ CLOSED_PIPE, "SIGPIPE, pipe of 100" },
		{ CLOSED_UNIX, "SIGPIPE, unix socket of 100" },
		{ CLOSED_TCP, "SIGPIPE, TCP connection of 100" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		story__fork(story, SHELL, 300 + (__u32)i);
	cast__crash();
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		story__sigpipe(story, 300 + (__u32)i, ways[i].via, ROOT);
		story__die(story, 300 + (__u32)i, SIGPIPE);
	}
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		SAME_TEXT(crash__victim(result(), 300 + (__u32)i, 3, HOW_SIGPIPE, ROOT,
					OUTCOME_DIED)
				  ->links[0]
				  .evidence,
			  ways[i].words);
	SAME(result()->fan_out, ARRAY_SIZE(ways));
}

Test(tracker_chain, writing_to_what_somebody_else_had_closed_is_no_link)
{
	cast__crash();
	story__sigpipe(story, PEER, CLOSED_PIPE, OTHER);
	story__die(story, PEER, SIGPIPE);
	story__sigpipe(story, OTHER, CLOSED_NOTHING, 0);
	story__die(story, OTHER, SIGPIPE);
	check_no_victim(PEER);
	check_no_victim(OTHER);
}

Test(tracker_chain, session_loses_its_leader)
{
	cast__crash();
	story__signal(story, ROOT, PEER, SIGHUP, SIGNAL_DEFAULT | SIGNAL_GROUP);
	story__die(story, PEER, SIGHUP);
	crash__victim(result(), PEER, 3, HOW_SIGHUP, ROOT, OUTCOME_DIED);
}

Test(tracker_chain, supervisor_takes_its_other_workers_down)
{
	const struct victim *victim;

	story__fork(story, MASTER, 300);
	story__fork(story, MASTER, 301);
	cast__crash();
	story__signal(story, ROOT, MASTER, SIGCHLD, 0);
	story__signal(story, MASTER, 300, SIGQUIT, 0);
	story__signal(story, MASTER, 301, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, 301, SIGTERM);
	story__die(story, 300, EXIT_CODE(2)); /* it has a handler, which ends it */
	victim = crash__victim(result(), 300, 3, HOW_SIGNAL, MASTER, OUTCOME_DIED);
	SAME_TEXT(victim->links[0].evidence, "SIGQUIT");
	cr_expect_eq(victim->end.class, END_FAILED);
	SAME(victim->end.code, 2);
	victim = crash__victim(result(), 301, 3, HOW_SIGNAL, MASTER, OUTCOME_DIED);
	cr_expect_eq(victim->end.class, END_KILLED);
	SAME(victim->end.sender.pid, MASTER);
	SAME(result()->fan_out, 2);
}

Test(tracker_chain, supervisor_that_polls_is_known_by_the_child_that_it_lost)
{
	story__fork(story, MASTER, 300);
	cast__crash();
	story__signal(story, MASTER, 300, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, 300, SIGTERM);
	crash__victim(result(), 300, 3, HOW_SIGNAL, MASTER, OUTCOME_DIED);
	check_no_victim(MASTER);
}

Test(tracker_chain, signal_by_one_whom_nothing_reached_is_no_link)
{
	cast__crash();
	story__signal(story, OTHER, PEER, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, PEER, SIGTERM);
	check_no_victim(PEER);
}

Test(tracker_chain, signal_that_is_ignored_is_no_link)
{
	cast__crash();
	story__signal(story, MASTER, PEER, SIGTERM, SIGNAL_IGNORED);
	story__die(story, PEER, EXIT_CODE(0));
	check_no_victim(PEER);
}

Test(tracker_chain, signal_sent_to_process_and_group_is_one_link)
{
	const struct victim *victim;

	cast__crash();
	story__signal(story, MASTER, PEER, SIGQUIT, 0);
	story__signal(story, MASTER, PEER, SIGQUIT, SIGNAL_PENDING | SIGNAL_GROUP);
	story__die(story, PEER, EXIT_CODE(2));
	victim = crash__victim(result(), PEER, 3, HOW_SIGNAL, MASTER, OUTCOME_DIED);
	SAME(victim->link_count, 1);
	SAME(victim->links[0].delay_ns, 3 * STORY_STEP_NS);
}

Test(tracker_chain, signal_that_was_handled_and_no_more_is_told_if_it_was_grave)
{
	cast__crash();
	story__signal(story, MASTER, PEER, SIGTERM, 0);
	story__signal(story, MASTER, OTHER, SIGUSR1, 0);
	crash__victim(result(), PEER, 3, HOW_SIGNAL, MASTER, OUTCOME_WOKEN);
	check_no_victim(OTHER);
	SAME(result()->fan_out, 0);
}

Test(tracker_chain, signal_explains_a_death_better_than_a_wake)
{
	const struct victim *victim;

	cast__crash();
	story__wake(story, ROOT, PEER, PATH("pipe_release"));
	story__signal(story, MASTER, PEER, SIGUSR1, 0);
	story__signal(story, MASTER, PEER, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, PEER, SIGTERM);
	victim = crash__victim(result(), PEER, 3, HOW_SIGNAL, MASTER, OUTCOME_DIED);
	SAME_TEXT(victim->links[0].evidence, "SIGTERM");
	SAME(victim->link_count, 3);
	cr_expect_eq(victim->links[1].how, HOW_WOKEN);
	SAME_TEXT(victim->links[2].evidence, "SIGUSR1");
}

Test(tracker_chain, more_links_than_there_is_room_for_keep_the_first_and_the_last)
{
	const struct victim *victim;

	cast__crash();
	story__wake(story, ROOT, PEER, PATH("pipe_release"));
	story__wake(story, ROOT, PEER, PATH("exit_sem"));
	story__wake(story, ROOT, PEER, PATH("pty_close"));
	story__wake(story, ROOT, PEER, PATH("do_notify_pidfd"));
	story__signal(story, MASTER, PEER, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, PEER, SIGTERM);
	victim = crash__victim(result(), PEER, 3, HOW_SIGNAL, MASTER, OUTCOME_DIED);
	SAME(victim->link_count, VICTIM_LINKS);
	SAME_TEXT(victim->links[1].evidence, "pipe closed");
}

/* The master dies of the crash, its death wakes one, who kills another, who leaves an orphan. */
Test(tracker_chain, chain_over_several_hops)
{
	story__fork(story, PEER, 300);
	story__fork(story, OTHER, 301);
	cast__crash();
	story__wake(story, ROOT, MASTER, PATH("do_notify_parent"));
	story__die(story, MASTER, EXIT_CODE(1));
	story__wake(story, MASTER, PEER, PATH("unix_release_sock"));
	story__signal(story, PEER, OTHER, SIGKILL, SIGNAL_DEFAULT);
	story__die(story, OTHER, SIGKILL);
	crash__victim(result(), MASTER, 2, HOW_WOKEN, ROOT, OUTCOME_DIED);
	crash__victim(result(), PEER, 2, HOW_WOKEN, MASTER, OUTCOME_WOKEN);
	crash__victim(result(), OTHER, 3, HOW_SIGNAL, PEER, OUTCOME_DIED);
	crash__victim(result(), 301, 1, HOW_ORPHAN, OTHER, OUTCOME_ORPHANED);
	check_no_victim(300);
	SAME(result()->fan_out, 3);
}

/* One that was woken closes a pipe, which wakes the next: that is its own affair. */
Test(tracker_chain, wake_by_one_that_lives_on_ends_the_chain)
{
	cast__crash();
	story__wake(story, ROOT, PEER, PATH("pipe_release"));
	story__wake(story, PEER, OTHER, PATH("pipe_release"));
	check_no_victim(OTHER);
}

/* ---- ring 4 ---- */

Test(tracker_chain, as_many_come_back_as_were_lost)
{
	story__fork(story, MASTER, 300);
	story__exec(story, 300, "worker");
	cast__crash();
	story__signal(story, MASTER, 300, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, 300, SIGTERM);
	story__fork(story, MASTER, 301);
	story__fork(story, MASTER, 302);
	story__fork(story, MASTER, 303);
	story__exec(story, 302, "worker");
	crash__victim(result(), 301, 4, HOW_RESPAWN, MASTER, OUTCOME_RESPAWNED);
	SAME_TEXT(crash__victim(result(), 302, 4, HOW_RESPAWN, MASTER, OUTCOME_RESPAWNED)
			  ->links[0]
			  .evidence,
		  "new child of 90");
	check_no_victim(303);
	SAME(result()->fan_out, 1);
}

/* A shell that goes on with its next command. */
Test(tracker_chain, new_child_that_becomes_another_program_is_no_stand_in)
{
	cast__crash();
	story__fork(story, MASTER, 300);
	story__exec(story, 300, "ls");
	check_no_victim(300);
}

Test(tracker_chain, child_from_before_the_death_is_no_stand_in)
{
	cast__fault();
	story__fork(story, MASTER, 300);
	story__die(story, ROOT, SIGSEGV);
	check_no_victim(300);
}

Test(tracker_chain, what_came_back_has_a_life_of_its_own)
{
	cast__crash();
	story__fork(story, MASTER, 300);
	story__signal(story, 300, PEER, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, PEER, SIGTERM);
	story__die(story, 300, EXIT_CODE(0));
	crash__victim(result(), 300, 4, HOW_RESPAWN, MASTER, OUTCOME_RESPAWNED);
	check_no_victim(PEER);
}

Test(tracker_chain, threads_are_nobody_s_stand_in)
{
	cast__crash();
	story__thread(story, MASTER, 300);
	check_no_victim(300);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that are gone, of peers that were not asleep over them. */
#include <signal.h>

#include "make_crash.h"
#include "unit.h"

TestSuite(tracker_lost, .init = cast__begin, .fini = cast__end);

Test(tracker_lost, peer_that_fails_is_a_victim)
{
	const struct victim *victim;

	cast__crash();
	story__lost(story, ROOT, ROOT, PEER, CLOSED_UNIX);
	story__lost(story, OTHER, ROOT, OTHER, CLOSED_TCP);
	story__die(story, PEER, EXIT_CODE(1));
	story__die(story, OTHER, EXIT_CODE(2));
	victim = crash__victim(result(), PEER, 2, HOW_WOKEN, ROOT, OUTCOME_DIED);
	SAME_TEXT(victim->links[0].evidence, "unix socket closed");
	victim = crash__victim(result(), OTHER, 2, HOW_WOKEN, ROOT, OUTCOME_DIED);
	SAME_TEXT(victim->links[0].evidence, "TCP connection closed");
	SAME(result()->fan_out, 2);
}

/* It may not even have noticed. */
Test(tracker_lost, peer_that_ends_well_or_lives_on_is_none)
{
	cast__crash();
	story__lost(story, ROOT, ROOT, PEER, CLOSED_UNIX);
	story__lost(story, ROOT, ROOT, OTHER, CLOSED_UNIX);
	story__die(story, PEER, EXIT_CODE(0));
	check_no_victim(PEER);
	check_no_victim(OTHER);
}

Test(tracker_lost, what_a_peer_that_lives_on_does_is_its_own_doing)
{
	cast__crash();
	story__lost(story, ROOT, ROOT, PEER, CLOSED_UNIX);
	story__signal(story, PEER, OTHER, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, OTHER, SIGTERM);
	check_no_victim(OTHER);
}

Test(tracker_lost, peer_that_is_woken_as_well_is_woken)
{
	cast__crash();
	story__lost(story, ROOT, ROOT, PEER, CLOSED_UNIX);
	story__wake(story, ROOT, PEER, PATH("unix_release_sock"));
	SAME(crash__victim(result(), PEER, 2, HOW_WOKEN, ROOT, OUTCOME_WOKEN)->link_count, 1);
}

Test(tracker_lost, by_one_that_has_nothing_to_do_with_the_crash)
{
	cast__crash();
	story__lost(story, OTHER, OTHER, PEER, CLOSED_UNIX);
	story__die(story, OTHER, EXIT_CODE(0));
	story__die(story, PEER, EXIT_CODE(1));
	check_no_victim(PEER);
}

/* A service that dies as a victim takes its clients with it. */
Test(tracker_lost, by_a_victim)
{
	cast__crash();
	story__wake(story, ROOT, MASTER, PATH("do_notify_parent"));
	story__signal(story, MASTER, PEER, SIGQUIT, 0);
	story__die(story, PEER, EXIT_CODE(2));
	story__lost(story, PEER, PEER, OTHER, CLOSED_UNIX);
	story__die(story, OTHER, EXIT_CODE(1));
	crash__victim(result(), PEER, 3, HOW_SIGNAL, MASTER, OUTCOME_DIED);
	crash__victim(result(), OTHER, 2, HOW_WOKEN, PEER, OUTCOME_DIED);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes in PID namespaces of their own, and such that are outside of ours. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/js.h"
#include "core/number.h"
#include "ids.h"
#include "make_crash.h"
#include "make_summary.h"
#include "unit.h"

TestSuite(tracker_namespaces, .init = cast__begin, .fini = cast__end);

static const struct view_options options = { .first = true, .rows = 20 };

static json_t *json_of(const struct crash *crash)
{
	char *text = crash__show(crash, &view_json, &options);
	json_t *root = js__parse(text);

	free(text);
	return root;
}

static void expect_text(const struct crash *crash, const char *words)
{
	char *text = crash__show(crash, &view_text, &options);

	cr_expect(strstr(text, words), "no \"%s\" in %s", words, text);
	free(text);
}

Test(tracker_namespaces, ids_as_they_are_shown)
{
	SAME(id__shown(7), 7);
	SAME(id__shown(7 | ID_OUTSIDE), 0);
	SAME_TEXT(number__id(4194304).text, "4194304");
	SAME_TEXT(number__id(7 | ID_OUTSIDE).text, "outside");
}

Test(tracker_namespaces, own_id_stands_beside)
{
	json_t *crash;

	story->tasks[ROOT].own_tgid = 7;
	story__fork(story, ROOT, 300);
	story->tasks[300].own_tgid = 8;
	cast__crash();
	crash = json_of(result());
	SAME(js__u64(crash, "pid"), ROOT);
	SAME(js__u64(crash, "ns_pid"), 7);
	cr_expect_null(js__find(crash, "outside"));
	json_decref(crash);
	expect_text(result(), ", 7 in its namespace) SIGSEGV");
}

Test(tracker_namespaces, none_where_they_do_not_differ)
{
	json_t *crash;

	cast__crash();
	crash = json_of(result());
	cr_expect_null(js__find(crash, "ns_pid"));
	cr_expect_null(js__find(crash, "outside"));
	json_decref(crash);
}

Test(tracker_namespaces, who_is_outside_has_no_id)
{
	struct crash outside;
	json_t *crash;

	story->tasks[ROOT].own_tgid = 7;
	cast__crash();
	outside = *result();
	outside.pid |= ID_OUTSIDE;
	outside.ppid |= ID_OUTSIDE;
	outside.culprit.tid |= ID_OUTSIDE;
	crash = json_of(&outside);
	SAME(js__u64(crash, "pid"), 0);
	SAME(js__u64(crash, "ppid"), 0);
	SAME(js__u64(crash, "culprit.tid"), 0);
	cr_expect(js__bool(crash, "outside"));
	cr_expect_null(js__find(crash, "ns_pid"));
	json_decref(crash);
	expect_text(&outside, "CRASH  worker (outside) SIGSEGV");
	expect_text(&outside, "child of master (outside)");
}

/* A signal that was on its way before anyone looked: si_pid is the receiver's namespace's. */
Test(tracker_namespaces, sender_is_not_known_by_an_id_of_another_namespace)
{
	const struct end *end;

	story->tasks[ROOT].own_tgid = 7;
	story__fatal(story, ROOT, SIGSEGV, SI_USER, PEER);
	story__die(story, ROOT, SIGSEGV);
	end = witness__end_of(&witness, ROOT);
	SAME(end->class, END_KILLED);
	cr_expect_not(end->sender.known);
}

Test(tracker_namespaces, sender_is_the_process_itself_by_its_own_id)
{
	const struct end *end;

	story->tasks[ROOT].own_tgid = 7;
	story__fatal(story, ROOT, SIGABRT, SI_TKILL, 7);
	story__die(story, ROOT, SIGABRT);
	end = witness__end_of(&witness, ROOT);
	SAME(end->class, END_CRASH);
	cr_expect(end->sender.known);
	SAME(end->sender.pid, ROOT);
}

/* Orphans become children of the first process of their namespace, not of the machine's. */
Test(tracker_namespaces, first_process_adopts)
{
	const struct victim *victim;

	story->tasks[ROOT].own_tgid = 1;
	story__fork(story, ROOT, 300);
	story->tasks[300].own_tgid = 2;
	story__fork(story, 300, 301);
	story__die(story, 300, EXIT_CODE(0));
	cast__crash();
	victim = crash__victim(result(), 301, 1, HOW_ORPHAN, ROOT, OUTCOME_ORPHANED);
	SAME_TEXT(victim->links[0].evidence, "child of 100");
}

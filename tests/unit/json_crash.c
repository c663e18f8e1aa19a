/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A crash as JSON: the names are a contract. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/js.h"
#include "make_crash.h"
#include "make_summary.h"
#include "unit.h"

TestSuite(json_crash, .init = cast__begin, .fini = cast__end);

static json_t *show(void)
{
	static const struct view_options options = { .first = true };
	char *text = crash__show(result(), &view_json, &options);
	json_t *root = js__parse(text);

	cr_expect_eq(strchr(text, '\n'), text + strlen(text) - 1, "it is one line");
	free(text);
	return root;
}

static void check_null(json_t *root, const char *path)
{
	cr_expect(json_is_null(js__at(root, path)), "%s is not null", path);
}

/* The very names, no more and no fewer. */
static void check_names(json_t *object, const char *const *names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		js__at(object, names[i]);
	SAME(json_object_size(object), count);
}

static void check_end(json_t *end_of)
{
	static const char *const names[] = { "class",	"code",	  "signal",	 "core", "life_ns",
					     "threads", "sender", "from_kernel", "after" };

	check_names(end_of, names, ARRAY_SIZE(names));
}

static void check_link(json_t *link)
{
	static const char *const names[] = { "how", "by_pid", "delay_ns", "evidence" };

	check_names(link, names, ARRAY_SIZE(names));
}

Test(json_crash, has_what_the_contract_names)
{
	static const char *const names[] = {
		"schema",	"time",	       "pid",	      "start_ns",
		"comm",		"ppid",	       "parent_comm", "class",
		"signal",	"exit_code",   "code",	      "code_text",
		"address",	"core",	       "ended",	      "life_ns",
		"end_delay_ns", "window_ns",   "cut_short",   "culprit",
		"sender",	"from_kernel", "after",	      "handled",
		"threads",	"fan_out",     "victims",     "victims_left_out",
		"syscall",	"thread_only",
	};
	static const char *const of_culprit[] = {
		"tid", "comm", "function", "stack", "stack_truncated", "no_stack"
	};
	json_t *root;

	cast__crash();
	root = show();
	check_names(root, names, ARRAY_SIZE(names));
	check_names(js__at(root, "culprit"), of_culprit, ARRAY_SIZE(of_culprit));
	SAME_TEXT(js__str(root, "schema"), "tasktoll.crash/1");
	SAME_TEXT(js__str(root, "time"), "1970-01-01T00:01:40.000006000Z");
	SAME(js__u64(root, "pid"), ROOT);
	SAME_TEXT(js__str(root, "comm"), "worker");
	SAME(js__u64(root, "ppid"), MASTER);
	SAME_TEXT(js__str(root, "parent_comm"), "master");
	SAME_TEXT(js__str(root, "class"), "crash");
	SAME_TEXT(js__str(root, "signal"), "SIGSEGV");
	SAME(js__u64(root, "code"), SEGV_MAPERR);
	SAME_TEXT(js__str(root, "code_text"), "address not mapped");
	SAME_TEXT(js__str(root, "address"), "0xdead");
	SAME(js__u64(root, "culprit.tid"), ROOT);
	SAME(js__u64(root, "threads"), 1);
	SAME(js__u64(root, "end_delay_ns"), 2 * STORY_STEP_NS);
	SAME(json_array_size(js__at(root, "victims")), 0);
	cr_expect(js__bool(root, "core"));
	cr_expect(js__bool(root, "ended"));
	cr_expect_not(js__bool(root, "cut_short"));
	json_decref(root);
}

Test(json_crash, system_call_of_a_thread_that_ended_alone)
{
	json_t *root;

	story__end_alone(story, ROOT, SIGSYS);
	process_tracker__advance(witness.tracker, story->now_ns, true);
	root = show();
	cr_expect(js__bool(root, "thread_only"));
	SAME(js__u64(root, "syscall.nr"), 110);
	SAME_TEXT(js__str(root, "syscall.name"), "getppid");
	check_null(root, "life_ns");
	json_decref(root);
}

Test(json_crash, what_is_not_known_is_null)
{
	json_t *root;

	cast__fault();
	process_tracker__advance(witness.tracker, story->now_ns, true);
	root = show();
	check_null(root, "life_ns");
	check_null(root, "end_delay_ns");
	check_null(root, "sender");
	check_null(root, "culprit.function");
	check_null(root, "syscall");
	SAME_TEXT(js__str(root, "culprit.no_stack"), "its stack was not taken");
	cr_expect_not(js__bool(root, "ended"));
	cr_expect(js__bool(root, "cut_short"));
	json_decref(root);
}

Test(json_crash, culprit_whom_nobody_saw_is_null)
{
	json_t *root;

	story__die(story, ROOT, SIGSEGV);
	root = show();
	check_null(root, "culprit.tid");
	check_null(root, "code");
	check_null(root, "code_text");
	check_null(root, "address");
	SAME_TEXT(js__str(root, "culprit.no_stack"), "it began to crash before tracing began");
	json_decref(root);
}

Test(json_crash, abort_has_a_sender_and_no_address)
{
	json_t *root;

	story__signal(story, ROOT, ROOT, SIGABRT, SIGNAL_DEFAULT);
	story__fatal(story, ROOT, SIGABRT, SI_TKILL, ROOT);
	story__die(story, ROOT, SIGABRT);
	root = show();
	check_null(root, "address");
	SAME_TEXT(js__str(root, "code_text"), "abort() or raise()");
	cr_expect_eq(json_integer_value(js__at(root, "code")), SI_TKILL);
	SAME(js__u64(root, "sender.pid"), ROOT);
	SAME_TEXT(js__str(root, "sender.comm"), "worker");
	json_decref(root);
}

Test(json_crash, stack_is_a_list_of_names)
{
	static const char *const names[] = { "raise", "handle_request" };
	json_t *root;

	cast__begin_with_stacks();
	cast__abort_with_stack(make_frames(names, 2), 2);
	root = show();
	SAME_TEXT(js__str(root, "culprit.function"), "handle_request");
	SAME(json_array_size(js__at(root, "culprit.stack")), 2);
	SAME_TEXT(json_string_value(json_array_get(js__at(root, "culprit.stack"), 0)), "raise");
	check_null(root, "culprit.no_stack");
	cr_expect_not(js__bool(root, "culprit.stack_truncated"));
	json_decref(root);
}

Test(json_crash, stack_that_is_cut_says_so)
{
	static const char *const names[] = { "raise", "[truncated: damaged]" };
	struct crash_frame *frames = make_frames(names, 2);
	json_t *root;

	frames[1].mark = true;
	cast__begin_with_stacks();
	cast__abort_with_stack(frames, 2);
	root = show();
	SAME_TEXT(js__str(root, "culprit.function"), "raise");
	cr_expect(js__bool(root, "culprit.stack_truncated"));
	json_decref(root);
}

Test(json_crash, victims_have_their_links_and_their_end)
{
	static const char *const names[] = { "ring",	 "pid",	    "tid",	    "start_ns",
					     "comm",	 "how",	    "by_pid",	    "delay_ns",
					     "evidence", "outcome", "end_delay_ns", "end",
					     "links" };
	json_t *root, *victims, *victim;
	size_t i;

	story__thread(story, ROOT, 101);
	story__fork(story, ROOT, 300);
	cast__fault();
	story__down(story, 101, SIGSEGV);
	story__die(story, ROOT, SIGSEGV);
	story__wake(story, ROOT, PEER, PATH("pipe_release"));
	story__signal(story, MASTER, PEER, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, PEER, SIGTERM);
	story__fork(story, MASTER, 301);
	root = show();
	victims = js__at(root, "victims");
	SAME(json_array_size(victims), 4);
	json_array_foreach(victims, i, victim) {
		check_names(victim, names, ARRAY_SIZE(names));
		check_link(json_array_get(js__at(victim, "links"), 0));
	}
	/* a thread */
	victim = json_array_get(victims, 0);
	SAME(js__u64(victim, "ring"), 0);
	SAME(js__u64(victim, "pid"), ROOT);
	SAME(js__u64(victim, "tid"), 101);
	SAME_TEXT(js__str(victim, "how"), "sibling");
	SAME_TEXT(js__str(victim, "outcome"), "died");
	SAME(js__u64(victim, "end_delay_ns"), js__u64(victim, "delay_ns"));
	check_null(victim, "end");
	/* an orphan */
	victim = json_array_get(victims, 1);
	SAME_TEXT(js__str(victim, "how"), "orphan");
	SAME_TEXT(js__str(victim, "outcome"), "orphaned");
	check_null(victim, "end_delay_ns");
	check_null(victim, "end");
	/* one that was killed */
	victim = json_array_get(victims, 2);
	SAME_TEXT(js__str(victim, "how"), "signal");
	SAME_TEXT(js__str(victim, "evidence"), "SIGTERM");
	SAME(js__u64(victim, "by_pid"), MASTER);
	SAME(json_array_size(js__at(victim, "links")), 2);
	SAME_TEXT(js__str(json_array_get(js__at(victim, "links"), 1), "how"), "woken");
	check_end(js__at(victim, "end"));
	SAME_TEXT(js__str(victim, "end.class"), "killed");
	SAME_TEXT(js__str(victim, "end.sender.comm"), "master");
	/* one that came back */
	victim = json_array_get(victims, 3);
	SAME(js__u64(victim, "ring"), 4);
	SAME_TEXT(js__str(victim, "outcome"), "respawned");
	SAME(js__u64(root, "fan_out"), 3);
	json_decref(root);
}

/* js__parse() takes nothing else than valid UTF-8. */
Test(json_crash, any_bytes_of_a_name_come_out_as_text)
{
	const char *const *name;

	for (name = hostile_names; *name; name++) {
		char expected[UTF8_COMM];
		json_t *root;

		cast__end();
		cast__begin();
		story__exec(story, ROOT, *name);
		story__exec(story, MASTER, *name);
		cast__crash();
		root = show();
		utf8__from_bytes(expected, sizeof(expected), story->tasks[ROOT].comm,
				 LIFECYCLE_COMM);
		SAME_TEXT(js__str(root, "comm"), expected);
		SAME_TEXT(js__str(root, "parent_comm"), expected);
		SAME_TEXT(js__str(root, "culprit.comm"), expected);
		json_decref(root);
	}
}

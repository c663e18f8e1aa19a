/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A crash as a tree for people. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "make_crash.h"
#include "make_summary.h"
#include "unit.h"

static const struct view_options plain = { .first = true, .widens = true };
static const struct view_options ascii = { .first = true, .widens = true, .ascii = true };
static const struct view_options color = { .first = true, .widens = true, .color = true };

TestSuite(view_crash, .init = cast__begin, .fini = cast__end);

static char *show(const struct view_options *options)
{
	return crash__show(result(), &view_text, options);
}

static void check_has(const char *what)
{
	char *text = show(&plain);

	cr_expect_not_null(strstr(text, what), "no \"%s\" in:\n%s", what, text);
	free(text);
}

static void check_has_not(const char *what)
{
	char *text = show(&plain);

	cr_expect_null(strstr(text, what), "\"%s\" in:\n%s", what, text);
	free(text);
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* ---- who and why ---- */

Test(view_crash, without_victims_it_is_three_lines)
{
	char *text;

	cast__crash();
	check_has("CRASH  worker (100) SIGSEGV: address not mapped, 0xdead\n");
	check_has("core dumped; child of master (90); no other task affected\n");
	check_has("  └─ no stack: its stack was not taken\n");
	text = show(&plain);
	SAME(count_lines(text), 3);
	free(text);
}

Test(view_crash, paragraphs_are_apart)
{
	static const struct view_options next = { .widens = true };
	char *text;

	cast__crash();
	text = show(&plain);
	cr_expect_neq(text[0], '\n');
	free(text);
	text = show(&next);
	cr_expect_eq(text[0], '\n');
	free(text);
}

static void crash_with_stack(size_t count)
{
	struct crash_frame *frames = calloc(count, sizeof(*frames));
	size_t i;

	cast__begin_with_stacks();
	for (i = 0; i < count; i++)
		cr_assert_gt(asprintf(&frames[i].name, i ? "caller_%zu" : "abort", i), 0);
	cast__abort_with_stack(frames, count);
	story__die(story, ROOT, SIGABRT);
}

Test(view_crash, function_that_gave_up_is_named_first)
{
	crash_with_stack(3);
	check_has("SIGABRT in caller_1: ");
	check_has("  └─ stack      abort < caller_1 < caller_2\n");
}

Test(view_crash, thread_that_ended_alone)
{
	story__end_alone(story, ROOT, SIGSYS);
	process_tracker__advance(witness.tracker, story->now_ns, true);
	check_has("SIGSYS: system call getppid forbidden by seccomp; only this thread ended\n");
	check_has(" of 2, its process went on; ");
}

Test(view_crash, fault_in_the_library)
{
	struct crash_frame *frames = calloc(2, sizeof(*frames));

	cast__begin_with_stacks();
	frames[0].name = strdup("__strlen_evex");
	frames[0].module = strdup("libc.so.6");
	frames[1].name = strdup("main");
	cast__fault_with_stack(frames, 2);
	story__die(story, ROOT, SIGSEGV);
	check_has(" SIGSEGV in main, in __strlen_evex: address not mapped");
}

Test(view_crash, long_stack_is_cut)
{
	crash_with_stack(20);
	check_has(" < caller_7 < 12 more\n");
	check_has_not("caller_8");
}

Test(view_crash, run_that_ended_too_early_is_said)
{
	cast__crash();
	story__wait(story, STORY_WINDOW_NS / 4);
	process_tracker__advance(witness.tracker, story->now_ns, true);
	check_has("(followed for 250ms only)\n");
}

Test(view_crash, still_on_its_way_out)
{
	cast__fault();
	process_tracker__advance(witness.tracker, story->now_ns, true);
	check_has("still ending; child of master (90)");
	check_has_not("lived");
	check_has_not("core");
}

Test(view_crash, killed_from_outside_names_the_sender_and_no_stack)
{
	witness__end(&witness);
	witness__begin(&witness, WITNESS_ALL);
	story__census(story, SHELL, 1, "shell");
	story__census(story, ROOT, SHELL, "worker");
	story__signal(story, SHELL, ROOT, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, ROOT, SIGTERM);
	check_has("KILLED  worker (100) SIGTERM from shell (50)\n");
	check_has_not("stack");
}

/* ---- threads ---- */

Test(view_crash, threads_are_a_number)
{
	story__thread(story, ROOT, 101);
	story__thread(story, ROOT, 102);
	story__fault(story, 101, SIGSEGV, SEGV_MAPERR);
	story__down(story, ROOT, SIGSEGV);
	story__down(story, 102, SIGSEGV);
	story__die(story, 101, SIGSEGV);
	check_has("thread worker (101) of 3, ");
	check_has("  ├─ 2 other threads of the process died\n");
	check_has("took 2 down, orphaned 0");
}

/* ---- the tree ---- */

Test(view_crash, same_fate_for_the_same_reason_is_one_line)
{
	story__fork(story, ROOT, 300);
	story__fork(story, ROOT, 301);
	cast__crash();
	check_has("  ├─ orphaned   worker (300), worker (301)  child of 100  +2.00us to +2.00us\n");
	check_has("took 0 down, orphaned 2");
}

Test(view_crash, another_end_is_another_line)
{
	story__fork(story, MASTER, 300);
	story__fork(story, MASTER, 301);
	story__fork(story, MASTER, 302);
	cast__crash();
	story__signal(story, MASTER, 300, SIGQUIT, 0);
	story__signal(story, MASTER, 301, SIGQUIT, 0);
	story__signal(story, MASTER, 302, SIGQUIT, 0);
	story__die(story, 300, EXIT_CODE(2));
	story__die(story, 301, EXIT_CODE(3));
	story__die(story, 302, SIGQUIT);
	check_has("ended      master (300)  SIGQUIT: exit 2  +");
	check_has("ended      master (301)  SIGQUIT: exit 3  +");
	check_has("killed     master (302)  SIGQUIT  +");
}

Test(view_crash, ending_that_the_reason_does_not_say_is_said)
{
	cast__crash();
	story__wake(story, ROOT, PEER, PATH("pipe_release"));
	story__die(story, PEER, SIGTERM);
	check_has("killed     peer (200)  pipe closed: SIGTERM  +");
}

Test(view_crash, what_a_victim_hit_is_below_it)
{
	static const char *const tree[] = {
		"  ├─ ended      master (90)  wait for a child: exit 1  +",
		"  │  └─ woken      peer (200)  unix socket closed  +",
		"  │     └─ killed     other (201)  SIGKILL  +",
		"  │        └─ orphaned   other (301)  child of 201  +",
		"  └─ no stack: ",
	};
	char *text, *at;
	size_t i;

	story__fork(story, OTHER, 301);
	cast__crash();
	story__wake(story, ROOT, MASTER, PATH("do_notify_parent"));
	story__die(story, MASTER, EXIT_CODE(1));
	story__wake(story, MASTER, PEER, PATH("unix_release_sock"));
	story__signal(story, PEER, OTHER, SIGKILL, SIGNAL_DEFAULT);
	story__die(story, OTHER, SIGKILL);
	at = text = show(&plain);
	for (i = 0; i < ARRAY_SIZE(tree); i++) {
		char *found = strstr(at, tree[i]);

		cr_expect_not_null(found, "no \"%s\" in its place in:\n%s", tree[i], text);
		at = found ? found : at;
	}
	free(text);
}

Test(view_crash, chain_that_is_deeper_than_the_paper_is_wide)
{
	const __u32 deep = 100;
	char *text, last[32];
	__u32 i;

	for (i = 0; i < deep; i++)
		story__fork(story, SHELL, 1000 + i);
	cast__crash();
	story__signal(story, MASTER, 1000, SIGTERM, SIGNAL_DEFAULT);
	for (i = 1; i < deep; i++)
		story__signal(story, 999 + i, 1000 + i, SIGTERM, SIGNAL_DEFAULT);
	text = show(&plain);
	snprintf(last, sizeof(last), "(%u)", 999 + deep);
	cr_expect_not_null(strstr(text, last));
	SAME(count_lines(text), 3 + deep);
	free(text);
}

Test(view_crash, long_lists_are_cut)
{
	__u32 i;

	for (i = 0; i < 1500; i++)
		story__fork(story, ROOT, 1000 + i);
	cast__crash();
	check_has("worker (1003) and 1,496 more  child of 100  +");
	check_has_not("(1004)");
}

Test(view_crash, victims_that_were_left_out_are_counted)
{
	__u32 i;

	for (i = 0; i < CRASH_VICTIMS_MAX + 1000; i++)
		story__fork(story, ROOT, 1000 + i);
	cast__crash();
	check_has("  ├─ and 1,002 more victims\n");
}

Test(view_crash, what_came_back_has_no_reason_to_read)
{
	cast__crash();
	story__fork(story, MASTER, 300);
	check_has("came back  master (300)  +");
	check_has_not("new child");
}

Test(view_crash, parent_death_signal_is_called_so)
{
	story__fork(story, ROOT, 300);
	cast__crash();
	story__signal(story, ROOT, 300, SIGKILL, SIGNAL_DEFAULT | SIGNAL_PDEATH);
	story__die(story, 300, SIGKILL);
	check_has("killed     worker (300)  parent-death SIGKILL  +");
}

/* ---- terminals ---- */

static void crash_with_a_tree(void)
{
	story__fork(story, ROOT, 300);
	story__fork(story, MASTER, 301);
	cast__crash();
	story__wake(story, ROOT, MASTER, PATH("do_notify_parent"));
	story__signal(story, MASTER, 301, SIGTERM, SIGNAL_DEFAULT);
	story__die(story, 301, SIGTERM);
}

Test(view_crash, ascii_is_seven_bits)
{
	char *text, *at;

	crash_with_a_tree();
	text = show(&ascii);
	for (at = text; *at; at++)
		cr_assert_gt(*at, 0, "a byte of 8 bits in:\n%s", text);
	cr_expect_not_null(strstr(text, "\n  |- woken"));
	cr_expect_not_null(strstr(text, "\n  |  `- killed"));
	cr_expect_not_null(strstr(text, "\n  `- no stack"));
	free(text);
}

Test(view_crash, color_adds_escape_codes_and_nothing_else)
{
	char *text, *bare, *from, *to;

	crash_with_a_tree();
	text = show(&color);
	bare = show(&plain);
	cr_expect(has_control_characters(text));
	cr_expect_not(has_control_characters(bare));
	for (from = to = text; *from; from++) {
		if (*from == '\x1b')
			from += strcspn(from, "m");
		else
			*to++ = *from;
	}
	*to = 0;
	SAME_TEXT(text, bare);
	free(text);
	free(bare);
}

static size_t lines_with_names(const char *name)
{
	char *text;
	size_t lines;

	cast__begin_with_stacks();
	story__thread(story, ROOT, 101);
	story__fork(story, ROOT, 300);
	story__exec(story, MASTER, name);
	story__exec(story, 300, name);
	story__exec(story, ROOT, name);
	cast__fault_with_stack(make_frames(&name, 1), 1);
	story__down(story, 101, SIGSEGV);
	story__die(story, ROOT, SIGSEGV);
	text = show(&plain);
	cr_expect_not(has_control_characters(text), "in:\n%s", text);
	lines = count_lines(text);
	free(text);
	return lines;
}

Test(view_crash, names_do_nothing_but_be_read)
{
	size_t expected = lines_with_names("tame"), lines;
	const char *const *name;

	for (name = hostile_names; *name; name++) {
		/* as the symbolizer hands them on */
		char text[64];

		utf8__from_bytes(text, sizeof(text), *name, strlen(*name));
		lines = lines_with_names(text);
		cr_expect_eq(lines, expected, "with name %td of the list", name - hostile_names);
	}
}

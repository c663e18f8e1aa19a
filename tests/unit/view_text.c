/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "make_summary.h"
#include "unit.h"

static const struct view_options plain = { .rows = 20, .first = true };
static const struct view_options wide = { .rows = 20, .first = true, .width = 300 };
static const struct view_options color = { .rows = 20, .first = true, .color = true };

static void check_has(const char *text, const char *what)
{
	cr_expect_not_null(strstr(text, what), "no \"%s\" in:\n%s", what, text);
}

static void check_has_not(const char *text, const char *what)
{
	cr_expect_null(strstr(text, what), "\"%s\" in:\n%s", what, text);
}

Test(view_text, has_no_escape_codes_without_color)
{
	struct scene scene;
	char *text;

	scene__make(&scene, 5, true, true);
	text = scene__show(&scene, &view_text, &plain);
	cr_expect_not(has_control_characters(text));
	free(text);
	scene__release(&scene);
}

Test(view_text, color_adds_escape_codes_and_nothing_else)
{
	struct scene scene;
	char *text, *bare, *from, *to;

	scene__make(&scene, 5, true, true);
	text = scene__show(&scene, &view_text, &color);
	bare = scene__show(&scene, &view_text, &plain);
	cr_expect(has_control_characters(text));
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
	scene__release(&scene);
}

Test(view_text, names_do_nothing_but_be_read)
{
	const char *const *name;

	for (name = hostile_names; *name; name++) {
		struct scene scene, tame;
		size_t lines = 0, expected = 0;
		char *text, *other, *at;

		scene__make_named(&scene, *name);
		scene__make_named(&tame, "tame");
		strcpy(scene.summary.target, "program \x1b[2J\n\xc2\x9b\x7f");
		text = scene__show(&scene, &view_text, &plain);
		other = scene__show(&tame, &view_text, &plain);
		cr_expect_not(has_control_characters(text), "with name %td of the list",
			      name - hostile_names);
		for (at = text; *at; at++)
			lines += *at == '\n';
		for (at = other; *at; at++)
			expected += *at == '\n';
		SAME(lines, expected);
		free(text);
		free(other);
		scene__release(&scene);
		scene__release(&tame);
	}
}

Test(view_text, rows_that_are_left_out_are_counted)
{
	const struct view_options three = { .rows = 3, .first = true };
	struct scene scene;
	char *text;

	scene__make(&scene, 10, false, false);
	text = scene__show(&scene, &view_text, &three);
	check_has(text, "103 worker");
	check_has_not(text, "104 worker");
	check_has(text, "7 more processes");
	free(text);
	text = scene__show(&scene, &view_text, &plain);
	check_has(text, "110 worker");
	check_has_not(text, "more processes");
	free(text);
	scene__release(&scene);
}

/* Longer than the interval: it began before, and that is said. */
Test(view_text, what_began_before_is_marked)
{
	struct scene scene;
	char *text;

	scene__make(&scene, 1, false, false);
	text = scene__show(&scene, &view_text, &plain);
	check_has_not(text, "it began before");
	free(text);
	scene.summary.duration_ns = 1000000;
	text = scene__show(&scene, &view_text, &plain);
	check_has(text, "* longer than these 1.00ms: it began before");
	check_has(text, "s*");
	free(text);
	scene__release(&scene);
}

Test(view_text, threads_are_shown_below_their_process)
{
	struct scene scene;
	char *text;

	scene__make(&scene, 1, true, false);
	text = scene__show(&scene, &view_text, &plain);
	check_has(text, "10101  task");
	check_has(text, "20101  task");
	free(text);
	scene__release(&scene);
}

Test(view_text, what_is_complete_and_what_was_lost_is_said)
{
	struct scene scene;
	char *text;

	scene__make(&scene, 1, false, true);
	text = scene__show(&scene, &view_text, &wide);
	check_has(text, "complete (kernel: 10,000)");
	check_has(text, "lost: nothing");
	free(text);
	scene.summary.complete = false;
	scene.summary.proof.missed = 5;
	scene.summary.proof.kernel += 5;
	scene.summary.lost.events = 12;
	scene.summary.lost.tasks = 34;
	scene.summary.lost.switches = 56;
	text = scene__show(&scene, &view_text, &wide);
	check_has(text, "INCOMPLETE: 5 of the kernel's 10,005 were missed");
	check_has_not(text, "lost: nothing");
	check_has(text, "LOST: 12 events");
	check_has(text, "34 final records (56 switches)");
	free(text);
	scene.summary.lost = (struct summary_loss){ .stacks = 1344 };
	text = scene__show(&scene, &view_text, &wide);
	check_has(text, "; lost: 1,344 crash stacks (not part of this table)\n");
	check_has_not(text, "LOST");
	free(text);
	scene.summary.lost =
		(struct summary_loss){ .events = 1, .tasks = 1, .switches = 7, .edges = 1 };
	text = scene__show(&scene, &view_text, &wide);
	check_has(text, "; LOST: 1 event, 1 final record (7 switches), "
			"1 closed pipe or socket (of victims of crashes)\n");
	free(text);
	scene.summary.lost = (struct summary_loss){ .tasks = 2, .stacks = 3 };
	text = scene__show(&scene, &view_text, &wide);
	check_has(text, "; LOST: 2 final records (0 switches), "
			"3 crash stacks (not part of this table)\n");
	free(text);
	scene.summary.lost = (struct summary_loss){ .events = 2, .edges = 3 };
	text = scene__show(&scene, &view_text, &wide);
	check_has(text, "; LOST: 2 events, 3 closed pipes and sockets (of victims of crashes)\n");
	free(text);
	scene.summary.lost = (struct summary_loss){ .stacks = 1, .edges = 2 };
	scene.summary.proof.withheld = 1;
	scene.summary.wakes_missed = 117;
	text = scene__show(&scene, &view_text, &wide);
	check_has(text,
		  "; lost: 1 crash stack (not part of this table), 2 closed pipes and sockets");
	check_has(text, "  1 switch was hidden from tracing by the kernel\n");
	check_has(text, "  117 run-queue waits unknown (the wakeup came before tracing)\n");
	free(text);
	scene.summary.proof.withheld = 2;
	scene.summary.wakes_missed = 1;
	text = scene__show(&scene, &view_text, &wide);
	check_has(text, "  2 switches were hidden from tracing by the kernel\n");
	check_has(text, "  1 run-queue wait unknown (the wakeup came before tracing)\n");
	free(text);
	scene.summary.wakes_missed = 2;
	text = scene__show(&scene, &view_text, &wide);
	check_has(text, "  2 run-queue waits unknown (the wakeup came before tracing)\n");
	free(text);
	scene__release(&scene);
}

Test(view_text, what_is_not_available_says_why)
{
	struct scene scene;
	char *text;

	scene__make(&scene, 1, false, false);
	summary__unavailable(&scene.summary, "switch_ns", "no hook for it");
	summary__unavailable(&scene.summary, "pick_ns", "too old");
	scene.summary.cost_source = COST_NONE;
	text = scene__show(&scene, &view_text, &plain);
	check_has(text, "n/a: switch_ns: no hook for it");
	check_has(text, "n/a: pick_ns: too old");
	check_has_not(text, "toll 0ns");
	free(text);
	scene__release(&scene);
}

Test(view_text, of_nothing_is_still_a_summary)
{
	struct scene scene;
	char *text;

	scene__make(&scene, 0, false, false);
	text = scene__show(&scene, &view_text, &plain);
	check_has(text, "0 switches");
	check_has_not(text, "nan");
	check_has_not(text, "inf");
	free(text);
	scene__release(&scene);
}

/* The toll is what is known of it: only without both of its phases there is none. */
Test(view_text, toll_of_a_process_needs_one_of_its_phases)
{
	static const char *const phases[] = { "switch_ns", "pick_ns" };
	struct view_options only = plain;
	struct columns toll;
	const char *bad;
	struct scene scene;
	char *text, *row;
	size_t i;

	scene__make(&scene, 1, false, false);
	scene.summary.cost_source = COST_NONE;
	cr_assert_eq(columns__parse(&toll, "tolltime", &bad), 0);
	only.columns = &toll;
	for (i = 0; i < ARRAY_SIZE(phases); i++) {
		summary__unavailable(&scene.summary, phases[i], "no hook");
		text = scene__show(&scene, &view_text, &only);
		row = strstr(text, "101 leader");
		cr_assert_not_null(row);
		cr_expect_eq(!strncmp(strchr(row, '\n') - 6, i ? "   n/a" : "15.0ms", 6), true,
			     "%s", text);
		free(text);
	}
	scene__release(&scene);
}

/* A page is never narrower than what it is made for. */
Test(view_text, narrow_page_has_a_least_width)
{
	static const struct view_options narrow = { .rows = 20, .first = true, .width = 20 },
					 least = { .rows = 20,
						   .first = true,
						   .width = VIEW_WIDTH_LEAST };
	struct scene scene;
	char *text, *expected;

	scene__make(&scene, 3, false, false);
	text = scene__show(&scene, &view_text, &narrow);
	expected = scene__show(&scene, &view_text, &least);
	SAME_TEXT(text, expected);
	free(text);
	free(expected);
	scene__release(&scene);
}

/* A difference of medians is told from 100 samples of each on. */
Test(view_text, process_and_thread_switches_are_compared_with_enough_of_them)
{
	static const struct {
		__u32 thread, process;
		__u64 thread_ns;
		const char *says; /* NULL: nothing */
	} cases[] = {
		{ 100, 100, 1000, "costs 1.00us more than" },
		{ 99, 100, 1000, NULL },
		{ 100, 99, 1000, NULL },
		{ 100, 100, 3000, "costs 1.00us less than" },
		{ 100, 100, 2000, "costs 0ns more than" },
	};
	size_t i;
	__u32 n;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct task task = task__make(5, 5, 5);
		struct scene scene;
		char *text;

		scene__begin(&scene, true, false);
		task__switch(&task, 200, 0);
		task.rec.IN_THREAD = cases[i].thread;
		task.rec.IN_PROCESS = cases[i].process;
		for (n = 0; n < cases[i].thread; n++)
			task__sample(&task, D_SWITCH_THREAD, cases[i].thread_ns);
		for (n = 0; n < cases[i].process; n++)
			task__sample(&task, D_SWITCH_PROCESS, 2000);
		task__read(&task, scene.model);
		scene__take(&scene);
		text = scene__show(&scene, &view_text, &wide);
		if (cases[i].says)
			check_has(text, cases[i].says);
		else
			check_has_not(text, "a process switch costs");
		free(text);
		scene__release(&scene);
	}
}

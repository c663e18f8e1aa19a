/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Births, ends and crashes in a summary, as text and as JSON. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/js.h"
#include "make_lifecycle.h"
#include "make_summary.h"
#include "unit.h"

#define CREATOR 101

static const struct view_options options = { .rows = 20, .first = true };

static struct scene scene;
static struct story births;
static struct story *const story = &births;

static void begin(void)
{
	struct process_tracker_config config = { .window_ns = STORY_WINDOW_NS,
						 .kernel_name = story__kernel_name };
	struct task task = task__make(CREATOR, CREATOR, CREATOR);

	scene__begin(&scene, false, true);
	cr_assert_eq(model__track_processes(scene.model, &config), 0);
	story__begin(story, model__apply_lifecycle, scene.model);
	story__census(story, 1, 0, "init");
	story__census(story, CREATOR, 1, "creator");
	task__read(&task, scene.model);
}

static void end(void)
{
	scene__release(&scene);
	story__end(story);
}

TestSuite(view_lifecycle, .init = begin, .fini = end);

static void take(void)
{
	process_tracker__advance(scene.model->tracker, story->now_ns, true);
	scene__take(&scene);
}

static json_t *show(void)
{
	char *text = scene__show(&scene, &view_json, &options);
	json_t *root = js__parse(text);

	free(text);
	return root;
}

static void check_text(const char *what, bool is_there)
{
	char *text = scene__show(&scene, &view_text, &options);

	cr_expect_eq(strstr(text, what) != NULL, is_there, "\"%s\" is %sthere in:\n%s", what,
		     is_there ? "not " : "", text);
	free(text);
}

static void crash(__u32 pid, __u32 orphans)
{
	__u32 i;

	story__fork(story, CREATOR, pid);
	for (i = 1; i <= orphans; i++)
		story__fork(story, pid, pid + i);
	story__fault(story, pid, SIGSEGV, SEGV_MAPERR);
	story__die(story, pid, SIGSEGV);
}

/* ---- births ---- */

static void create(void)
{
	story->copy_ns = 16384;
	story->exec_ns = 262144;
	story->rss = 1 << 20;
	story__fork(story, CREATOR, 200);
	story->copy_ns *= 32;
	story->rss *= 32;
	story->namespaces = 1;
	story__fork(story, CREATOR, 201);
	story__return(story, CREATOR, SPAWN_PROCESS, 2048, 0);
	story__return(story, CREATOR, SPAWN_PROCESS, 0, EAGAIN);
	story__return(story, CREATOR, SPAWN_PROCESS, 0, 4095);
	story__exec(story, 201, "ls");
}

Test(view_lifecycle, births_are_told_by_kind)
{
	static const char *const phases[] = { "copy_ns", "return_ns", "start_ns", "exec_ns",
					      "life_ns" };
	json_t *root, *spawns, *fork;
	size_t i;

	create();
	take();
	root = show();
	spawns = js__at(root, "spawns");
	fork = js__at(spawns, "process");
	for (i = 0; i < SPAWN_KINDS; i++)
		js__u64(js__at(spawns, spawn_names[i]), "count");
	for (i = 0; i < ARRAY_SIZE(phases); i++)
		js__u64(js__at(fork, phases[i]), "count");
	SAME(js__u64(fork, "count"), 2);
	SAME(js__u64(fork, "failed"), 2);
	SAME(js__u64(fork, "errors.EAGAIN"), 1);
	SAME(js__u64(fork, "errors.other"), 1);
	SAME(js__u64(fork, "namespaces"), 1);
	SAME(js__u64(fork, "copy_ns.max"), 524288);
	SAME(js__u64(fork, "return_ns.sum"), 2048);
	SAME(js__u64(fork, "exec_ns.sum"), 262144);
	SAME(js__u64(spawns, "execs.count"), 1);
	SAME(js__u64(spawns, "execs.exec_ns.sum"), 262144);
	cr_expect_eq(json_real_value(js__at(spawns, "fork_ns_per_mib")), 16384);
	json_decref(root);
	check_text("  CREATED ", true);
	check_text("borrows it until exec", false);
	check_text("1 program executed; a fork takes 16.4us more for each MiB", true);
	check_text("PID CREATOR", true); /* two, and two that failed */
}

Test(view_lifecycle, births_are_told_of_who_created)
{
	json_t *root, *processes;

	create();
	take();
	root = show();
	processes = js__at(root, "processes");
	SAME(js__u64(js__one(processes, "pid", CREATOR), "spawns.process.count"), 2);
	cr_expect_null(js__find(js__one(processes, "pid", 200), "spawns"));
	json_decref(root);
}

Test(view_lifecycle, phase_that_is_not_hooked_is_null)
{
	json_t *root;

	create();
	take();
	summary__unavailable(&scene.summary, "copy_ns", "no hook");
	summary__unavailable(&scene.summary, "exec_ns", "no hook");
	summary__unavailable(&scene.summary, "failed", "no hook");
	root = show();
	cr_expect(json_is_null(js__at(root, "spawns.process.copy_ns")));
	cr_expect(json_is_null(js__at(root, "spawns.process.exec_ns")));
	cr_expect(json_is_null(js__at(root, "spawns.process.failed")));
	cr_expect(json_is_null(js__at(root, "spawns.execs.exec_ns")));
	SAME(js__u64(root, "spawns.process.return_ns.count"), 1);
	json_decref(root);
	check_text("n/a: copy_ns: no hook", true);
}

Test(view_lifecycle, slope_without_sizes_is_null)
{
	json_t *root;

	story__fork(story, CREATOR, 200);
	take();
	root = show();
	cr_expect(json_is_null(js__at(root, "spawns.fork_ns_per_mib")));
	json_decref(root);
	check_text("a fork takes", false);
}

Test(view_lifecycle, nothing_born_and_nothing_dead_is_no_section)
{
	json_t *root;

	take();
	check_text("CREATED", false);
	check_text("ENDED", false);
	check_text("CRASHED", false);
	root = show();
	SAME(js__u64(root, "ends.crash"), 0);
	SAME(json_array_size(js__at(root, "crashes")), 0);
	json_decref(root);
}

/* ---- ends ---- */

Test(view_lifecycle, ends_are_told_by_class)
{
	json_t *root;

	story__fork(story, CREATOR, 200);
	story__fork(story, CREATOR, 201);
	story__die(story, 200, EXIT_CODE(0));
	story__signal(story, 0, 201, SIGKILL, SIGNAL_DEFAULT);
	story__oom(story, 201, SIGKILL);
	crash(300, 2);
	take();
	root = show();
	SAME(js__u64(root, "ends.clean"), 1);
	SAME(js__u64(root, "ends.failed"), 0);
	SAME(js__u64(root, "ends.crash"), 1);
	SAME(js__u64(root, "ends.killed"), 0);
	SAME(js__u64(root, "ends.oom"), 1);
	SAME_TEXT(js__str(js__one(js__at(root, "processes"), "pid", 200), "end.class"), "clean");
	cr_expect_null(js__find(js__one(js__at(root, "processes"), "pid", CREATOR), "end"));
	SAME(js__u64(json_array_get(js__at(root, "crashes"), 0), "fan_out"), 2);
	json_decref(root);
	check_text("  ENDED  3 processes: 1 clean, 0 failed, 1 crash, 0 killed, 1 oom\n", true);
}

/* ---- crashes ---- */

Test(view_lifecycle, worst_crashes_come_first_and_the_rest_is_counted)
{
	__u32 i;

	for (i = 0; i < 25; i++)
		crash(1000 + 30 * i, i);
	take();
	check_text("1720 creator", true);
	check_text("; took 0 down, orphaned 24\n", true);
	check_text("... and 20 more, with less fan-out", true);
	scene.summary.crashes_left_out = 3;
	check_text("... and 23 more, with less fan-out", true);
}

static void crash_named(__u32 pid, const char *name)
{
	story__fork(story, CREATOR, pid);
	story__exec(story, pid, name);
	story__fault(story, pid, SIGSEGV, SEGV_MAPERR);
	story__die(story, pid, SIGSEGV);
}

Test(view_lifecycle, names_do_nothing_but_be_read)
{
	char *text, expected[UTF8_COMM];
	json_t *root, *crashes;
	size_t i;

	for (i = 0; hostile_names[i]; i++)
		crash_named(1000 + (__u32)i, hostile_names[i]);
	take();
	text = scene__show(&scene, &view_json, &options);
	cr_expect_not(has_control_characters(text), "in:\n%s", text);
	root = js__parse(text);
	crashes = js__at(root, "crashes");
	cr_assert_eq(json_array_size(crashes), i);
	for (i = 0; hostile_names[i]; i++) {
		utf8__from_bytes(expected, sizeof(expected), hostile_names[i],
				 strlen(hostile_names[i]));
		SAME_TEXT(js__str(js__one(crashes, "pid", 1000 + i), "comm"), expected);
	}
	json_decref(root);
	free(text);
}

/* In a line of its own, whatever its name. */
Test(view_lifecycle, names_do_nothing_in_text_either)
{
	const struct view_options many = { .rows = 100, .first = true };
	char *text, line[64];
	size_t i;

	for (i = 0; hostile_names[i]; i++)
		crash_named(1000 + (__u32)i, hostile_names[i]);
	take();
	text = scene__show(&scene, &view_text, &many);
	cr_expect_not(has_control_characters(text), "in:\n%s", text);
	for (i = 0; hostile_names[i]; i++) {
		const char *at, *end;

		snprintf(line, sizeof(line), "    %zu ", 1000 + i);
		at = strstr(text, "CRASHED");
		cr_assert_not_null(at);
		at = strstr(at, line);
		cr_assert_not_null(at, "no line of process %zu in:\n%s", 1000 + i, text);
		end = strchr(at, '\n');
		cr_expect(!strncmp(end - strlen("SIGSEGV"), "SIGSEGV", strlen("SIGSEGV")), "%.*s",
			  (int)(end - at), at);
	}
	free(text);
}

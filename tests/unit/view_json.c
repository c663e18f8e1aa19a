/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names in the JSON are a contract: other programs parse them. */
#include <stdlib.h>
#include <string.h>

#include "../lib/js.h"
#include "make_summary.h"
#include "unit.h"

static const struct view_options options = { .rows = 1, .first = true };

static json_t *show(const struct scene *scene)
{
	char *text = scene__show(scene, &view_json, &options);
	json_t *root = js__parse(text);

	free(text);
	return root;
}

static void check_dist(json_t *row, const char *path)
{
	static const char *const parts[] = { "count", "sum", "p50", "p90", "p99", "max" };
	json_t *dist = js__at(row, path);
	size_t i;

	cr_assert_eq(json_object_size(dist), ARRAY_SIZE(parts), "%s", path);
	for (i = 0; i < ARRAY_SIZE(parts); i++)
		js__u64(dist, parts[i]);
	cr_expect_leq(js__u64(dist, "p50"), js__u64(dist, "p90"), "%s", path);
	cr_expect_leq(js__u64(dist, "p90"), js__u64(dist, "p99"), "%s", path);
	cr_expect_leq(js__u64(dist, "p99"), js__u64(dist, "max"), "%s", path);
}

static void check_row(json_t *row)
{
	static const char *const numbers[] = {
		"switches",
		"voluntary",
		"involuntary",
		"in.thread",
		"in.process",
		"in.resume",
		"in.kernel",
		"in.idle",
		"mm_switches",
		"mm_switches_flushed",
		"tlb_shootdowns_sent",
		"tlb_shootdowns_received",
		"oncpu_ns",
		"migrations",
	};
	static const char *const dists[] = {
		"pick_ns",	    "runq_ns",
		"switch_ns.thread", "switch_ns.process",
		"switch_ns.resume", "switch_ns.kernel",
		"switch_ns.idle",   "offcpu_ns.sleep",
		"offcpu_ns.disk",   "offcpu_ns.preempted",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		js__u64(row, numbers[i]);
	for (i = 0; i < ARRAY_SIZE(dists); i++)
		check_dist(row, dists[i]);
	SAME(js__u64(row, "switches"), js__u64(row, "voluntary") + js__u64(row, "involuntary"));
	SAME(js__u64(row, "mm_switches"), js__u64(row, "in.process"));
}

Test(view_json, has_what_the_contract_names)
{
	static const char *const numbers[] = {
		"cpus",
		"duration_ns",
		"proof.switches_seen",
		"proof.switches_kernel",
		"lost.events",
		"lost.tasks",
		"lost.stacks",
		"lost.edges",
		"self.bpf_ns",
		"self.bpf_ns_per_switch",
		"self.cpu_ns",
		"self.rss_bytes",
	};
	struct scene scene;
	json_t *root;
	size_t i;

	scene__make(&scene, 3, true, true);
	root = show(&scene);
	SAME_TEXT(js__str(root, "schema"), "tasktoll.stat/1");
	SAME_TEXT(js__str(root, "host"), "host");
	SAME_TEXT(js__str(root, "kernel"), "6.18.0");
	SAME_TEXT(js__str(root, "boot_id"), "01234567-89ab-cdef-0123-456789abcdef");
	SAME_TEXT(js__str(root, "start"), "2026-11-22T12:00:00.123456789Z");
	SAME_TEXT(js__str(root, "target"), "the whole machine");
	SAME_TEXT(js__str(root, "cost_source"), "tracepoint");
	cr_expect(js__bool(root, "complete"));
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		js__u64(root, numbers[i]);
	cr_expect(json_is_object(js__at(root, "unavailable")));
	check_row(js__at(root, "system"));
	SAME(js__u64(root, "duration_ns"), 2000000000);
	SAME(js__u64(root, "proof.switches_seen"), 10000);
	SAME(js__u64(root, "self.bpf_ns_per_switch"), 250);
	json_decref(root);
	scene__release(&scene);
}

Test(view_json, processes_and_threads_have_a_row_each)
{
	json_t *root, *array, *process, *thread;
	struct scene scene;
	size_t i, k;

	scene__make(&scene, 5, true, false);
	root = show(&scene);
	array = js__at(root, "processes");
	cr_assert_eq(json_array_size(array), 5, "json holds all, whatever the rows of text are");
	json_array_foreach(array, i, process) {
		__u64 switches = 0;

		SAME(js__u64(process, "pid"), 101 + i);
		SAME(js__u64(process, "start_ns"), birth_of(101 + (__u32)i));
		SAME(js__u64(process, "ppid"), 1);
		SAME_TEXT(js__str(process, "comm"), i ? "worker" : "leader");
		check_row(process);
		SAME(json_array_size(js__at(process, "threads")), i ? 1 : 3);
		json_array_foreach(js__at(process, "threads"), k, thread) {
			js__u64(thread, "tid");
			js__str(thread, "comm");
			check_row(thread);
			switches += js__u64(thread, "switches");
		}
		SAME(switches, js__u64(process, "switches"));
	}
	json_decref(root);
	scene__release(&scene);
}

Test(view_json, threads_are_there_only_if_asked_for)
{
	struct scene scene;
	json_t *root;

	scene__make(&scene, 1, false, false);
	root = show(&scene);
	cr_expect_null(js__find(json_array_get(js__at(root, "processes"), 0), "threads"));
	json_decref(root);
	scene__release(&scene);
}

Test(view_json, what_is_not_available_is_null_with_its_reason)
{
	struct scene scene;
	json_t *root, *system;

	scene__make(&scene, 1, false, false);
	summary__unavailable(&scene.summary, "switch_ns", "no hook");
	summary__unavailable(&scene.summary, "pick_ns", "too old");
	summary__unavailable(&scene.summary, "tlb_shootdowns_sent", "not an x86 kernel");
	scene.summary.cost_source = COST_NONE;
	scene.summary.self.known = false;
	root = show(&scene);
	system = js__at(root, "system");
	cr_expect(json_is_null(js__at(system, "pick_ns")));
	cr_expect(json_is_null(js__at(system, "switch_ns.thread")));
	cr_expect(json_is_null(js__at(system, "switch_ns.idle")));
	cr_expect(json_is_null(js__at(system, "tlb_shootdowns_sent")));
	cr_expect(json_is_null(js__at(root, "self.bpf_ns")));
	check_dist(system, "runq_ns");
	SAME(js__u64(system, "tlb_shootdowns_received"), 4);
	SAME_TEXT(js__str(root, "unavailable.switch_ns"), "no hook");
	SAME_TEXT(js__str(root, "unavailable.pick_ns"), "too old");
	SAME_TEXT(js__str(root, "cost_source"), "none");
	json_decref(root);
	scene__release(&scene);
}

Test(view_json, losses_are_told)
{
	struct scene scene;
	json_t *root;

	scene__make(&scene, 1, false, false);
	scene.summary.complete = false;
	scene.summary.lost.events = 1;
	scene.summary.lost.tasks = 2;
	scene.summary.lost.stacks = 3;
	scene.summary.lost.edges = 4;
	root = show(&scene);
	cr_expect_not(js__bool(root, "complete"));
	SAME(js__u64(root, "lost.events"), 1);
	SAME(js__u64(root, "lost.tasks"), 2);
	SAME(js__u64(root, "lost.stacks"), 3);
	SAME(js__u64(root, "lost.edges"), 4);
	json_decref(root);
	scene__release(&scene);
}

Test(view_json, is_one_line_for_each_summary)
{
	struct scene scene;
	char *text;

	scene__make(&scene, 3, true, true);
	text = scene__show(&scene, &view_json, &options);
	cr_expect_eq(strchr(text, '\n'), text + strlen(text) - 1);
	free(text);
	scene__release(&scene);
}

Test(view_json, any_name_is_kept_as_text)
{
	const char *const *name;

	for (name = hostile_names; *name; name++) {
		char expected[UTF8_COMM];
		struct scene scene;
		json_t *root;

		utf8__from_bytes(expected, sizeof(expected), *name, strlen(*name));
		scene__make_named(&scene, *name);
		root = show(&scene);
		SAME_TEXT(js__str(json_array_get(js__at(root, "processes"), 0), "comm"), expected);
		json_decref(root);
		scene__release(&scene);
	}
}

/* Not as bytes, that is: as \u001b they are harmless. */
Test(view_json, control_characters_in_names_do_not_reach_a_terminal)
{
	const char *const *name;

	for (name = hostile_names; *name; name++) {
		struct scene scene;
		char *text;

		scene__make_named(&scene, *name);
		strcpy(scene.summary.target, "program \x7f\xc2\x9b[31m");
		text = scene__show(&scene, &view_json, &options);
		cr_expect_not(has_control_characters(text), "with name %td of the list",
			      name - hostile_names);
		free(text);
		scene__release(&scene);
	}
}

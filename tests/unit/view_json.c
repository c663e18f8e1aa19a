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

static void check_dist(json_t *row, const char *path, const struct dist *expected, int which)
{
	json_t *dist = js__at(row, path);

	cr_assert_eq(json_object_size(dist), 7, "%s", path);
	if (!expected->count) {
		cr_expect(json_is_null(js__at(dist, "min")), "%s", path);
		cr_expect(json_is_null(js__at(dist, "p50")), "%s", path);
		cr_expect(json_is_null(js__at(dist, "p90")), "%s", path);
		cr_expect(json_is_null(js__at(dist, "p99")), "%s", path);
		return;
	}
	SAME(js__u64(dist, "min"), expected->min);
	SAME(js__u64(dist, "count"), expected->count);
	SAME(js__u64(dist, "sum"), expected->sum);
	SAME(js__u64(dist, "p50"), dist__percentile(expected, which, 0.5));
	SAME(js__u64(dist, "p90"), dist__percentile(expected, which, 0.9));
	SAME(js__u64(dist, "p99"), dist__percentile(expected, which, 0.99));
	SAME(js__u64(dist, "max"), expected->max);
}

static void check_row(json_t *row, const struct row *expected)
{
	static const struct {
		const char *path;
		int counter;
	} numbers[] = {
		{ "voluntary", C_VOLUNTARY },
		{ "involuntary", C_INVOLUNTARY },
		{ "in.thread", C_IN_THREAD },
		{ "in.process", C_IN_PROCESS },
		{ "in.resume", C_IN_RESUME },
		{ "in.kernel", C_IN_KERNEL },
		{ "in.idle", C_IN_IDLE },
		{ "mm_switches", C_IN_PROCESS },
		{ "mm_switches_flushed", C_FLUSHED },
		{ "tlb_shootdowns_sent", C_SHOOT_SENT },
		{ "tlb_shootdowns_received", C_SHOOT_RECV },
		{ "oncpu_ns", C_ONCPU },
		{ "migrations", C_MIGRATIONS },
	};
	static const struct {
		const char *path;
		int dist;
	} dists[] = {
		{ "pick_ns", D_PICK },
		{ "runq_ns", D_RUNQ },
		{ "switch_ns.thread", D_SWITCH_THREAD },
		{ "switch_ns.process", D_SWITCH_PROCESS },
		{ "switch_ns.resume", D_SWITCH_RESUME },
		{ "switch_ns.kernel", D_SWITCH_KERNEL },
		{ "switch_ns.idle", D_SWITCH_IDLE },
		{ "offcpu_ns.sleep", D_OFF_SLEEP },
		{ "offcpu_ns.disk", D_OFF_DISK },
		{ "offcpu_ns.preempted", D_OFF_PREEMPTED },
		{ "offcpu_ns.other", D_OFF_OTHER },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		SAME(js__u64(row, numbers[i].path), expected->n[numbers[i].counter]);
	for (i = 0; i < ARRAY_SIZE(dists); i++)
		check_dist(row, dists[i].path, row__dist(expected, dists[i].dist), dists[i].dist);
	SAME(js__u64(row, "switches"), expected->n[C_VOLUNTARY] + expected->n[C_INVOLUNTARY]);
}

Test(view_json, has_what_the_contract_names)
{
	static const struct {
		const char *path;
		__u64 value;
	} numbers[] = {
		{ "cpus", 2 },
		{ "duration_ns", 2000000000 },
		{ "proof.switches_seen", 10000 },
		{ "proof.switches_kernel", 10000 },
		{ "proof.switches_withheld", 0 },
		{ "lost.events", 0 },
		{ "lost.tasks", 0 },
		{ "lost.stacks", 0 },
		{ "lost.edges", 0 },
		{ "self.bpf_ns", 25000 },
		{ "self.bpf_ns_per_switch", 250 },
		{ "self.cpu_ns", 3000000 },
		{ "self.rss_bytes", 4 << 20 },
		{ "self.kernel_bytes", 16 << 20 },
	};
	struct scene scene;
	json_t *root;
	size_t i;

	scene__make(&scene, 3, true, true);
	root = show(&scene);
	SAME_TEXT(js__str(root, "schema"), "tasktoll.stat/2");
	SAME_TEXT(js__str(root, "host"), "host");
	SAME_TEXT(js__str(root, "kernel"), "6.18.0");
	SAME_TEXT(js__str(root, "boot_id"), "01234567-89ab-cdef-0123-456789abcdef");
	SAME_TEXT(js__str(root, "start"), "2026-11-22T12:00:00.123456789Z");
	SAME_TEXT(js__str(root, "target"), "the whole machine");
	SAME_TEXT(js__str(root, "cost_source"), "tracepoint");
	cr_expect(js__bool(root, "complete"));
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		SAME(js__u64(root, numbers[i].path), numbers[i].value);
	cr_expect(json_is_object(js__at(root, "unavailable")));
	check_row(js__at(root, "system"), scene.summary.system);
	check_row(js__at(root, "idle"), scene.summary.idle);
	json_decref(root);
	scene__release(&scene);
}

static const struct thread *find_thread(const struct process *process, __u32 tid)
{
	const struct thread *thread = process->threads;

	while (thread && thread->tid != tid)
		thread = thread->next;
	cr_assert_not_null(thread, "there is no thread %u", tid);
	return thread;
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
		check_row(process, &scene.summary.processes[i]->row);
		SAME(json_array_size(js__at(process, "threads")), i ? 1 : 3);
		json_array_foreach(js__at(process, "threads"), k, thread) {
			const struct thread *made = find_thread(scene.summary.processes[i],
								(__u32)js__u64(thread, "tid"));

			SAME_TEXT(js__str(thread, "comm"), made->comm);
			check_row(thread, &made->row);
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
	check_dist(system, "runq_ns", row__dist(scene.summary.system, D_RUNQ), D_RUNQ);
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

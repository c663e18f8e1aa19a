/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups are the sums of their processes, and all groups the sum of all. */
#include "model/machine/group.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/js.h"
#include "make_rich.h"
#include "make_summary.h"
#include "unit.h"

static void check_same_row(const struct row *a, const struct row *b)
{
	int i;

	for (i = 0; i < ROW_COUNTERS; i++)
		SAME(a->n[i], b->n[i]);
	for (i = 0; i < ROW_DISTS; i++) {
		SAME(row__dist(a, i)->count, row__dist(b, i)->count);
		SAME(row__dist(a, i)->sum, row__dist(b, i)->sum);
		SAME(row__dist(a, i)->max, row__dist(b, i)->max);
	}
}

static void sum_up(const struct groups *groups, const struct summary *summary)
{
	struct row of_groups = { 0 }, of_processes = { 0 };
	__u64 processes = 0;
	size_t i;

	for (i = 0; i < groups->count; i++) {
		cr_assert_eq(row__add(&of_groups, &groups->sorted[i]->row), 0);
		processes += groups->sorted[i]->processes;
	}
	for (i = 0; i < summary->process_count; i++)
		cr_assert_eq(row__add(&of_processes, &summary->processes[i]->row), 0);
	if (summary->folded_processes)
		cr_assert_eq(row__add(&of_processes, summary->folded), 0);
	SAME(processes, summary->process_count + summary->folded_processes);
	check_same_row(&of_groups, &of_processes);
	row__clear(&of_groups);
	row__clear(&of_processes);
}

Test(group, all_groups_are_all_processes_whatever_by)
{
	struct rich rich;
	int by;

	rich__make(&rich, false);
	for (by = BY_COMM; by < GROUPINGS; by++) {
		struct groups groups;

		cr_assert_eq(groups__make(&groups, &rich.scene.summary, (enum group_by)by), 0);
		sum_up(&groups, &rich.scene.summary);
		groups__free(&groups);
	}
	rich__release(&rich);
}

Test(group, by_what_they_are_called_and_who_is_not_known_is_unknown)
{
	struct scene scene;
	struct groups groups;
	struct process *process;

	scene__make(&scene, 4, false, false);
	cr_assert_eq(groups__make(&groups, &scene.summary, BY_COMM), 0);
	cr_assert_gt(groups.count, 0);
	groups__free(&groups);
	process = model__find_process(scene.model, scene.summary.processes[0]->key.pid,
				      scene.summary.processes[0]->key.start_ns);
	process->user = strdup("alice");
	process->cgroup = strdup("a.service");
	cr_assert_eq(groups__make(&groups, &scene.summary, BY_USER), 0);
	SAME(groups.count, 2);
	/* sorted as the summary: the first has fewer switches than the three others */
	SAME_TEXT(groups.sorted[0]->name, GROUP_UNKNOWN);
	SAME(groups.sorted[0]->processes, 3);
	SAME_TEXT(groups.sorted[1]->name, "alice");
	check_same_row(&groups.sorted[1]->row, &process->row);
	groups__free(&groups);
	scene__release(&scene);
}

Test(group, every_format_has_them)
{
	static const struct view_options options = { .rows = 20, .first = true };
	struct scene scene;
	struct groups groups;
	char *text;
	json_t *root, *group;

	scene__make_named(&scene, "tame");
	cr_assert_eq(groups__make(&groups, &scene.summary, BY_COMM), 0);
	scene.summary.groups = &groups;
	text = scene__show(&scene, &view_text, &options);
	cr_expect_not_null(strstr(text, "\n   PROCS COMMAND"), "%s", text);
	cr_expect_not_null(strstr(text, "\n       1 tame "), "%s", text);
	cr_expect_null(strstr(text, "PID"), "%s", text);
	free(text);
	text = scene__show(&scene, &view_json, &options);
	root = js__parse(text);
	group = json_array_get(js__at(root, "groups"), 0);
	SAME_TEXT(js__str(group, "by"), "comm");
	SAME_TEXT(js__str(group, "name"), "tame");
	SAME(js__u64(group, "processes"), 1);
	SAME(js__u64(group, "switches"), 50);
	json_decref(root);
	free(text);
	text = scene__show(&scene, &view_csv, &options);
	cr_expect_not_null(strstr(text, ",group,,,,,tame,50,"), "%s", text);
	free(text);
	groups__free(&groups);
	scene__release(&scene);
}

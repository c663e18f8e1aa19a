/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --by: groups add up to what their processes are, live. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "../lib/cgroup.h"
#include "../lib/js.h"
#include "../lib/tt.h"

static void fini(void)
{
	cgroup__remove();
	tt__cleanup();
}

TestSuite(groups, .init = tt__require_live, .fini = fini);

static json_t *find(json_t *groups, const char *name)
{
	json_t *group;
	size_t i;

	json_array_foreach(groups, i, group) {
		if (!strcmp(js__str(group, "name"), name))
			return group;
	}
	return NULL;
}

static void check_adds_up(json_t *stat)
{
	json_t *groups = js__at(stat, "groups"), *processes = js__at(stat, "processes");

	cr_expect_eq(js__sum(groups, "processes"), json_array_size(processes));
	cr_expect_eq(js__sum(groups, "switches"), js__sum(processes, "switches"));
	cr_expect_eq(js__sum(groups, "oncpu_ns"), js__sum(processes, "oncpu_ns"));
	cr_expect_eq(js__sum(groups, "runq_ns.count"), js__sum(processes, "runq_ns.count"));
}

Test(groups, of_a_program_by_its_parent_and_name)
{
	static const char *const by[] = { "comm", "parent" };
	size_t i;

	for (i = 0; i < 2; i++) {
		json_t *stat = tt__stat(ARGS("--by", by[i], "--", "sh", "-c",
					     "sleep 0.01; sleep 0.01; sleep 0.01; true"));

		check_adds_up(stat);
		if (!i)
			cr_expect_eq(js__u64(find(js__at(stat, "groups"), "sleep"), "processes"),
				     3);
		json_decref(stat);
	}
}

/* Who lives through the run is known by user and by cgroup. */
Test(groups, of_a_process_in_a_cgroup)
{
	const char *group = cgroup__make();
	struct proc load;
	json_t *facts, *stat, *row;
	char pid[16];

	if (!group)
		cr_skip_test("no cgroup hierarchy lets us");
	facts = tt__load_start(&load, ARGS("sleeper", "60"), false);
	snprintf(pid, sizeof(pid), "%d", js__pid(facts, "pid"));
	cr_assert(cgroup__move(group, js__pid(facts, "pid")));
	stat = tt__stat(ARGS("--by", "cgroup", "-p", pid, "-d", "300ms"));
	check_adds_up(stat);
	row = json_array_get(js__at(stat, "groups"), 0);
	cr_expect_not_null(strstr(group, js__str(row, "name")), "%s of %s", js__str(row, "name"),
			   group);
	json_decref(stat);
	stat = tt__stat(ARGS("--by", "user", "-p", pid, "-d", "300ms"));
	check_adds_up(stat);
	row = json_array_get(js__at(stat, "groups"), 0);
	cr_expect_str_eq(js__str(row, "name"), "root");
	json_decref(stat);
	json_decref(facts);
	proc__kill(&load);
}

#define SHORT 97 /* processes that end at once */

/*
 * Who has ended before anybody looked is in the group that it ended in: the shell moves into it by
 * itself, so its children have never been elsewhere.
 */
Test(groups, of_processes_that_end_at_once)
{
	const char *group = cgroup__make();
	char script[512];
	json_t *stat, *row;

	if (!group)
		cr_skip_test("no cgroup hierarchy lets us");
	snprintf(script, sizeof(script),
		 "echo $$ >%s/cgroup.procs; for i in $(seq %d); do %s & done; wait", group, SHORT,
		 "/bin/true");
	stat = tt__stat(ARGS("--by", "cgroup", "--", "sh", "-c", script));
	check_adds_up(stat);
	row = find(js__at(stat, "groups"), strrchr(group, '/'));
	cr_assert_not_null(row);
	cr_expect_eq(js__u64(row, "processes"), SHORT + 2); /* the shell, and seq */
	json_decref(stat);
	stat = tt__stat(ARGS("--by", "user", "--", "sh", "-c", script));
	check_adds_up(stat);
	cr_expect_null(find(js__at(stat, "groups"), "unknown"));
	json_decref(stat);
}

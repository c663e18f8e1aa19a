/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is traced, when what is traced runs already and grows under the tracer: exact sets. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>

#include "../lib/cgroup.h"
#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"

static struct proc family, tracer;
static json_t *born; /* who the load says is there at first */

static void require_and_start(void)
{
	tt__require_live();
	born = tt__load_start(&family, ARGS("family"), true);
}

static void stop(void)
{
	if (tracer.pid)
		proc__kill(&tracer);
	if (family.pid)
		proc__kill(&family);
	json_decref(born);
	cgroup__remove();
	tt__cleanup();
}

TestSuite(attach, .init = require_and_start, .fini = stop);

static const char *text_of(pid_t pid)
{
	static char texts[4][16];
	static unsigned int next;
	char *text = texts[next++ % 4];

	snprintf(text, sizeof(texts[0]), "%d", pid);
	return text;
}

static void wait_for_lines(unsigned int n)
{
	struct run run;
	char *line = proc__line(&tracer, n - 1);

	if (!line) {
		proc__finish(&tracer, &run);
		tracer.pid = 0;
		cr_assert(false, "ended with %d: %s", run.status, run.err);
	}
	free(line);
}

static json_t *stop_tracer(void)
{
	struct run run;
	json_t *lines;

	proc__signal(&tracer, SIGINT);
	proc__finish(&tracer, &run);
	tracer.pid = 0;
	tt__expect_success(&run);
	lines = js__parse_lines(run.out);
	run__free(&run);
	return lines;
}

/*
 * Traces with intervals, because the first summary is the sign that the probes
 * are there; then lets the family grow, and stops when it was seen for a while.
 * Returns what the load says of itself at the end.
 */
static json_t *trace_growth(const char *option, const char *value, const char *more,
			    json_t **ret_processes)
{
	json_t *facts, *lines;
	char *text;

	tt__start(&tracer,
		  ARGS("stat", "--format", "json", "--threads", "-i", "100ms", option, value, more),
		  NULL);
	wait_for_lines(1);
	proc__say(&family, "grow");
	text = proc__line(&family, 1);
	cr_assert(text);
	facts = js__parse(text);
	free(text);
	wait_for_lines(8);
	lines = stop_tracer();
	check__intervals(lines, true);
	*ret_processes = check__all_processes(lines);
	json_decref(lines);
	return facts;
}

static json_t *all_threads(json_t *processes)
{
	json_t *threads = json_array(), *row;
	size_t i;

	json_array_foreach(processes, i, row)
		json_array_extend(threads, js__at(row, "threads"));
	return threads;
}

static void expect_set(json_t *rows, json_t *members, const char *name)
{
	char *seen = check__set(rows, name), *expected = check__set(members, name);

	cr_expect_str_eq(seen, expected, "%ss seen: %s; there are: %s", name, seen, expected);
	free(seen);
	free(expected);
}

static void expect_members(json_t *processes, json_t *members)
{
	json_t *threads = all_threads(processes);

	expect_set(processes, members, "pid");
	expect_set(threads, members, "tid");
	json_decref(threads);
}

/* The members that a test is about: those of a process, or of a name. */
static json_t *only(json_t *members, pid_t pid, const char *comm_start)
{
	json_t *chosen = json_array(), *member;
	size_t i;

	json_array_foreach(members, i, member)
		if ((pid && js__pid(member, "pid") == pid) ||
		    (comm_start &&
		     !strncmp(js__str(member, "comm"), comm_start, strlen(comm_start))))
			json_array_append(chosen, member);
	return chosen;
}

Test(attach, pid_with_its_descendants)
{
	json_t *processes, *facts;

	facts = trace_growth("-p", text_of(js__pid(born, "root")), NULL, &processes);
	expect_members(processes, js__at(facts, "family"));
	json_decref(facts);
	json_decref(processes);
}

Test(attach, two_pids)
{
	char pids[40];
	json_t *processes, *facts, *both;

	snprintf(pids, sizeof(pids), "%d,%d", js__pid(born, "root"), js__pid(born, "stranger"));
	facts = trace_growth("--pid", pids, NULL, &processes);
	both = js__at(facts, "family");
	json_array_extend(both, js__at(facts, "strangers"));
	expect_members(processes, both);
	json_decref(facts);
	json_decref(processes);
}

Test(attach, no_children)
{
	json_t *processes, *facts, *own;

	facts = trace_growth("-p", text_of(js__pid(born, "root")), "--no-children", &processes);
	own = only(js__at(facts, "family"), js__pid(born, "root"), NULL);
	cr_assert_eq(json_array_size(own), 5);
	expect_members(processes, own);
	json_decref(own);
	json_decref(facts);
	json_decref(processes);
}

Test(attach, one_thread)
{
	json_t *processes, *facts, *member = NULL, *own = json_array();
	size_t i;

	json_array_foreach(js__at(born, "family"), i, member)
		if (js__pid(member, "tid") != js__pid(member, "pid"))
			break;
	json_array_append(own, member);
	facts = trace_growth("-t", text_of(js__pid(member, "tid")), NULL, &processes);
	expect_members(processes, own);
	json_decref(own);
	json_decref(facts);
	json_decref(processes);
}

/* Tasks come into this target when they take the name: those of the strangers as well. */
Test(attach, name)
{
	json_t *processes, *facts, *own, *strangers;
	char glob[32];

	snprintf(glob, sizeof(glob), "kid-*-%d", js__pid(born, "main"));
	facts = trace_growth("-c", glob, NULL, &processes);
	own = only(js__at(facts, "family"), 0, "kid-");
	strangers = only(js__at(facts, "strangers"), 0, "kid-");
	json_array_extend(own, strangers);
	cr_assert_eq(json_array_size(own), 10);
	expect_members(processes, own);
	json_decref(strangers);
	json_decref(own);
	json_decref(facts);
	json_decref(processes);
}

static void no_cgroup(void)
{
	const char *required = getenv("TASKTOLL_REQUIRE_LIVE");

	cr_assert(!required || strcmp(required, "1"), "no control group (version 2) to be had");
	cr_skip_test("no control group (version 2) to be had");
}

/* The family in the group, the strangers in one below it, their common parent outside. */
Test(attach, control_group)
{
	json_t *processes, *facts, *members, *member;
	const char *group = cgroup__make(), *below;
	size_t i;

	if (!group)
		no_cgroup();
	below = cgroup__make_below();
	cr_assert(below);
	json_array_foreach(js__at(born, "family"), i, member)
		cr_assert(cgroup__move(group, js__pid(member, "pid")));
	json_array_foreach(js__at(born, "strangers"), i, member)
		cr_assert(cgroup__move(below, js__pid(member, "pid")));
	facts = trace_growth("-G", group, NULL, &processes);
	members = js__at(facts, "family");
	json_array_extend(members, js__at(facts, "strangers"));
	expect_members(processes, members);
	json_decref(facts);
	json_decref(processes);
}

/* The end of what is traced is no reason to fail, or to forget it. */
Test(attach, process_that_ends_during_the_run)
{
	json_t *facts, *lines, *processes, *members;
	struct proc sleeper;

	facts = tt__load_start(&sleeper, ARGS("sleeper", "60"), false);
	tt__start(&tracer,
		  ARGS("stat", "--format", "json", "-i", "100ms", "-p",
		       text_of(js__pid(facts, "pid"))),
		  NULL);
	wait_for_lines(1);
	proc__kill(&sleeper); /* the tracer may end by itself when nobody is left */
	lines = stop_tracer();
	check__intervals(lines, true);
	processes = check__all_processes(lines);
	members = json_pack("[O]", facts);
	expect_set(processes, members, "pid");
	cr_expect(js__bool(json_array_get(processes, json_array_size(processes) - 1), "ended"));
	json_decref(members);
	json_decref(processes);
	json_decref(lines);
	json_decref(facts);
}

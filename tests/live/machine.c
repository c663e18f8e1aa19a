/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole machine, busy and with tasks that come and go all the time. */
#include <criterion/criterion.h>
#include <signal.h>

#include "../lib/check.h"
#include "../lib/csv.h"
#include "../lib/js.h"
#include "../lib/tt.h"

static struct proc load;

static void start_load(void)
{
	tt__require_live();
	proc__start(&load, ARGS(tt__load("mixed"), "120"), NULL);
}

/* Killed, and its children with it: they die with their parent. */
static void stop_load(void)
{
	if (load.pid)
		proc__kill(&load);
	tt__cleanup();
}

TestSuite(machine, .init = start_load, .fini = stop_load);

static void check_machine(json_t *stat)
{
	json_t *system = js__at(stat, "system");

	check__complete(stat);
	check__sane(stat);
	cr_expect_gt(js__u64(system, "switches"), 1000);
	cr_expect_gt(js__u64(stat, "proof.switches_seen"), 1000);
}

Test(machine, complete_under_a_mixed_load)
{
	json_t *stat = tt__stat(ARGS("-d", "2"));

	check_machine(stat);
	check__kinds(js__at(stat, "system"));
	cr_expect_gt(js__u64(stat, "system.in.idle") + js__u64(stat, "system.in.thread"), 0);
	js__one(js__at(stat, "processes"), "pid", (uint64_t)load.pid);
	json_decref(stat);
}

Test(machine, complete_with_a_row_per_thread)
{
	json_t *stat = tt__stat(ARGS("-d", "1", "--threads"));

	check_machine(stat);
	json_decref(stat);
}

/*
 * A target adds up to the machine's row; the machine has, on top of its processes,
 * its idle account.
 */
Test(machine, processes_add_up_to_the_machine)
{
	json_t *stat = tt__stat(ARGS("-d", "1"));
	uint64_t parts = js__sum(js__at(stat, "processes"), "switches");

	cr_expect_leq(parts, js__u64(stat, "system.switches"), "processes %lu, machine %lu", parts,
		      js__u64(stat, "system.switches"));
	cr_expect_eq(js__sum(js__at(stat, "processes"), "in.idle"), 0);
	json_decref(stat);
}

/* Attaching takes its time: who comes and goes meanwhile has no lifetime in the run. */
Test(machine, who_ended_before_the_run_is_not_in_it)
{
	struct proc makers[3];
	json_t *stat;
	size_t i;

	for (i = 0; i < 3; i++)
		proc__start(&makers[i], ARGS("sh", "-c", "while :; do /bin/true; done"), NULL);
	for (i = 0; i < 5; i++) {
		stat = tt__stat(ARGS("-d", "200ms", "--threads"));
		check__complete(stat);
		check__sane(stat);
		json_decref(stat);
	}
	for (i = 0; i < 3; i++)
		proc__kill(&makers[i]);
}

Test(machine, each_interval_is_complete)
{
	json_t *lines = tt__stat_lines(ARGS("-i", "200ms", "-d", "1")), *line;
	uint64_t duration = 0;
	size_t i;

	cr_expect_geq(json_array_size(lines), 4, "%zu intervals", json_array_size(lines));
	check__intervals(lines, false);
	json_array_foreach(lines, i, line) {
		check__kinds(js__at(line, "system"));
		duration += js__u64(line, "duration_ns");
	}
	cr_expect_geq(duration, 900000000, "the intervals make %lu ns of a second", duration);
	json_decref(lines);
}

Test(machine, csv_has_one_shape)
{
	struct run run;
	json_t *rows;

	tt__run(&run, ARGS("stat", "--format", "csv", "-d", "500ms", "--threads"), NULL);
	tt__expect_success(&run);
	rows = csv__parse(run.out);
	cr_expect_gt(json_array_size(rows), 5);
	json_decref(rows);
	run__free(&run);
}

Test(machine, csv_has_its_header_once)
{
	struct run run;
	char *header;
	size_t len;

	tt__run(&run, ARGS("stat", "--format", "csv", "-d", "600ms", "-i", "200ms"), NULL);
	tt__expect_success(&run);
	json_decref(csv__parse(run.out));
	len = strcspn(run.out, "\n");
	header = strndup(run.out, len);
	cr_expect_null(strstr(run.out + len, header), "the header comes again");
	free(header);
	run__free(&run);
}

Test(machine, text_says_how_many_rows_it_left_out)
{
	struct run run;

	tt__run(&run, ARGS("stat", "-d", "500ms", "-n", "1"), NULL);
	tt__expect_success(&run);
	cr_expect(strstr(run.out, "more"), "nothing about rows left out: %s", run.out);
	run__free(&run);
}

Test(machine, ctrl_c_ends_the_run_and_prints_the_summary)
{
	static const int signals[] = { SIGINT, SIGTERM };
	struct proc proc;
	struct run run;
	json_t *lines;
	size_t i;

	for (i = 0; i < 2; i++) {
		tt__start(&proc, ARGS("stat", "--format", "json", "-d", "600"), NULL);
		cr_assert(proc__wait_catches(&proc, signals[i]), "does not handle signal %d",
			  signals[i]);
		proc__signal(&proc, signals[i]);
		proc__finish(&proc, &run);
		cr_expect_eq(run.status, 0, "signal %d: exit status %d: %s", signals[i], run.status,
			     run.err);
		lines = js__parse_lines(run.out);
		cr_assert_eq(json_array_size(lines), 1, "%zu summaries", json_array_size(lines));
		check__complete(json_array_get(lines, 0));
		json_decref(lines);
		run__free(&run);
	}
}

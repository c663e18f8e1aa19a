/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets and two shapes of one program: what is known of them beforehand is what the page says. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/js.h"
#include "../lib/tt.h"

#define WORKERS "4"
#define TURNS	"500"

TestSuite(compare, .init = tt__require_live, .fini = tt__cleanup, .timeout = 180);

/* The document; it is valid. */
static json_t *compare(const char *const args[])
{
	const char *argv[TT_MAX_ARGS] = { "compare", "-q", "--format",
					  "json",    "-o", tt__temp("compare.json") };
	struct run run;
	size_t i;

	for (i = 0; args[i]; i++)
		argv[6 + i] = args[i];
	tt__run(&run, argv, NULL);
	tt__expect_success(&run);
	run__free(&run);
	run__do(&run,
		ARGS("python3", "tests/schema/validate.py", "tests/schema/compare.schema.json",
		     tt__temp("compare.json")),
		NULL);
	cr_expect_eq(run.status, 0, "%s%s", run.out, run.err);
	run__free(&run);
	return js__parse_file(tt__temp("compare.json"));
}

static json_t *side_of(json_t *page, size_t which)
{
	return json_array_get(js__at(page, "shapes"), which);
}

static double real(json_t *object, const char *path)
{
	return json_number_value(js__at(object, path));
}

/* What every page has to hold. */
static void expect_consistent(json_t *side, size_t rounds)
{
	json_t *elapsed = js__at(side, "elapsed_ns.rounds"), *round;
	uint64_t sum = 0, least = UINT64_MAX, most = 0;
	size_t i;

	cr_expect_eq(json_array_size(elapsed), rounds);
	cr_expect_eq(json_array_size(js__at(side, "others_share")), rounds);
	json_array_foreach(elapsed, i, round) {
		uint64_t ns = (uint64_t)json_integer_value(round);

		sum += ns;
		least = ns < least ? ns : least;
		most = ns > most ? ns : most;
	}
	cr_expect_eq(js__u64(side, "elapsed_ns.min"), least);
	cr_expect_eq(js__u64(side, "elapsed_ns.max"), most);
	cr_expect_eq(js__u64(side, "state_ns.oncpu"), js__u64(side, "oncpu_ns"));
	cr_expect_float_eq(real(side, "rows.use.cpus_obtained"),
			   (double)js__u64(side, "oncpu_ns") / (double)sum, 1e-9);
	cr_expect_float_eq(real(side, "rows.use.cpus_wanted"),
			   (double)(js__u64(side, "oncpu_ns") + js__u64(side, "state_ns.waiting")) /
				   (double)sum,
			   1e-9);
	cr_expect_eq(js__u64(side, "incomplete"), 0);
	cr_expect_eq(js__u64(side, "failed"), 0);
	cr_expect_eq(js__u64(side, "rows.crash_impact.crashes"), 0);
}

Test(compare, both_shapes_are_counted_exactly)
{
	char a[4300], b[4300];
	json_t *page, *threads, *processes;

	snprintf(a, sizeof(a), "%s", tt__load("shapes"));
	snprintf(b, sizeof(b), "%s", tt__load("shapes"));
	page = compare(ARGS("-n", "2", "--", a, "threads", WORKERS, TURNS, "-o", "/dev/null", "--",
			    b, "processes", WORKERS, TURNS, "-o", "/dev/null"));
	threads = side_of(page, 0);
	processes = side_of(page, 1);
	expect_consistent(threads, 2);
	expect_consistent(processes, 2);
	cr_expect_str_eq(js__str(threads, "rows.isolation.shape"), "threads");
	cr_expect_eq(js__u64(threads, "rows.isolation.processes"), 1);
	cr_expect_eq(js__u64(threads, "rows.isolation.threads"), 5);
	cr_expect_eq(js__u64(threads, "rows.isolation.threads_of_largest"), 5);
	cr_expect_eq(js__u64(threads, "rows.creation.thread"), 8, "four in each of two rounds");
	cr_expect_eq(js__u64(threads, "rows.creation.process"), 0);
	cr_expect_str_eq(js__str(processes, "rows.isolation.shape"), "processes");
	cr_expect_eq(js__u64(processes, "rows.isolation.processes"), 5);
	cr_expect_eq(js__u64(processes, "rows.isolation.threads"), 5);
	cr_expect_eq(js__u64(processes, "rows.isolation.threads_of_largest"), 1);
	cr_expect_eq(js__u64(processes, "rows.creation.thread"), 0);
	cr_expect_eq(js__u64(processes, "rows.creation.process"), 8);
	cr_expect_eq(js__u64(processes, "rows.switching.thread.count"), 0,
		     "no two of them share an address space");
	cr_expect_gt(js__u64(threads, "rows.switching.switches"), 4 * 500);
	cr_expect_str_eq(js__str(page, "verdict.outcome"), "not enough data",
			 "two rounds do not show how far rounds differ");
	cr_expect_gt(js__u64(threads, "rows.communication.wakeups"), 0);
	cr_expect_eq(json_object_size(js__at(threads, "rows.communication.between")), 0,
		     "there is one process");
	json_decref(page);
}

/* Each way of being told apart from a measurement of the workload's own, read while all live. */
static void expect_memory(json_t *memory, const char *facts_path)
{
	json_t *facts = js__parse_file(facts_path);
	double pss = 1024.0 * (double)js__u64(facts, "pss_kib");
	double private = 1024.0 * (double)js__u64(facts, "private_kib");

	cr_expect_eq(js__u64(memory, "processes"), 9);
	cr_expect_lt(fabs(real(memory, "pss_bytes") - pss), 0.02 * pss, "%f against %f",
		     real(memory, "pss_bytes"), pss);
	cr_expect_lt(fabs(real(memory, "private_bytes") - private), 0.02 * private, "%f against %f",
		     real(memory, "private_bytes"), private);
	/* what is known beforehand: 8 times 20 MiB, and 300 MiB once */
	cr_expect_lt(fabs(real(memory, "private_bytes") - 160.0 * 1048576), 0.02 * 160 * 1048576);
	cr_expect_lt(fabs(real(memory, "shared_bytes") - 300.0 * 1048576), 0.02 * 300 * 1048576);
	json_decref(facts);
}

Test(compare, memory_is_that_of_smaps_rollup)
{
	char load[4300], facts[4300];
	json_t *page;

	snprintf(load, sizeof(load), "%s", tt__load("shapes"));
	snprintf(facts, sizeof(facts), "%s", tt__temp("facts"));
	page = compare(ARGS("-n", "1", "--", load, "processes", "8", "0", "300", "20", "4000", "-o",
			    facts, "--", load, "threads", "8", "0", "300", "20", "500", "-o",
			    "/dev/null"));
	expect_memory(js__at(side_of(page, 0), "rows.memory"), facts);
	cr_expect_eq(js__u64(side_of(page, 1), "rows.memory.processes"), 1);
	cr_expect_lt(fabs(real(side_of(page, 1), "rows.memory.private_bytes") - 460.0 * 1048576),
		     0.02 * 460 * 1048576);
	json_decref(page);
}

Test(compare, python_is_judged_as_a_stopwatch_does)
{
	static const char threads[] = "import threading\n"
				      "def w():\n"
				      "    x = 0\n"
				      "    for i in range(2000000): x += i\n"
				      "t = [threading.Thread(target=w) for _ in range(4)]\n"
				      "[x.start() for x in t]; [x.join() for x in t]\n";
	static const char processes[] = "import os\n"
					"def w():\n"
					"    x = 0\n"
					"    for i in range(2000000): x += i\n"
					"for _ in range(4):\n"
					"    if not os.fork(): w(); os._exit(0)\n"
					"for _ in range(4): os.wait()\n";
	json_t *page, *a, *b;
	const char *outcome;
	struct run run;
	double ratio;

	run__do(&run, ARGS("python3", "--version"), NULL);
	if (run.status)
		cr_skip_test("python3 is not installed");
	run__free(&run);
	page = compare(
		ARGS("-n", "3", "--", "python3", "-c", threads, "--", "python3", "-c", processes));
	a = side_of(page, 0);
	b = side_of(page, 1);
	expect_consistent(a, 3);
	expect_consistent(b, 3);
	/* rounds of half a second: their threads are looked at often enough to name the lock */
	cr_expect_geq(js__u64(a, "rows.use.serial.gil_waits"), 5);
	cr_expect(json_is_null(js__at(b, "rows.use.serial")), "processes share no lock");
	outcome = js__str(page, "verdict.outcome");
	ratio = real(a, "elapsed_ns.p50") / real(b, "elapsed_ns.p50");
	/* by the stopwatch: what the kernel says of creation and end */
	if (!strcmp(outcome, "b"))
		cr_expect_gt(ratio, 1.03);
	else if (!strcmp(outcome, "a"))
		cr_expect_lt(ratio, 1 / 1.03);
	else
		cr_expect_str_eq(outcome, "same");
	if (real(b, "rows.use.cpus_obtained") > 1.5) /* two CPUs were there for it */
		cr_expect_str_eq(outcome, "b", "one lock against none, and CPUs to run on");
	json_decref(page);
}

Test(compare, a_program_that_fails_is_not_compared)
{
	struct run run;

	tt__run(&run, ARGS("compare", "-q", "-n", "1", "--", "true", "--", "false"), NULL);
	cr_expect_eq(run.status, 1);
	cr_expect(strstr(run.out, "No verdict: B ended with status 1 in 1 of 1 rounds"), "%s",
		  run.out);
	cr_expect(strstr(run.err, "a program ended with another status than 0"), "%s", run.err);
	run__free(&run);
	tt__run(&run, ARGS("compare", "-q", "-n", "1", "--", "/nowhere/at/all", "--", "true"),
		NULL);
	tt__expect_failure(&run, 1, "cannot start /nowhere/at/all");
	run__free(&run);
}

/* ---- one target ---- */

static json_t *row_of(json_t *page, const char *name)
{
	json_t *row;
	size_t i;

	json_array_foreach(js__at(page, "rows"), i, row) {
		if (!strcmp(js__str(row, "row"), name))
			return row;
	}
	cr_assert_fail("no row %s", name);
	return NULL;
}

Test(compare, seven_rows_of_processes)
{
	json_t *page = compare(ARGS("--", tt__load("shapes"), "processes", WORKERS, "2000", "8",
				    "4", "1500", "-o", "/dev/null"));

	cr_expect_eq(js__u64(page, "figures.isolation.processes"), 5);
	cr_expect_eq(js__u64(page, "figures.isolation.threads_of_largest"), 1);
	cr_expect_eq(js__u64(page, "figures.memory.processes"), 5);
	cr_expect_eq(js__u64(page, "figures.creation.process"), 4);
	cr_expect_eq(js__u64(page, "differences.processes"), 5);
	cr_expect_eq(json_array_size(js__at(page, "differences.differ")), 0,
		     "they were all forked by one");
	cr_expect_eq(js__u64(row_of(page, "creation"), "samples"), 4);
	cr_expect(strstr(js__str(row_of(page, "crash impact"), "other"), "take all 5"));
	cr_expect_gt(js__u64(row_of(page, "communication"), "samples"), 0);
	cr_expect_eq(js__u64(page, "state_ns.oncpu"), js__u64(page, "oncpu_ns"));
	json_decref(page);
}

Test(compare, seven_rows_of_threads_that_run)
{
	struct proc proc;
	json_t *page;
	char pid[16];

	proc__start(&proc,
		    ARGS(tt__load("shapes"), "threads", WORKERS, "100000000", "-o", "/dev/null"),
		    NULL);
	snprintf(pid, sizeof(pid), "%d", proc.pid);
	page = compare(ARGS("-d", "1", "-p", pid));
	cr_expect_eq(js__u64(page, "figures.isolation.processes"), 1);
	cr_expect_eq(js__u64(page, "figures.isolation.threads"), 5);
	cr_expect_eq(js__u64(page, "figures.memory.threads"), 5);
	cr_expect(strstr(js__str(row_of(page, "isolation"), "other"), "1 of 5 dies alone"));
	cr_expect_gt(js__u64(row_of(page, "switching"), "samples"), 0);
	json_decref(page);
	proc__kill(&proc);
}

Test(compare, what_separates_processes_is_found)
{
	json_t *page;

	if (geteuid())
		cr_skip_test("another user and namespace are for root only");
	page = compare(ARGS("--", "sh", "-c",
			    "unshare -u sleep 3 & setpriv --reuid 65534 --clear-groups sleep 3; "
			    "wait"));
	cr_expect_eq(js__u64(page, "differences.unreadable"), 0);
	cr_expect_str_eq(json_string_value(json_array_get(js__at(page, "differences.differ"), 0)),
			 "uid");
	cr_expect_str_eq(json_string_value(json_array_get(js__at(page, "differences.differ"), 1)),
			 "uts");
	cr_expect_eq(json_array_size(js__at(page, "differences.differ")), 2);
	json_decref(page);
}

Test(compare, a_target_that_does_nothing_is_not_judged)
{
	json_t *page = compare(ARGS("--", "true"));

	cr_expect_str_eq(js__str(page, "verdict.outcome"), "not enough data");
	json_decref(page);
}

/* ---- whose lock ---- */

static const char gil_program[] = "import threading, time\n"
				  "end = time.time() + 3\n"
				  "def w():\n"
				  "    x = 0\n"
				  "    while time.time() < end:\n"
				  "        for i in range(1000): x += i\n"
				  "t = [threading.Thread(target=w) for _ in range(4)]\n"
				  "[x.start() for x in t]; [x.join() for x in t]\n";

/* Also where CPUs are too busy to tell whether they take turns. */
Test(compare, pythons_lock_is_known_by_where_it_lies)
{
	json_t *page, *serial;
	uint64_t waits, gil;

	if (access("/usr/bin/python3", X_OK))
		cr_skip_test("python3 is not installed");
	page = compare(ARGS("--", "/usr/bin/python3", "-c", gil_program));
	serial = js__at(page, "figures.use.serial");
	waits = js__u64(serial, "lock_waits");
	gil = js__u64(serial, "gil_waits");
	cr_expect_geq(gil, 5);
	cr_expect_geq(5 * gil, 4 * waits, "%llu of %llu", (unsigned long long)gil,
		      (unsigned long long)waits);
	if (!strcmp(js__str(serial, "verdict"), "serialised")) {
		cr_expect_str_eq(js__str(serial, "lock"), "gil");
		cr_expect(strstr(js__str(row_of(page, "use"), "other"),
				 "serialised by Python's GIL"));
	}
	json_decref(page);
}

static const char gvl_program[] = "stop = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 3\n"
				  "4.times.map { Thread.new {\n"
				  "  x = 0\n"
				  "  while Process.clock_gettime(Process::CLOCK_MONOTONIC) < stop\n"
				  "    1000.times { |i| x += i }\n"
				  "  end } }.each(&:join)\n";

/* Ruby keeps it in memory that it allocated: where its threads wait is told by their stacks. */
Test(compare, rubys_lock_is_known_by_who_waits)
{
	json_t *page, *serial;
	uint64_t waits, gil;

	if (access("/usr/bin/ruby", X_OK))
		cr_skip_test("ruby is not installed");
	page = compare(ARGS("--", "/usr/bin/ruby", "-e", gvl_program));
	serial = js__at(page, "figures.use.serial");
	waits = js__u64(serial, "lock_waits");
	gil = js__u64(serial, "gil_waits");
	cr_expect_str_eq(js__str(serial, "interpreter"), "ruby");
	cr_expect_gt(gil, 0);
	cr_expect_geq(5 * gil, 4 * waits, "%llu of %llu", (unsigned long long)gil,
		      (unsigned long long)waits);
	if (!strcmp(js__str(serial, "verdict"), "serialised") && gil >= 5)
		cr_expect_str_eq(js__str(serial, "lock"), "gil");
	json_decref(page);
}

Test(compare, the_gil_is_looked_for_in_two_programs)
{
	json_t *page, *serial;

	if (access("/usr/bin/python3", X_OK))
		cr_skip_test("python3 is not installed");
	page = compare(ARGS("-n", "1", "--", "/usr/bin/python3", "-c", gil_program, "--",
			    tt__load("turns"), "mutex", "4", "300"));
	serial = js__at(side_of(page, 0), "rows.use.serial");
	cr_expect_str_eq(js__str(serial, "interpreter"), "python");
	cr_expect_gt(js__u64(serial, "gil_waits"), 0);
	serial = js__at(side_of(page, 1), "rows.use.serial");
	cr_expect(json_is_null(js__at(serial, "interpreter")));
	cr_expect_eq(js__u64(serial, "lock_waits"), 0);
	json_decref(page);
}

Test(compare, a_lock_of_a_program_is_no_gil)
{
	json_t *page = compare(ARGS("--", tt__load("turns"), "mutex", "4", "1500"));
	json_t *serial = js__at(page, "figures.use.serial");

	cr_expect_eq(js__u64(serial, "lock_waits"), 0, "it runs no Python");
	if (!strcmp(js__str(serial, "verdict"), "serialised"))
		cr_expect_str_eq(js__str(serial, "lock"), "one lock");
	json_decref(page);
}

/* What a crash could take down is what lives, not all that ever did. */
Test(compare, processes_that_follow_each_other_are_not_together)
{
	json_t *page = compare(
		ARGS("--", "sh", "-c", "for i in 1 2 3 4 5 6 7; do sleep 0.01; done; exit 0"));

	cr_expect_eq(js__u64(page, "figures.isolation.processes"), 8);
	cr_expect_eq(js__u64(page, "figures.isolation.processes_at_once"), 2);
	cr_expect_eq(js__u64(page, "figures.isolation.threads_at_once"), 2);
	cr_expect_eq(js__u64(page, "figures.crash_impact.threads_at_risk"), 1);
	json_decref(page);
}

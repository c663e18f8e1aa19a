/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID namespaces: tasktoll inside of one, two deep, and outside of one that it looks
 * into.  Ids are those that are seen where it runs.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"
#include "../lib/watch.h"

/* Ids in a namespace that has just been made are below this. */
#define SMALL 2000

static void begin(void)
{
	struct run run;

	tt__require_live();
	run__do(&run, ARGS("unshare", "-f", "-p", "--mount-proc", "true"), NULL);
	if (run.status)
		cr_skip_test("unshare cannot make a PID namespace: %s", run.err);
	run__free(&run);
}

TestSuite(containers, .init = begin, .fini = tt__cleanup);

/* A script, in which %s are names in this order, as the first process of a namespace. */
__attribute__((format(printf, 2, 3))) static void run_inside(struct run *ret_run,
							     const char *format, ...)
{
	char script[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(script, sizeof(script), format, args);
	va_end(args);
	run__do(ret_run, ARGS("unshare", "-f", "-p", "--mount-proc", "sh", "-c", script), NULL);
}

static json_t *stat_of(struct run *run)
{
	json_t *stat;

	cr_assert_eq(run->status, 0, "status %d: %s", run->status, run->err);
	stat = js__parse(run->out);
	run__free(run);
	return stat;
}

/* ---- inside ---- */

Test(containers, a_program_that_is_started)
{
	const char *pids = tt__temp("pids");
	struct run run;
	json_t *stat, *shell;
	char *text;

	run_inside(&run,
		   "%s stat --format json --threads -- sh -c 'echo $$ >%s; for i in 1 2 3 4 5; do "
		   "/bin/true; done; :'",
		   tt__path(), pids);
	stat = stat_of(&run);
	check__complete(stat);
	check__sums_up(stat);
	cr_expect_eq(js__u64(stat, "ends.clean"), 6);
	cr_expect_eq(json_array_size(js__at(stat, "processes")), 6);
	text = file__read(pids);
	shell = js__one(js__at(stat, "processes"), "pid", strtoull(text, NULL, 10));
	cr_expect_str_eq(js__str(shell, "comm"), "sh");
	cr_expect_eq(js__u64(json_array_get(js__at(shell, "threads"), 0), "tid"),
		     js__u64(shell, "pid"));
	cr_expect_eq(js__count(js__at(stat, "processes"), "ppid", js__u64(shell, "pid")), 5);
	free(text);
	json_decref(stat);
}

/* Number 1 is the shell there, and somebody else outside. */
Test(containers, numbers_that_exist_outside_too)
{
	json_t *stat, *one;
	struct run run;

	run_inside(
		&run,
		/* a shell may become its last command */
		"while :; do sleep 0.02; done & %s stat --format json -d 0.5 -p 1 --no-children; "
		"exit $?",
		tt__path());
	stat = stat_of(&run);
	check__complete(stat);
	one = js__at(stat, "processes");
	cr_expect_eq(json_array_size(one), 1);
	cr_expect_eq(js__u64(json_array_get(one, 0), "pid"), 1);
	cr_expect_str_eq(js__str(json_array_get(one, 0), "comm"), "sh");
	cr_expect_eq(js__u64(json_array_get(one, 0), "ppid"), 0);
	json_decref(stat);

	run_inside(&run, "sleep 60 & %s stat --format json -d 0.3 -t $!", tt__path());
	stat = stat_of(&run);
	check__complete(stat);
	one = js__at(stat, "processes");
	cr_expect_eq(json_array_size(one), 1);
	cr_expect_str_eq(js__str(json_array_get(one, 0), "comm"), "sleep");
	cr_expect_eq(js__u64(json_array_get(one, 0), "ppid"), 1);
	cr_expect_lt(js__u64(json_array_get(one, 0), "pid"), SMALL);
	json_decref(stat);
}

Test(containers, a_number_that_exists_only_outside)
{
	struct run run;

	run_inside(&run, "%s stat -d 1 -p %d", tt__path(), getpid());
	tt__expect_failure(&run, 1, "does not exist");
	run__free(&run);
	run_inside(&run, "%s crash -d 1 -t %d", tt__path(), getpid());
	tt__expect_failure(&run, 1, "does not exist");
	run__free(&run);
}

/* Who is outside counts for the machine, has no number, and is none of those inside. */
Test(containers, what_is_outside)
{
	size_t i, outside = 0, inside = 0;
	struct proc busy;
	struct run run;
	json_t *stat, *process;

	proc__start(&busy, ARGS("sh", "-c", "while :; do sleep 0.01; done"), NULL);
	run_inside(&run, "while :; do sleep 0.02; done & %s stat --format json --threads -d 1",
		   tt__path());
	proc__kill(&busy);
	if (run.status ==
	    1) { /* an older kernel does not list who is outside: said, not left out */
		cr_expect(strstr(run.err, "before Linux 6.7 a PID namespace shows only its own"),
			  "%s", run.err);
		run__free(&run);
		return;
	}
	stat = stat_of(&run);
	check__complete(stat);
	check__sane(stat);
	json_array_foreach(js__at(stat, "processes"), i, process) {
		json_t *thread = json_array_get(js__at(process, "threads"), 0);

		if (js__find(process, "outside")) {
			cr_expect_eq(js__u64(process, "pid"), 0);
			cr_expect(!thread || !js__u64(thread, "tid"));
			cr_expect(!js__find(process, "ns_pid"));
			outside++;
		} else {
			cr_expect(js__u64(process, "pid") && js__u64(process, "pid") < SMALL,
				  "%s has %llu", js__str(process, "comm"),
				  (unsigned long long)js__u64(process, "pid"));
			inside++;
		}
	}
	cr_expect(outside && inside, "%zu outside, %zu inside", outside, inside);
	json_decref(stat);
	run_inside(&run, "%s stat -d 0.3", tt__path());
	/* 3: of a machine that others use something may be lost */
	cr_expect(run.status == 0 || run.status == 3, "status %d: %s", run.status, run.err);
	cr_expect(strstr(run.out, " outside "), "nobody is outside: %s", run.out);
	run__free(&run);
}

/* ---- crashes ---- */

static void check_family(json_t *crash, json_t *facts)
{
	static const char *const lists[] = { "children", "grandchildren" };
	size_t l, i;
	json_t *pid;

	cr_expect_eq(js__pid(crash, "pid"), js__pid(facts, "pid"));
	cr_expect_eq(js__pid(crash, "culprit.tid"), js__pid(facts, "culprit"));
	cr_expect_str_eq(js__str(crash, "culprit.function"), js__str(facts, "function"));
	crash__expect(crash, js__pid(facts, "pdeathsig"), 1, "pdeathsig", "died");
	for (l = 0; l < 2; l++)
		json_array_foreach(js__at(facts, lists[l]), i, pid)
			crash__expect(crash, (pid_t)json_integer_value(pid), 1, "orphan",
				      "orphaned");
	cr_expect_eq(js__u64(crash, "fan_out"), 7 + 5);
}

Test(containers, a_crash_and_its_family)
{
	const char *facts_file = tt__temp("facts"), *out = tt__temp("crashes");
	json_t *facts, *crash;
	struct run run;

	run_inside(&run, "%s crash --format json --window 0.4 -o %s -- %s 8 null -o %s family",
		   tt__path(), out, tt__load("crasher"), facts_file);
	cr_expect_eq(run.status, 128 + SIGSEGV, "status %d: %s", run.status, run.err);
	run__free(&run);
	facts = js__parse_file(facts_file);
	crash = js__parse_file(out);
	check_family(crash, facts);
	cr_expect(!js__find(crash, "ns_pid") && !js__find(crash, "outside"));
	json_decref(crash);
	json_decref(facts);
}

Test(containers, who_sent_a_signal)
{
	const char *pids = tt__temp("pids"), *out = tt__temp("ends");
	json_t *crash;
	struct run run;
	char *text;

	run_inside(
		&run,
		"%s crash --all --format json --window 0.2 -o %s -- sh -c 'echo $$ >%s; sleep 9 & "
		"sleep 0.2; kill -TERM $!; wait'",
		tt__path(), out, pids);
	cr_expect_eq(run.status, 0, "status %d: %s", run.status, run.err);
	run__free(&run);
	text = file__read(pids);
	crash = js__parse_file(out);
	cr_expect_str_eq(js__str(crash, "comm"), "sleep");
	cr_expect_str_eq(js__str(crash, "class"), "killed");
	cr_expect_eq(js__u64(crash, "sender.pid"), strtoull(text, NULL, 10));
	cr_expect_eq(js__u64(crash, "ppid"), strtoull(text, NULL, 10));
	free(text);
	json_decref(crash);
}

/* ---- two deep ---- */

Test(containers, inside_of_another)
{
	json_t *stat, *process;
	struct run run;
	size_t i;

	run_inside(&run,
		   "sleep 9 & unshare -f -p --mount-proc sh -c 'sleep 60 & %s stat --format json "
		   "-p $!,1 --no-children -d 0.3; exit $?'",
		   tt__path());
	stat = stat_of(&run);
	check__complete(stat);
	cr_expect_eq(json_array_size(js__at(stat, "processes")), 2);
	json_array_foreach(js__at(stat, "processes"), i, process)
		cr_expect_leq(js__u64(process, "pid"), 2);
	json_decref(stat);
}

/* Three namespaces see it: the machine's, tasktoll's, its own. */
Test(containers, between_two)
{
	const char *facts_file = tt__temp("facts"), *out = tt__temp("crashes");
	json_t *facts, *crashes, *crash;
	char *text;
	struct run run;

	run_inside(
		&run,
		"%s crash --format json --window 0.4 -o %s -- sh -c 'sleep 9 & sleep 9 & unshare -f "
		"-p --mount-proc %s 8 null -o %s'",
		tt__path(), out, tt__load("crasher"), facts_file);
	run__free(&run);
	facts = js__parse_file(facts_file);
	text = file__read(out);
	crashes = js__parse_lines(text);
	free(text);
	crash = json_array_get(crashes, 0); /* then unshare, which ends by the same signal */
	cr_expect_eq(js__pid(facts, "pid"), 1);
	cr_expect_eq(js__pid(crash, "ns_pid"), 1);
	cr_expect(js__pid(crash, "pid") > 4 && js__pid(crash, "pid") < SMALL);
	cr_expect_str_eq(js__str(crash, "signal"), "SIGSEGV");
	cr_expect_eq(crash__ring(crash, 0), 7);
	json_decref(crashes);
	json_decref(facts);
}

/* ---- outside, looking in ---- */

Test(containers, ids_inside_are_shown_beside)
{
	const char *facts_file = tt__temp("facts");
	json_t *facts, *crashes, *crash;
	struct watch watch;
	struct run run;

	watch__start_below_us(&watch, "300ms");
	run_inside(&run, "%s 8 abort -o %s", tt__load("crasher"), facts_file);
	run__free(&run);
	watch__wait(&watch, 1);
	crashes = watch__stop(&watch, 0);
	facts = js__parse_file(facts_file);
	crash = js__one(crashes, "ns_pid", (uint64_t)js__pid(facts, "pid"));
	cr_expect_str_eq(js__str(crash, "culprit.function"), "fault_abort");
	cr_expect_eq(crash__ring(crash, 0), 7);
	cr_expect_neq(js__pid(crash, "pid"), js__pid(facts, "pid"));
	json_decref(crashes);
	json_decref(facts);
}

Test(containers, ids_inside_in_rows_and_text)
{
	const char *facts_file = tt__temp("facts");
	size_t i, beside = 0;
	json_t *stat, *process;
	struct run run;

	stat = tt__stat(ARGS("--", "unshare", "-f", "-p", "--mount-proc", "sh", "-c",
			     "for i in 1 2 3; do /bin/true; done; :"));
	check__complete(stat);
	json_array_foreach(js__at(stat, "processes"), i, process) {
		bool inside = strcmp(js__str(process, "comm"), "unshare");

		cr_expect_eq(inside, js__find(process, "ns_pid") != NULL);
		beside += inside && js__u64(process, "ns_pid") <= 4;
	}
	cr_expect_eq(beside, 4);
	json_decref(stat);

	tt__run(&run,
		ARGS("crash", "--window", "0.2", "-o", tt__temp("text"), "--", "unshare", "-f",
		     "-p", tt__load("crasher"), "2", "null", "-o", facts_file),
		NULL);
	run__free(&run);
	run.out = file__read(tt__temp("text"));
	cr_expect(strstr(run.out, ", 1 in its namespace) SIGSEGV"), "%s", run.out);
	free(run.out);
}

/* ---- recordings ---- */

Test(containers, a_recording_has_names)
{
	const char *file = tt__temp("recording.tt");
	struct run run;

	run_inside(&run, "%s record -q -o %s -- %s 100", tt__path(), file, tt__load("named"));
	cr_expect_eq(run.status, 0, "status %d: %s", run.status, run.err);
	run__free(&run);
	tt__run(&run, ARGS("report", "--stacks", "100", "--format", "json", file), NULL);
	tt__expect_success(&run);
	cr_expect(strstr(run.out, "sleeps_in_c") && strstr(run.out, "workload::Sleeper::rest"),
		  "no names: %.2000s", run.out);
	run__free(&run);
	tt__run(&run, ARGS("report", "--format", "json", file), NULL);
	tt__expect_success(&run);
	cr_expect(!strstr(run.out, "\"outside\""));
	run__free(&run);
}

Test(containers, a_recording_keeps_ids_inside)
{
	const char *file = tt__temp("recording.tt");
	size_t i, beside = 0;
	json_t *stat, *process;
	struct run run;

	tt__run(&run,
		ARGS("record", "-q", "-o", file, "--", "unshare", "-f", "-p", "--mount-proc", "sh",
		     "-c", "/bin/true; :"),
		NULL);
	tt__expect_success(&run);
	run__free(&run);
	tt__run(&run, ARGS("report", "--format", "json", file), NULL);
	tt__expect_success(&run);
	stat = js__parse(run.out);
	json_array_foreach(js__at(stat, "processes"), i, process)
		beside += js__find(process, "ns_pid") && js__u64(process, "ns_pid") <= 2;
	cr_expect_eq(beside, 2);
	json_decref(stat);
	run__free(&run);
}

/* ---- where it cannot be right ---- */

Test(containers, with_the_proc_of_another_one)
{
	struct run run;

	run__do(&run, ARGS("unshare", "-f", "-p", tt__path(), "stat", "-d", "1"), NULL);
	tt__expect_failure(&run, 1, "/proc belongs to another PID namespace");
	run__free(&run);
	run__do(&run, ARGS("unshare", "-f", "-p", tt__path(), "crash", "-p", "1"), NULL);
	tt__expect_failure(&run, 1, "/proc belongs to another PID namespace");
	run__free(&run);
	run__do(&run,
		ARGS("unshare", "-m", "sh", "-c",
		     "mount -t tmpfs none /proc; exec \"$0\" stat -d 1", tt__path()),
		NULL);
	tt__expect_failure(&run, 1, "/proc does not show tasktoll itself");
	run__free(&run);
}

Test(containers, without_rights_over_the_kernel)
{
	struct run run;

	run__do(&run, ARGS("unshare", "-U", "-r", "true"), NULL);
	if (run.status)
		cr_skip_test("no user namespaces here: %s", run.err);
	run__free(&run);
	run__do(&run, ARGS("unshare", "-U", "-r", tt__path(), "stat", "-d", "1"), NULL);
	tt__expect_failure(&run, 1, "user namespace");
	run__free(&run);
}

Test(containers, doctor_tells)
{
	json_t *doctor = tt__doctor(NULL, NULL);
	struct run run;

	cr_expect(!js__bool(doctor, "namespaces.pid.own"));
	cr_expect(js__bool(doctor, "namespaces.pid.usable"));
	json_decref(doctor);
	run_inside(&run, "%s doctor --format json", tt__path());
	doctor = stat_of(&run);
	cr_expect(js__bool(doctor, "namespaces.pid.own"));
	cr_expect(js__bool(doctor, "namespaces.pid.usable"));
	cr_expect(js__bool(doctor, "works"));
	json_decref(doctor);
	run__do(&run, ARGS("unshare", "-f", "-p", tt__path(), "doctor", "--format", "json"), NULL);
	cr_expect_eq(run.status, 1);
	doctor = js__parse(run.out);
	cr_expect(!js__bool(doctor, "namespaces.pid.usable") && !js__bool(doctor, "works"));
	cr_expect(strstr(js__str(doctor, "why_not"), "PID namespace"));
	json_decref(doctor);
	run__free(&run);
}

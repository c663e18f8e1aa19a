/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Crashes at bad moments and of odd processes, and commands of --exec that misbehave. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../lib/js.h"
#include "../lib/tt.h"
#include "../lib/watch.h"

TestSuite(oddity, .init = tt__require_live, .fini = tt__cleanup);

static json_t *crashes_of(const char *mode, json_t **ret_facts)
{
	const char *file = tt__temp("facts");
	json_t *crashes =
		watch__program(ARGS("--window", "300ms", "--", tt__load("odd"), mode, "-o", file),
			       0);

	*ret_facts = js__parse_file(file);
	return crashes;
}

Test(oddity, signal_that_a_debugger_keeps_is_no_crash)
{
	json_t *facts, *crashes = crashes_of("swallow", &facts);

	cr_expect_eq(json_array_size(crashes), 0);
	json_decref(crashes);
	json_decref(facts);
}

Test(oddity, signal_that_a_debugger_lets_through_is_one)
{
	json_t *facts, *crashes = crashes_of("deliver", &facts), *crash;

	crash = watch__crash(crashes, js__pid(facts, "pid"));
	cr_expect_str_eq(js__str(crash, "culprit.function"), "fault");
	json_decref(crashes);
	json_decref(facts);
}

Test(oddity, zombies_are_no_orphans)
{
	json_t *facts, *crashes = crashes_of("zombies", &facts), *crash;

	crash = watch__crash(crashes, js__pid(facts, "pid"));
	cr_expect_eq(crash__ring(crash, 1), 0);
	json_decref(crashes);
	json_decref(facts);
}

Test(oddity, thousands_of_children)
{
	json_t *facts, *crashes = crashes_of("children=3001", &facts), *crash;

	crash = watch__crash(crashes, js__pid(facts, "pid"));
	cr_expect_eq(js__u64(crash, "fan_out"), 3001);
	cr_expect_eq(crash__ring(crash, 1), 3001);
	json_decref(crashes);
	json_decref(facts);
}

/* A crash while the process ends is one or is none, as the kernel has it; it is never two. */
Test(oddity, crash_while_its_process_ends)
{
	int i;

	for (i = 0; i < 20; i++) {
		json_t *facts, *crashes = crashes_of("quit", &facts);

		cr_expect_leq(json_array_size(crashes), 1);
		json_decref(crashes);
		json_decref(facts);
	}
}

Test(oddity, names_that_are_no_text)
{
	json_t *facts, *crashes = crashes_of("name", &facts), *crash;
	struct run run;
	char *at;

	crash = watch__crash(crashes, js__pid(facts, "pid"));
	cr_expect(strstr(js__str(crash, "comm"), "\xef\xbf\xbd"), "%s", js__str(crash, "comm"));
	json_decref(crashes);
	json_decref(facts);
	tt__run(&run,
		ARGS("crash", "-q", "--window", "100ms", "--", tt__load("odd"), "name", "-o",
		     "/dev/null"),
		NULL);
	tt__expect_success(&run);
	cr_expect(strstr(run.out, "CRASH"));
	for (at = run.out; *at; at++)
		cr_expect((unsigned char)*at >= ' ' || *at == '\n', "byte %d", *at);
	run__free(&run);
}

/* The leader changes: neither a death nor a crash. */
Test(oddity, exec_by_another_thread_than_the_leader)
{
	json_t *crashes = watch__program(ARGS("--all", "--window", "100ms", "--",
					      tt__load("execer"), "7", "11", "-o", "/dev/null"),
					 0);

	cr_expect_eq(json_array_size(crashes), 0);
	json_decref(crashes);
}

/* Attached and detached in the middle of a storm: whatever is told is whole. */
Test(oddity, crashes_during_attach_and_detach)
{
	struct proc storm;
	int i;

	proc__start(&storm, ARGS(tt__load("storm"), "100000", "300"), NULL);
	for (i = 0; i < 5; i++) {
		struct run run;
		json_t *crashes, *crash;
		size_t c;

		tt__run(&run,
			ARGS("crash", "-q", "--format", "json", "-d", "300ms", "--window", "50ms"),
			NULL);
		tt__expect_success(&run);
		crashes = js__parse_lines(run.out);
		json_array_foreach(crashes, c, crash) {
			cr_expect_str_eq(js__str(crash, "class"), "crash");
			cr_expect_gt(js__u64(crash, "pid"), 0);
		}
		json_decref(crashes);
		run__free(&run);
	}
	proc__kill(&storm);
}

/* ---- --exec ---- */

static void run_with_exec(struct run *ret_run, const char *command)
{
	tt__run(ret_run,
		ARGS("crash", "--window", "50ms", "--format", "json", "--exec", command, "--",
		     tt__load("crasher"), "2", "null", "-o", "/dev/null"),
		NULL);
	cr_expect_eq(ret_run->status, 128 + SIGSEGV, "%s", ret_run->err);
}

Test(oddity, exec_gets_the_crash)
{
	const char *file = tt__temp("hooked");
	char command[PATH_MAX + 16];
	json_t *crash, *told;
	struct run run;

	snprintf(command, sizeof(command), "cat > %s", file);
	run_with_exec(&run, command);
	crash = js__parse_file(file);
	told = js__parse_lines(run.out);
	cr_expect(json_equal(crash, json_array_get(told, 0)), "it is not what was printed");
	json_decref(crash);
	json_decref(told);
	run__free(&run);
}

Test(oddity, exec_of_a_command_that_does_not_exist_says_so)
{
	struct run run;

	run_with_exec(&run, "/no/such/command");
	cr_expect(strstr(run.err, "there is no such command"), "%s", run.err);
	cr_expect(strstr(run.out, "tasktoll.crash/1"));
	run__free(&run);
}

Test(oddity, exec_of_a_command_that_hangs_is_ended)
{
	time_t begin = time(NULL);
	struct run run;

	run_with_exec(&run, "trap '' TERM; sleep 1000; sleep 1000");
	cr_expect(strstr(run.err, "hung and was ended"), "%s", run.err);
	cr_expect_lt(time(NULL) - begin, 30);
	run__free(&run);
}

/* Not as root: as whom sudo was asked by. */
Test(oddity, exec_runs_as_the_invoking_user)
{
	static const char *const env[] = { "SUDO_UID=65534", "SUDO_GID=65534", "SUDO_USER=nobody",
					   NULL };
	const char *file = tt__temp("user");
	struct proc_opts opts = { .env = env };
	char command[PATH_MAX + 16], *text;
	struct run run;

	snprintf(command, sizeof(command), "id -u > %s", file);
	tt__run(&run,
		ARGS("crash", "-q", "--window", "50ms", "--exec", command, "--",
		     tt__load("crasher"), "2", "null", "-o", "/dev/null"),
		&opts);
	text = file__read(file);
	cr_assert(text, "it did not run: %s", run.err);
	cr_expect_str_eq(text, "65534\n");
	free(text);
	run__free(&run);
}

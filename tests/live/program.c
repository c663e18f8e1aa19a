/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `-- program`: its exit status, its user, its signals; and where the summary goes. */
#include <criterion/criterion.h>
#include <signal.h>
#include <sys/stat.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"

TestSuite(program, .init = tt__require_live, .fini = tt__cleanup);

static void expect_status(const char *script, int status)
{
	struct run run;
	json_t *stat;

	tt__run(&run, ARGS("stat", "--format", "json", "--", "sh", "-c", script), NULL);
	cr_expect_eq(run.status, status, "%s: exit status %d: %s", script, run.status, run.err);
	stat = js__parse(run.out);
	check__complete(stat);
	check__sums_up(stat);
	check__kinds(js__at(stat, "system"));
	json_decref(stat);
	run__free(&run);
}

Test(program, its_exit_status_is_passed_on)
{
	expect_status("exit 0", 0);
	expect_status("exit 3", 3);
	expect_status("exit 1", 1);
	expect_status("exit 255", 255);
}

Test(program, its_signal_is_passed_on)
{
	expect_status("kill -TERM $$", 128 + SIGTERM);
	expect_status("kill -KILL $$", 128 + SIGKILL);
	expect_status("ulimit -c 0; kill -SEGV $$", 128 + SIGSEGV);
}

Test(program, that_cannot_be_started)
{
	const char *file = tt__temp("not-executable");
	FILE *script = fopen(file, "w");
	struct run run;

	cr_assert(script && fputs("#!/bin/sh\n", script) >= 0 && !fclose(script));
	tt__run(&run, ARGS("stat", "--", "/nonexistent/program"), NULL);
	tt__expect_failure(&run, 127, "/nonexistent/program");
	run__free(&run);
	tt__run(&run, ARGS("stat", "--", "no-such-program-on-the-path"), NULL);
	tt__expect_failure(&run, 127, "no-such-program-on-the-path");
	run__free(&run);
	tt__run(&run, ARGS("stat", "--", file), NULL);
	tt__expect_failure(&run, 126, file);
	run__free(&run);
	tt__run(&run, ARGS("stat", "--", "/tmp"), NULL);
	tt__expect_failure(&run, 126, "/tmp");
	run__free(&run);
}

Test(program, keeps_its_output_and_its_arguments)
{
	const char *file = tt__temp("summary");
	struct run run;
	json_t *stat;

	tt__run(&run,
		ARGS("stat", "--format", "json", "-o", file, "--", "printf", "%s|", "-p", "a b",
		     "--"),
		NULL);
	tt__expect_success(&run);
	cr_expect_str_eq(run.out, "-p|a b|--|");
	stat = js__parse_file(file);
	check__complete(stat);
	json_decref(stat);
	run__free(&run);
}

/* As a terminal does it: both get the signal, the program dies of it, the summary comes. */
Test(program, ctrl_c_ends_the_program_and_prints_the_summary)
{
	struct proc proc;
	struct run run;
	json_t *stat;
	char *ready;

	tt__start(&proc,
		  ARGS("stat", "--format", "json", "-o", tt__temp("summary"), "--", "sh", "-c",
		       "echo ready; exec sleep 600"),
		  NULL);
	ready = proc__line(&proc, 0);
	cr_assert(ready, "the program does not start");
	free(ready);
	proc__signal_group(&proc, SIGINT);
	proc__finish(&proc, &run);
	cr_expect_eq(run.status, 128 + SIGINT, "exit status %d: %s", run.status, run.err);
	stat = js__parse_file(tt__temp("summary"));
	check__complete(stat);
	json_decref(stat);
	run__free(&run);
}

/* A program that ignores it goes on; a duration ends the counting, and never the program. */
Test(program, outlives_a_duration)
{
	struct run run;
	json_t *stat;

	tt__run(&run,
		ARGS("stat", "--format", "json", "-o", tt__temp("summary"), "-d", "100ms", "--",
		     "sh", "-c", "sleep 0.5; echo alive; exit 7"),
		NULL);
	cr_expect_str_eq(run.out, "alive\n");
	cr_expect_eq(run.status, 7, "exit status %d: %s", run.status, run.err);
	stat = js__parse_file(tt__temp("summary"));
	check__complete(stat);
	json_decref(stat);
	run__free(&run);
}

static const char *const sudo_env[] = { "SUDO_UID=65534", "SUDO_GID=65534", "SUDO_USER=nobody",
					NULL };

Test(program, under_sudo_runs_as_who_called_it)
{
	const struct proc_opts opts = { .env = sudo_env };
	const char *file = tt__temp("summary");
	struct run run;
	struct stat info;

	tt__run(&run, ARGS("stat", "-o", file, "--", "sh", "-c", "id -u; id -g; id -G"), &opts);
	tt__expect_success(&run);
	cr_expect_str_eq(run.out, "65534\n65534\n65534\n");
	run__free(&run);
	cr_assert_eq(stat(file, &info), 0);
	cr_expect_eq(info.st_uid, 65534, "the summary belongs to %u", info.st_uid);
	tt__run(&run, ARGS("stat", "-o", file, "--as-root", "--", "id", "-u"), &opts);
	tt__expect_success(&run);
	cr_expect_str_eq(run.out, "0\n");
	run__free(&run);
}

Test(program, does_not_inherit_descriptors)
{
	const char *script = "ls /proc/self/fd | wc -l";
	struct run run, plain;

	/* The framework of the tests has some open, too. */
	run__do(&plain, ARGS("sh", "-c", script), NULL);
	tt__run(&run, ARGS("stat", "-o", tt__temp("summary"), "--", "sh", "-c", script), NULL);
	cr_expect_str_eq(run.out, plain.out);
	run__free(&plain);
	run__free(&run);
}

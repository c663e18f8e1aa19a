/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cannot be traced, and what cannot be printed: each with its message, each told apart. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"

TestSuite(badinput, .init = tt__require_live, .fini = tt__cleanup);

static void refused(const char *const args[], const char *needle)
{
	struct run run;

	tt__run(&run, args, NULL);
	tt__expect_failure(&run, 1, needle);
	run__free(&run);
}

/* A value that cannot be meant: told before anything is tried. */
static void misused(const char *const args[], const char *needle)
{
	struct run run;

	tt__run(&run, args, NULL);
	tt__expect_failure(&run, 2, needle);
	run__free(&run);
}

/* A pid that was somebody's a moment ago and is nobody's now. */
static const char *dead_pid(void)
{
	static char text[16];
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	snprintf(text, sizeof(text), "%d", pid);
	return text;
}

Test(badinput, no_such_pid)
{
	const char *pid = dead_pid();
	char both[64];

	refused(ARGS("stat", "-d", "600", "-p", pid), pid);
	refused(ARGS("stat", "-d", "600", "-t", pid), pid);
	snprintf(both, sizeof(both), "%d,%s", getpid(), pid);
	refused(ARGS("stat", "-d", "600", "-p", both), pid);
}

/* A thread is not a process: its process is what to trace with -p. */
Test(badinput, pid_of_a_thread_only)
{
	struct proc sleeper;
	json_t *facts = tt__load_start(&sleeper, ARGS("sleeper", "60"), false);
	struct run run;
	char tid[16];

	snprintf(tid, sizeof(tid), "%d", js__pid(facts, "sleeper"));
	tt__run(&run, ARGS("stat", "-d", "200ms", "-p", tid), NULL);
	proc__kill(&sleeper);
	tt__expect_failure(&run, 1, tid);
	run__free(&run);
	json_decref(facts);
}

/* Traced like any other task, or refused with a reason. */
Test(badinput, kernel_thread)
{
	char *comm = file__read("/proc/2/comm");
	struct run run;

	if (!comm || strcmp(comm, "kthreadd\n")) {
		free(comm);
		cr_skip_test("kthreadd is not to be seen from here");
	}
	free(comm);
	tt__run(&run, ARGS("stat", "-d", "200ms", "-p", "2"), NULL);
	cr_expect(run.status == 0 || run.status == 1, "exit status %d", run.status);
	if (run.status)
		tt__expect_failure(&run, 1, "2");
	else
		cr_expect_gt(run.out_len, 0);
	run__free(&run);
}

Test(badinput, glob_that_matches_nothing)
{
	refused(ARGS("stat", "-d", "200ms", "-c", "no-such-task-*"), "no-such-task-*");
	refused(ARGS("stat", "-d", "200ms", "--format", "json", "-c", "no-such-task-*"),
		"no-such-task-*");
}

Test(badinput, cgroup)
{
	const char *file = tt__temp("a-file");

	fclose(fopen(file, "w"));
	refused(ARGS("stat", "-d", "600", "-G", "/nonexistent/group"), "/nonexistent/group");
	refused(ARGS("stat", "-d", "600", "-G", file), file);
	refused(ARGS("stat", "-d", "600", "-G", "/proc/self"), "/proc/self");
	misused(ARGS("stat", "-d", "600", "-G", ""), "it is empty");
}

Test(badinput, btf)
{
	const char *file = tt__temp("not-btf");
	FILE *rubbish = fopen(file, "w");

	cr_assert(rubbish && fputs("this is no BTF\n", rubbish) > 0 && !fclose(rubbish));
	refused(ARGS("stat", "-d", "600", "--btf", "/nonexistent"), "/nonexistent");
	refused(ARGS("stat", "-d", "600", "--btf", file), file);
	refused(ARGS("stat", "-d", "600", "--btf", "/tmp"), "/tmp");
}

/* Known before the run, not after ten minutes of it. */
Test(badinput, output_file)
{
	refused(ARGS("stat", "-d", "600", "-o", "/nonexistent/summary"), "/nonexistent/summary");
	refused(ARGS("stat", "-d", "600", "-o", "/tmp"), "/tmp");
	misused(ARGS("stat", "-d", "600", "-o", ""), "it is empty");
}

Test(badinput, output_file_on_a_full_disk)
{
	refused(ARGS("stat", "-d", "100ms", "-o", "/dev/full"), "/dev/full");
}

Test(badinput, stdout_full)
{
	const struct proc_opts opts = { .stdout_path = "/dev/full" };
	static const char *const formats[] = { "text", "json", "csv" };
	struct run run;
	size_t i;

	for (i = 0; i < 3; i++) {
		tt__run(&run, ARGS("stat", "-d", "100ms", "--format", formats[i]), &opts);
		tt__expect_failure(&run, 1, NULL);
		run__free(&run);
	}
}

Test(badinput, stdout_closed)
{
	const struct proc_opts opts = { .close_stdout = true };
	struct run run;

	tt__run(&run, ARGS("stat", "-d", "100ms"), &opts);
	tt__expect_failure(&run, 1, NULL);
	run__free(&run);
}

/*
 * Without end but for the reader's, which is the end of it: quietly, with the
 * status of a SIGPIPE at most.
 */
Test(badinput, reader_that_leaves)
{
	static const char *const formats[] = { "text", "json", "csv" };
	const char *script = "{ \"$0\" stat -i 50ms --format \"$1\"; echo $? >&2; } | head -n 1";
	struct run run;
	size_t i;

	for (i = 0; i < 3; i++) {
		run__do(&run, ARGS("sh", "-c", script, tt__path(), formats[i]), NULL);
		cr_expect(!strcmp(run.err, "0\n") || !strcmp(run.err, "141\n"),
			  "%s: not quiet, or another exit status: %s", formats[i], run.err);
		run__free(&run);
	}
}

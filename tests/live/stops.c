/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first signal ends the run and the second ends tasktoll, whatever it waits for. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"

TestSuite(stops, .init = tt__require_live, .fini = tt__cleanup);

static void await_begin(const struct proc *proc)
{
	cr_assert(proc__wait_catches(proc, SIGTERM), "does not handle signals");
	usleep(300000);
}

/* A pipe with nobody who reads it, full from the beginning. */
static int full_pipe(const char *path)
{
	static const char zeros[4096];
	int fd;

	cr_assert_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	while (write(fd, zeros, sizeof(zeros)) > 0)
		;
	return fd;
}

Test(stops, with_a_reader_that_does_not_read)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	size_t i;

	for (i = 0; i < 3; i++) {
		const char *path = tt__temp("unread");
		struct proc_opts opts = { .stdout_path = path };
		int fd = full_pipe(path);
		struct proc proc;
		struct run run;

		tt__start(&proc, ARGS("stat", "-i", "20ms"), &opts);
		await_begin(&proc);
		proc__signal(&proc, signals[i]);
		proc__finish(&proc, &run);
		cr_expect_eq(run.status, 1, "status %d", run.status);
		cr_expect_not_null(strstr(run.err, "nobody reads it"), "%s", run.err);
		run__free(&run);
		close(fd);
		unlink(path);
	}
}

Test(stops, at_the_second_signal_with_a_reader_that_does_not_read)
{
	const char *path = tt__temp("unread");
	struct proc_opts opts = { .stdout_path = path };
	int fd = full_pipe(path);
	struct proc proc;
	struct run run;

	tt__start(&proc, ARGS("stat", "-i", "20ms"), &opts);
	await_begin(&proc);
	proc__signal(&proc, SIGINT);
	proc__signal(&proc, SIGTERM);
	proc__finish(&proc, &run);
	cr_expect_eq(run.status, 128 + SIGTERM, "status %d: %s", run.status, run.err);
	run__free(&run);
	close(fd);
}

/* It is asked to end, waited for, and killed by the second signal: nothing is left of it. */
Test(stops, a_program_that_ignores_being_told)
{
	static const char script[] = "trap '' TERM INT; echo $$; while :; do sleep 0.05; done";
	struct proc proc;
	struct run run;
	json_t *stat;
	char *line;
	pid_t pid;

	tt__start(&proc,
		  ARGS("stat", "--format", "json", "-o", tt__temp("summary"), "--", "sh", "-c",
		       script),
		  NULL);
	line = proc__line(&proc, 0);
	cr_assert_not_null(line);
	pid = atoi(line);
	free(line);
	proc__signal(&proc, SIGINT);
	while (access(tt__temp("summary"), F_OK)) /* the first one ends the run, and no more */
		usleep(10000);
	cr_expect_eq(kill(pid, 0), 0, "the program is gone");
	proc__signal(&proc, SIGTERM);
	proc__finish(&proc, &run);
	cr_expect_eq(run.status, 128 + SIGTERM, "status %d: %s", run.status, run.err);
	while (!kill(pid, 0)) /* killed; init has yet to reap it */
		usleep(10000);
	stat = js__parse_file(tt__temp("summary"));
	check__complete(stat);
	json_decref(stat);
	run__free(&run);
}

/* An interval that is shorter than a reading takes: it stretches, and signals are seen. */
Test(stops, in_intervals_that_are_too_short)
{
	struct proc load, proc;
	struct run run;
	json_t *lines, *line;
	char *text;
	size_t i;

	proc__start(&load, ARGS(tt__load("manythreads"), "4000", "60", "light"), NULL);
	sleep(2);
	tt__start(&proc,
		  ARGS("stat", "--format", "json", "-i", "10ms", "-o", tt__temp("summaries")),
		  NULL);
	free(proc__remark(&proc, 0)); /* that it stretches */
	proc__signal(&proc, SIGINT);
	proc__finish(&proc, &run);
	proc__kill(&load);
	cr_expect_eq(run.status, 0, "status %d: %s", run.status, run.err);
	cr_expect_not_null(strstr(run.err, "intervals are longer than 10.0ms"), "%s", run.err);
	text = file__read(tt__temp("summaries"));
	lines = js__parse_lines(text);
	free(text);
	json_array_foreach(lines, i, line) {
		check__complete(line);
	}
	json_decref(lines);
	run__free(&run);
}

/* nohup, and a shell that traps it: it goes on, and ends by another signal. */
Test(stops, not_by_what_was_ignored)
{
	static const char *const commands[] = { "stat", "crash", "record" };
	size_t i;

	for (i = 0; i < 3; i++) {
		struct proc proc;
		struct run run;
		char script[600];

		snprintf(script, sizeof(script), "trap '' HUP; exec %s %s -q -o %s", tt__path(),
			 commands[i], tt__temp(commands[i]));
		proc__start(&proc, ARGS("sh", "-c", script), NULL);
		await_begin(&proc);
		proc__signal(&proc, SIGHUP);
		usleep(300000);
		cr_expect_eq(kill(proc.pid, 0), 0);
		proc__signal(&proc, SIGTERM);
		proc__finish(&proc, &run);
		cr_expect(run.status == 0 || run.status == 3, "%s: status %d: %s", commands[i],
			  run.status, run.err);
		run__free(&run);
	}
}

/* timeout(1) signals its child, and then the process group that the child is in. */
Test(stops, once_by_timeout)
{
	struct run run;
	json_t *stat;

	run__do(&run,
		ARGS("timeout", "-s", "INT", "3", tt__path(), "stat", "--format", "json", "-o",
		     tt__temp("summary")),
		NULL);
	stat = js__parse_file(tt__temp("summary"));
	check__complete(stat);
	json_decref(stat);
	run__free(&run);
}

/* What is not the target's is not followed: others crash all the time meanwhile. */
Test(stops, crash_ends_though_others_crash)
{
	struct proc load;
	struct run run;

	proc__start(&load, ARGS(tt__load("storm"), "100000", "100"), NULL);
	tt__run(&run, ARGS("crash", "-q", "--", "sleep", "1"), NULL);
	proc__kill(&load);
	cr_expect_eq(run.status, 0, "status %d: %s", run.status, run.err);
	cr_expect_str_eq(run.out, "");
	run__free(&run);
}

/* Its own crash is followed to the end of its window, whatever else crashes. */
Test(stops, crash_follows_its_own_to_the_end)
{
	struct proc load;
	struct run run;
	json_t *crash;

	proc__start(&load, ARGS(tt__load("storm"), "100000", "100"), NULL);
	tt__run(&run,
		ARGS("crash", "-q", "--format", "json", "--", tt__load("crasher"), "2", "null",
		     "-o", tt__temp("facts")),
		NULL);
	proc__kill(&load);
	cr_expect_eq(run.status, 128 + SIGSEGV, "status %d: %s", run.status, run.err);
	crash = js__parse(run.out);
	cr_expect_not(js__bool(crash, "cut_short"), "its window was cut short");
	json_decref(crash);
	run__free(&run);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Colour is for terminals, for those who want it; a terminal can go away. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../lib/tt.h"
#include "../lib/widths.h"

TestSuite(terminal, .init = tt__require_live, .fini = tt__cleanup);

static void check_plain(const char *const args[], const struct proc_opts *opts)
{
	struct run run;

	tt__run(&run, args, opts);
	cr_expect_eq(run.status, 0, "exit status %d: %s%s", run.status, run.out, run.err);
	cr_expect_gt(run.out_len, 100, "no summary: %s", run.out);
	cr_expect_null(strchr(run.out, '\033'), "an escape code: %s", run.out);
	cr_expect_null(strchr(run.err, '\033'), "an escape code: %s", run.err);
	run__free(&run);
}

Test(terminal, no_escape_codes_where_there_is_none)
{
	check_plain(ARGS("stat", "-d", "200ms"), NULL);
	check_plain(ARGS("doctor"), NULL);
}

Test(terminal, no_color)
{
	static const char *const no_color[] = { "TERM=xterm-256color", "NO_COLOR=1", NULL };
	static const char *const color[] = { "TERM=xterm-256color", NULL };
	struct proc_opts opts = { .want_tty = true, .env = no_color };

	check_plain(ARGS("stat", "-d", "200ms"), &opts);
	opts.env = color;
	check_plain(ARGS("stat", "-d", "200ms", "--no-color"), &opts);
}

/* It gets SIGHUP, and nobody is left to print to: it ends, and not by a crash. */
Test(terminal, that_is_closed_during_the_run)
{
	const struct proc_opts opts = { .want_tty = true };
	struct proc proc;
	struct run run;

	tt__start(&proc, ARGS("stat", "-i", "50ms"), &opts);
	cr_assert(proc__wait_catches(&proc, SIGINT), "does not handle SIGINT");
	close(proc.tty);
	proc.tty = -1;
	proc__finish(&proc, &run);
	cr_expect_neq(run.status, 128 + SIGSEGV);
	cr_expect_neq(run.status, 128 + SIGABRT);
	run__free(&run);
}

/* ---- who waits at a terminal is told what goes on ---- */

static const char *const xterm[] = { "TERM=xterm-256color", NULL };
static const char *const dumb[] = { "TERM=dumb", NULL };

static void check_told(const char *const args[], bool want_tty, const char *needle, bool told)
{
	const struct proc_opts opts = { .want_tty = want_tty, .env = xterm };
	struct run run;

	tt__run(&run, args, &opts);
	cr_expect_eq(!!strstr(run.out, needle) || strstr(run.err, needle), told, "%s: %s%s", needle,
		     run.out, run.err);
	run__free(&run);
}

Test(terminal, is_told_what_is_traced_and_how_it_ends)
{
	char pid[16], told[96];

	check_told(ARGS("stat", "-d", "200ms"), true,
		   "tasktoll: tracing the whole machine for 200ms; Ctrl-C ends it sooner", true);
	check_told(ARGS("stat", "--", "true"), true,
		   "tasktoll: tracing program true and all that it starts, until it ends", true);
	snprintf(pid, sizeof(pid), "%d", getpid());
	snprintf(told, sizeof(told), "tasktoll: tracing process %s for 200ms", pid);
	check_told(ARGS("stat", "-d", "200ms", "-p", pid), true, told, true);
	check_told(ARGS("stat", "-d", "200ms", "-q"), true, ": tracing", false);
	check_told(ARGS("stat", "-d", "200ms"), false, ": tracing", false);
}

/* Runs until a signal, when it has shown the needle. */
static void run_until(struct run *ret_run, const char *const args[], const char *const env[],
		      const char *needle)
{
	const struct proc_opts opts = { .want_tty = true, .env = env };
	struct proc proc;

	tt__start(&proc, args, &opts);
	cr_expect(proc__wait_shows(&proc, needle), "never shows %s", needle);
	proc__signal(&proc, SIGINT);
	proc__finish(&proc, ret_run);
	cr_expect(ret_run->status == 0 || ret_run->status == 3, "exit status %d: %s",
		  ret_run->status, ret_run->out);
}

static void check_line(const char *const args[], const char *told)
{
	struct run run;
	const char *line, *summary;

	run_until(&run, args, xterm, " tasks created, ");
	cr_expect_not_null(strstr(run.out, told), "%s", run.out);
	line = strstr(run.out, "s: ");
	summary = strstr(run.out, "  proof  ");
	cr_expect(line && summary && line < summary, "%s", run.out);
	/* the summary begins a line of its own, where the counters were */
	cr_expect_not_null(strstr(run.out, " \rtasktoll  "), "%s", run.out);
	run__free(&run);
}

Test(terminal, counters_are_written_each_second_until_the_summary)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	check_line(ARGS("stat", "--no-color"), "tracing the whole machine until Ctrl-C");
	check_line(ARGS("stat", "--no-color", "-p", pid), "until it ends, or Ctrl-C");
}

/* Not over what a program writes, nor where pages are drawn, nor where nobody looks. */
Test(terminal, no_line_of_counters_where_it_would_be_in_the_way)
{
	check_told(ARGS("stat", "--", "sleep", "2"), true, "tasks created", false);
	check_told(ARGS("stat", "-d", "2", "-i", "1"), true, "tasks created", false);
	check_told(ARGS("stat", "-d", "2", "-q"), true, "tasks created", false);
	check_told(ARGS("stat", "-d", "2"), false, "tasks created", false);
}

Test(terminal, intervals_are_drawn_over_each_other)
{
	struct run run;
	const char *at;
	int pages = 0;

	run_until(&run, ARGS("stat", "-i", "200ms"), xterm, "\033[J\033[H");
	for (at = run.out; (at = strstr(at, "\033[H")); at++)
		pages++;
	cr_expect_geq(pages, 2, "%s", run.out);
	/* the last one is whole, and stays */
	at = strstr(run.out, "\033[H\033[J");
	cr_assert_not_null(at, "%s", run.out);
	cr_expect_not_null(strstr(at, "tasktoll itself:"), "%s", at);
	cr_expect_null(strstr(at + 1, "\033[H"), "%s", at);
	run__free(&run);
}

Test(terminal, intervals_follow_each_other_where_nothing_can_be_drawn)
{
	struct run run;

	run_until(&run, ARGS("stat", "-i", "200ms"), dumb, "tasktoll itself:");
	cr_expect_null(strchr(run.out, '\033'), "%s", run.out);
	run__free(&run);
	check_told(ARGS("stat", "-d", "500ms", "-i", "200ms"), false, "\033", false);
}

/* ---- pages fit, whatever tasks are called ---- */

/* The load under a name that is wide, combining, or written from right to left. */
static const char *named(const char *load, const char *name)
{
	const char *path = tt__temp(name);

	cr_assert_eq(symlink(load, path), 0);
	return path;
}

static const char *const names[] = {
	"\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad", /* CJK */
	"e\xcc\x81o\xcc\x88u\xcc\x8a",					/* combining */
	"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",				/* Hebrew */
};

Test(terminal, pages_fit_it)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *path = named("/bin/sleep", names[i]);

		widths__check(ARGS("stat", "--threads", "--", path, "0.01"), 0);
	}
	widths__check(ARGS("stat", "-d", "100ms", "-n", "100"), -1); /* it may lose something */
}

Test(terminal, crashes_fit_it)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *path = named(tt__load("crasher"), names[i]);

		widths__check(ARGS("crash", "--window", "100ms", "--", path, "3", "null", "-o",
				   tt__temp("facts")),
			      -1);
	}
}

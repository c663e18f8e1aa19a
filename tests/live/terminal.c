/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Colour is for terminals, for those who want it; a terminal can go away. */
#include <criterion/criterion.h>
#include <signal.h>
#include <unistd.h>

#include "../lib/tt.h"

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

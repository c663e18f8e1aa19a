/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Without root: what failed, why, and what to do, for every way of asking. */
#include <criterion/criterion.h>
#include <unistd.h>

#include "../lib/tt.h"

TestSuite(privilege, .fini = tt__cleanup);

/* As whoever runs the tests, if that is not root. */
static const struct proc_opts *as_nobody(void)
{
	static struct proc_opts opts;

	opts.uid = geteuid() ? 0 : TT_NOBODY;
	opts.dir = "/";
	return &opts;
}

static void refused(const char *const args[])
{
	struct run run;

	tt__run(&run, args, as_nobody());
	tt__expect_failure(&run, 1, "sudo");
	run__free(&run);
}

Test(privilege, tracing_needs_it)
{
	refused(ARGS("stat", "-d", "1"));
	refused(ARGS("stat", "-d", "1", "--format", "json"));
	refused(ARGS("stat", "-d", "1", "-p", "1"));
	refused(ARGS("stat", "--", "true"));
	refused(ARGS("crash", "-d", "1"));
	refused(ARGS("crash", "--", "true"));
}

Test(privilege, wrong_usage_is_said_first)
{
	struct run run;

	tt__run(&run, ARGS("stat", "-d", "nonsense"), as_nobody());
	tt__expect_failure(&run, 2, "nonsense");
	run__free(&run);
}

Test(privilege, help_and_version_do_not_need_it)
{
	struct run run;

	tt__run(&run, ARGS("--help"), as_nobody());
	cr_expect_eq(run.status, 0, "exit status %d: %s", run.status, run.err);
	run__free(&run);
	tt__run(&run, ARGS("--version"), as_nobody());
	cr_expect_eq(run.status, 0, "exit status %d: %s", run.status, run.err);
	run__free(&run);
}

/* It says what is missing: that is its task, and `stat` would not work. */
Test(privilege, doctor_explains)
{
	struct run run;

	tt__run(&run, ARGS("doctor"), as_nobody());
	cr_expect_eq(run.status, 1, "exit status %d: %s", run.status, run.err);
	cr_expect(strstr(run.out, "root") || strstr(run.err, "root"), "nothing about root: %s%s",
		  run.out, run.err);
	run__free(&run);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the output goes can be full, closed, or gone; what a live summary does
 * then is tested live.
 */
#include <criterion/criterion.h>

#include "../lib/tt.h"

TestSuite(output, .fini = tt__cleanup);

static const char *const commands[] = { "--help", "--version" };

Test(output, full)
{
	const struct proc_opts opts = { .stdout_path = "/dev/full" };
	struct run run;
	size_t i;

	for (i = 0; i < 2; i++) {
		tt__run(&run, ARGS(commands[i]), &opts);
		tt__expect_failure(&run, 1, NULL);
		run__free(&run);
	}
}

Test(output, closed)
{
	const struct proc_opts opts = { .close_stdout = true };
	struct run run;
	size_t i;

	for (i = 0; i < 2; i++) {
		tt__run(&run, ARGS(commands[i]), &opts);
		tt__expect_failure(&run, 1, NULL);
		run__free(&run);
	}
}

/* A reader that has enough is no failure. */
Test(output, reader_that_leaves)
{
	struct run run;

	run__do(&run, ARGS("sh", "-c", "\"$0\" stat --help | head -n 1", tt__path()), NULL);
	cr_expect_eq(run.status, 0);
	cr_expect_eq(run.err_len, 0, "on stderr: %s", run.err);
	run__free(&run);
}

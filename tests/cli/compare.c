/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What compare wants to be told: a target, or two programs. */
#include <criterion/criterion.h>

#include "../lib/tt.h"

TestSuite(compare_usage, .fini = tt__cleanup);

static void expect_usage(const char *const args[], const char *needle)
{
	struct run run;

	tt__run(&run, args, NULL);
	tt__expect_failure(&run, 2, needle);
	run__free(&run);
}

Test(compare_usage, a_target_or_two_programs_are_needed)
{
	expect_usage(ARGS("compare"), "there is no target");
	expect_usage(ARGS("compare", "--", "true", "--"), "one program is empty");
	expect_usage(ARGS("compare", "--", "true", "--", "true", "--", "true"),
		     "more than two programs are given");
	expect_usage(ARGS("compare", "-d", "1", "--", "true", "--", "true"), "whatever -d says");
	expect_usage(ARGS("compare", "-n", "0", "--", "true", "--", "true"), "rounds");
	expect_usage(ARGS("compare", "--format", "csv", "--", "true", "--", "true"),
		     "(choose text or json)");
	expect_usage(ARGS("compare", "--html", "", "--", "true"), "html");
}

Test(compare_usage, a_page_for_a_browser_needs_a_place)
{
	struct run run;

	tt__run(&run, ARGS("compare", "--html", "/nowhere/at/all", "--", "true"), NULL);
	tt__expect_failure(&run, 1, "cannot create /nowhere/at/all");
	run__free(&run);
	tt__run(&run, ARGS("compare", "-o", "/tmp/same", "--html", "/tmp/same", "--", "true"),
		NULL);
	tt__expect_failure(&run, 2, "-o writes to the same file");
	run__free(&run);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timeline: what is wrong is said before anything is traced, and says what to do. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "../lib/tt.h"

TestSuite(timeline, .fini = tt__cleanup);

static void refused(const char *const args[], int status, const char *needle)
{
	struct run run;

	tt__run(&run, args, NULL);
	tt__expect_failure(&run, status, needle);
	run__free(&run);
}

/* It holds sums: what to do instead is in the sentence. */
Test(timeline, of_a_recording)
{
	refused(ARGS("timeline", "run.tasktoll"), 1, "not single switches");
	refused(ARGS("timeline", "run.tasktoll"), 1, "tasktoll timeline -o FILE");
}

Test(timeline, values_that_are_none)
{
	refused(ARGS("timeline", "--max-size", "0"), 2, "--max-size");
	refused(ARGS("timeline", "--max-memory", "4096"), 2, "2048");
	refused(ARGS("timeline", "--format", "svg"), 2, "svg");
}

Test(timeline, file_that_cannot_be_written)
{
	refused(ARGS("timeline", "-o", "/nonexistent/trace.pftrace"), 1,
		"/nonexistent/trace.pftrace");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real output against the schema, by a validator that this project did not write. */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>

#include "../lib/js.h"
#include "../lib/tt.h"

static void require(void)
{
	const char *required = getenv("TASKTOLL_REQUIRE_LIVE");
	struct run run;
	int status;

	tt__require_live();
	run__do(&run, ARGS("python3", "-c", "import jsonschema"), NULL);
	status = run.status;
	run__free(&run);
	if (!status)
		return;
	cr_assert(!required || strcmp(required, "1"), "the Python module jsonschema is missing");
	cr_skip_test("the Python module jsonschema is missing");
}

TestSuite(schema, .init = require, .fini = tt__cleanup);

static const char *source(const char *name)
{
	static char paths[2][PATH_MAX];
	static unsigned int next;
	const char *top = getenv("TASKTOLL_SOURCE");
	char *path = paths[next++ % 2];

	snprintf(path, sizeof(paths[0]), "%s/tests/schema/%s", top ? top : ".", name);
	return path;
}

static void validate(const char *file, int status)
{
	struct run run;

	run__do(&run, ARGS("python3", source("validate.py"), source("stat.schema.json"), file),
		NULL);
	cr_expect_eq(run.status, status, "%s%s", run.out, run.err);
	run__free(&run);
}

static void stat_to(const char *file, const char *const args[])
{
	const char *all[TT_MAX_ARGS] = { "stat", "--format", "json", "-o", file };
	struct run run;
	size_t n = 5;

	while (*args)
		all[n++] = *args++;
	tt__run(&run, all, NULL);
	tt__expect_success(&run);
	run__free(&run);
}

Test(schema, machine)
{
	const char *file = tt__temp("machine.json");

	stat_to(file, ARGS("-d", "500ms"));
	validate(file, 0);
}

Test(schema, machine_with_threads_in_intervals)
{
	const char *file = tt__temp("threads.json");

	stat_to(file, ARGS("-d", "600ms", "-i", "200ms", "--threads"));
	validate(file, 0);
}

Test(schema, program)
{
	const char *file = tt__temp("program.json");

	stat_to(file, ARGS("--threads", "--", tt__load("switches"), "7", "101", "-o", "/dev/null"));
	validate(file, 0);
}

/* What is null there is null by the schema. */
Test(schema, without_some_probes)
{
	const char *file = tt__temp("fallback.json");

	stat_to(file, ARGS("-d", "200ms", "--force-rung", "COST=none,TLB=none,PICK=none"));
	validate(file, 0);
}

/* A validator that finds nothing wrong with anything proves nothing. */
Test(schema, refuses_what_is_not_a_summary)
{
	const char *file = tt__temp("wrong.json"), *good = tt__temp("good.json");
	json_t *stat;

	stat_to(good, ARGS("-d", "100ms"));
	stat = js__parse_file(good);
	json_object_del(js__at(stat, "system"), "switches");
	json_dump_file(stat, file, 0);
	validate(file, 1);
	json_decref(stat);
	stat = js__parse_file(good);
	json_object_set_new(js__at(stat, "system.runq_ns"), "max", json_real(1.5));
	json_dump_file(stat, file, 0);
	validate(file, 1);
	json_decref(stat);
}

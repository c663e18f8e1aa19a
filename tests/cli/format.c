/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which format: as --format says, or else as the file is named. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/recording.h"
#include "../lib/tt.h"

TestSuite(format, .fini = tt__cleanup);

static const struct recording_plan small = { .processes = 3, .stacks = 9, .samples = 30 };

static const char *recording(void)
{
	const char *path = tt__temp("a.tasktoll");

	recording__make(path, &small);
	return path;
}

/* What the file begins with; the command, a format unless NULL, and a name. */
static void check(const char *command, const char *format, const char *name, const char *expected)
{
	const char *path = recording(), *output = tt__temp(name);
	const char *const args[] = { command, "-q", path, "-o", output, format ? "--format" : NULL,
				     format,  NULL };
	struct run run;
	char *text;

	tt__run(&run, args, NULL);
	cr_expect_eq(run.status, 0, "%s: %s", name, run.err);
	text = file__read(output);
	cr_assert_not_null(text, "no %s", name);
	cr_expect(!strncmp(text, expected, strlen(expected)), "%s begins with %.40s", name, text);
	free(text);
	run__free(&run);
}

Test(format, name_of_the_file_chooses)
{
	check("report", NULL, "a.json", "{\"schema\":");
	check("report", NULL, "a.jsonl", "{\"schema\":");
	check("report", NULL, "a.ndjson", "{\"schema\":");
	check("report", NULL, "a.csv", "start,");
	check("report", NULL, "a.txt", "tasktoll  ");
	check("report", NULL, "a.JSON", "{\"schema\":");
	check("flame", NULL, "a.svg", "<?xml");
	check("flame", NULL, "a.pb.gz", "\x1f\x8b");
	check("flame", NULL, "a.pprof", "\x1f\x8b");
	check("flame", NULL, "a.folded", "thread;function_0_");
	check("flame", NULL, "a.txt", "thread;function_0_");
}

Test(format, name_that_says_nothing_leaves_it)
{
	check("report", NULL, "json", "tasktoll  ");
	check("report", NULL, "ajson", "tasktoll  ");
	check("report", NULL, ".json", "tasktoll  "); /* a hidden file without a suffix */
	check("report", NULL, "a.json.old", "tasktoll  ");
	check("flame", NULL, "a.log", "thread;function_0_");
}

Test(format, ndjson_is_json)
{
	check("report", "ndjson", "a.txt", "{\"schema\":");
}

Test(format, what_was_said_wins)
{
	check("report", "text", "a.json", "tasktoll  ");
	check("report", "json", "a.csv", "{\"schema\":");
	check("report", "csv", "a.svg", "start,");
	check("flame", "folded", "a.svg", "thread;function_0_");
	check("flame", "svg", "a.json", "<?xml");
}

static void refused(const char *const args[], const char *needle)
{
	struct run run;

	tt__run(&run, args, NULL);
	tt__expect_failure(&run, 2, needle);
	run__free(&run);
}

Test(format, name_that_another_command_would_take_is_refused)
{
	const char *path = recording();

	refused(ARGS("report", path, "-o", "a.svg"), "only a flame graph");
	refused(ARGS("stat", "-d", "1", "-o", "a.pb.gz"), "only a flame graph");
	refused(ARGS("flame", path, "-o", "a.json"), "a flame graph has no such format");
	refused(ARGS("flame", path, "-o", "a.csv"), "a flame graph has no such format");
	refused(ARGS("report", path, "--crashes", "-o", "a.csv"), "choose text or json");
	refused(ARGS("doctor", "-o", "a.csv"), "choose text or json");
	refused(ARGS("crash", "-o", "a.csv"), "csv");
}

/* Text has no column for every figure of csv. */
Test(format, columns_of_csv_are_for_csv)
{
	const char *path = recording();
	struct run run;

	tt__run(&run, ARGS("report", "-q", path, "--columns", "run,runq_ns_p99", "--format", "csv"),
		NULL);
	cr_expect_eq(run.status, 0, "%s", run.err);
	cr_expect_not_null(strstr(run.out, ",comm,run,runq_ns_p99\n"), "%s", run.out);
	run__free(&run);
	tt__run(&run, ARGS("report", path, "--columns", "run,runq_ns_p99"), NULL);
	tt__expect_failure(&run, 2, "some of these columns are only in csv");
	run__free(&run);
}

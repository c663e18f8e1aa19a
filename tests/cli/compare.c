/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What compare wants to be told: a target, a recording, or two programs; and what it says of a recording. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/js.h"
#include "../lib/recording.h"
#include "../lib/tt.h"

TestSuite(compare_usage, .fini = tt__cleanup);
TestSuite(compare_recording, .fini = tt__cleanup);

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

/* ---- a recording, which nobody needs rights for ---- */

static const struct recording_plan small = {
	.processes = 5, .threads = 3, .stacks = 4, .samples = 20
};

static const char *make(const struct recording_plan *plan)
{
	static char path[4300];

	snprintf(path, sizeof(path), "%s", tt__temp("a.tasktoll"));
	recording__make(path, plan);
	return path;
}

static json_t *compare(const char *const args[], int status)
{
	const char *argv[TT_MAX_ARGS] = { "compare", "-q", "--format",
					  "json",    "-o", tt__temp("compare.json") };
	struct run run;
	size_t i;

	for (i = 0; args[i]; i++)
		argv[6 + i] = args[i];
	tt__run(&run, argv, NULL);
	cr_assert_eq(run.status, status, "status %d: %s", run.status, run.err);
	run__free(&run);
	run__do(&run,
		ARGS("python3", "tests/schema/validate.py", "tests/schema/compare.schema.json",
		     tt__temp("compare.json")),
		NULL);
	cr_expect_eq(run.status, 0, "%s%s", run.out, run.err);
	run__free(&run);
	return js__parse_file(tt__temp("compare.json"));
}

static double real(json_t *page, const char *path)
{
	return json_number_value(js__at(page, path));
}

/* Process i switches 1 + i times, and each more thread once; nobody followed their lives. */
static void check_page(json_t *page, const char *path)
{
	const char *lives = "the recording did not follow creations, ends and crashes";

	cr_expect_str_eq(js__str(page, "recording"), path);
	cr_expect_str_eq(js__str(page, "target"), "the whole machine");
	cr_expect_eq(js__u64(page, "duration_ns"), 1000000000);
	cr_expect_eq(js__u64(page, "figures.isolation.processes"), 5);
	cr_expect_eq(js__u64(page, "figures.isolation.threads"), 8);
	cr_expect_eq(js__u64(page, "figures.isolation.processes_at_once"), 5);
	cr_expect_eq(js__u64(page, "figures.isolation.threads_at_once"), 8);
	cr_expect_eq(js__u64(page, "figures.isolation.threads_of_largest"), 4);
	cr_expect_eq(js__u64(page, "figures.switching.switches"), 2 + 3 + 4 + 5 + 6 + 3);
	cr_expect_eq(js__u64(page, "figures.switching.process.count"), 23);
	cr_expect_float_eq(real(page, "figures.use.cpus_obtained"), 23e-6, 1e-9);
	cr_expect_str_eq(js__str(page, "figures.memory.unavailable"),
			 "a recording keeps no memory of its processes");
	cr_expect_str_eq(js__str(page, "figures.communication.unavailable"),
			 "the recording does not say who wakes whom (record --wakes keeps it)");
	cr_expect_str_eq(js__str(page, "figures.creation.unavailable"), lives);
	cr_expect_str_eq(js__str(page, "figures.crash_impact.unavailable"), lives);
	cr_expect(json_is_null(js__at(page, "differences")));
	cr_expect(json_is_null(js__at(page, "wakes")));
	cr_expect_eq(json_array_size(js__at(page, "rows")), 7);
	cr_expect_str_eq(js__str(page, "verdict.outcome"), "not enough data");
}

Test(compare_recording, seven_rows)
{
	const char *path = make(&small);
	json_t *page = compare(ARGS(path), 0);

	check_page(page, path);
	json_decref(page);
}

Test(compare_recording, a_process_of_it)
{
	const char *path = make(&small);
	json_t *page = compare(ARGS(path, "-p", "2"), 0);

	cr_expect_str_eq(js__str(page, "target"), "process 2");
	cr_expect_eq(js__u64(page, "figures.isolation.threads"), 1);
	cr_expect_eq(js__u64(page, "figures.switching.switches"), 3);
	json_decref(page);
	/* the others are children of 1 */
	page = compare(ARGS("-p", "1", path), 0);
	cr_expect_eq(js__u64(page, "figures.isolation.processes"), 5);
	json_decref(page);
	page = compare(ARGS("-p", "1", "--no-children", path), 0);
	cr_expect_eq(js__u64(page, "figures.isolation.threads"), 4);
	json_decref(page);
	page = compare(ARGS("-c", "process-[45]", path), 0);
	cr_expect_eq(js__u64(page, "figures.isolation.processes"), 2);
	json_decref(page);
}

Test(compare_recording, text_and_html)
{
	const char *path = make(&small);
	struct run text;
	char *page;

	tt__run(&text, ARGS("compare", path, "--html", tt__temp("page.html")), NULL);
	cr_expect_eq(text.status, 0, "%s", text.err);
	cr_expect(strstr(text.err, "was made on elsewhere"), "%s", text.err);
	cr_expect(strstr(text.out, "from the recording "), "%s", text.out);
	cr_expect(strstr(text.out, "not known: a recording keeps no memory of its processes"), "%s",
		  text.out);
	run__free(&text);
	page = file__read(tt__temp("page.html"));
	cr_expect(
		strstr(page,
		       "n/a: the recording does not say who wakes whom (record --wakes keeps it)"));
	free(page);
}

static void expect(const char *const args[], int status, const char *needle)
{
	struct run run;

	tt__run(&run, args, NULL);
	tt__expect_failure(&run, status, needle);
	run__free(&run);
}

Test(compare_recording, what_does_not_go_together)
{
	const char *path = make(&small);

	expect(ARGS("compare", path, path), 2, "one recording is read at a time");
	expect(ARGS("compare", path, "-d", "1"), 2, "the recording is as long as it is");
	expect(ARGS("compare", "-t", "1", path), 2, "adds creations and crashes up by process");
	expect(ARGS("compare", path, "-G", "/sys/fs/cgroup"), 2, "does not keep cgroups");
	expect(ARGS("compare", path, "--", "true"), 2, "a program is to be run, too");
	expect(ARGS("compare", path, "--force-rung", "cost=none"), 2, "for a target that runs");
	expect(ARGS("compare", path, "-p", "77"), 1, "no process in the recording matches");
	expect(ARGS("compare", path, "-c", "nobody"), 1, "no process in the recording matches");
	expect(ARGS("compare", path, "-o", path), 1, "it is the recording itself");
	expect(ARGS("compare", path, "--html", path), 1, "it is the recording itself");
	expect(ARGS("compare", path, "--"), 2, "no program follows it");
}

Test(compare_recording, what_is_no_recording)
{
	const struct recording_plan cut = { .processes = 2, .cut_off = true };
	const char *path = make(&small);
	struct stat status;
	FILE *file;

	expect(ARGS("compare", "/nowhere/a.tasktoll"), 1, "No such file");
	expect(ARGS("compare", "/"), 1, "it is a directory");
	cr_assert_eq(stat(path, &status), 0);
	cr_assert_eq(truncate(path, status.st_size / 2), 0);
	expect(ARGS("compare", path), 1, "cannot read the recording");
	file = fopen(path, "we");
	fputs("just text\n", file);
	fclose(file);
	expect(ARGS("compare", path), 1, "not a tasktoll recording");
	json_decref(compare(ARGS(make(&cut)), 3));
}

/* What is whole counts, and it is said that not all is. */
Test(compare_recording, damage_is_told)
{
	const struct recording_plan plan = { .processes = 3000, .stacks = 10, .samples = 10 };
	const char *path = make(&plan);
	char rubbish[8192];
	struct stat status;
	struct run damaged;
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	memset(rubbish, 0xff, sizeof(rubbish));
	cr_assert_eq(fstat(fd, &status), 0);
	cr_assert_eq(pwrite(fd, rubbish, sizeof(rubbish), status.st_size / 2 / 4096 * 4096),
		     (ssize_t)sizeof(rubbish));
	close(fd);
	tt__run(&damaged, ARGS("compare", path), NULL);
	cr_expect_eq(damaged.status, 3, "%d: %s", damaged.status, damaged.err);
	cr_expect(strstr(damaged.err, "the recording is damaged"), "%s", damaged.err);
	run__free(&damaged);
}

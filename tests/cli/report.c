/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll report: what it prints of a recording, and what it says of what is none. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/js.h"
#include "../lib/recording.h"
#include "../lib/tt.h"

TestSuite(report, .fini = tt__cleanup);

static const struct recording_plan small = {
	.processes = 5, .threads = 3, .stacks = 40, .samples = 2000
};

static void run(struct run *ret_run, const char *const args[], int status)
{
	tt__run(ret_run, args, NULL);
	cr_expect_eq(ret_run->status, status, "status %d: %s", ret_run->status, ret_run->err);
}

static const char *make(const struct recording_plan *plan)
{
	const char *path = tt__temp("a.tasktoll");

	recording__make(path, plan);
	return path;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

Test(report, prints_a_summary)
{
	const char *path = make(&small);
	struct run text, json, csv, threads;
	json_t *root;

	run(&text, ARGS("report", path), 0);
	cr_expect(strstr(text.out, "the whole machine for 1.00s on elsewhere"), "%s", text.out);
	cr_expect(strstr(text.err, "was made on elsewhere"), "%s", text.err);
	run(&json, ARGS("report", "--format", "json", path), 0);
	root = js__parse(json.out);
	cr_expect_eq(json_array_size(js__at(root, "processes")), 5);
	cr_expect_null(json_object_get(json_array_get(js__at(root, "processes"), 0), "threads"));
	json_decref(root);
	run(&threads, ARGS("report", path, "--threads", "--format", "json"), 0);
	root = js__parse(threads.out);
	cr_expect_not_null(
		json_object_get(json_array_get(js__at(root, "processes"), 0), "threads"));
	json_decref(root);
	run(&csv, ARGS("report", "--format=csv", path), 0);
	cr_expect(strstr(csv.out, ",process,"));
	run__free(&text);
	run__free(&json);
	run__free(&csv);
	run__free(&threads);
}

Test(report, prints_each_period)
{
	const struct recording_plan plan = { .periods = 3, .processes = 2 };
	const char *at;
	struct run lines;
	int count = 0;

	run(&lines, ARGS("report", "--format", "json", make(&plan)), 0);
	for (at = lines.out; (at = strchr(at, '\n')); at++)
		count++;
	cr_expect_eq(count, 3);
	run__free(&lines);
}

static json_t *report_of(const char *path, bool sum)
{
	struct run run;
	json_t *root;

	tt__run(&run,
		sum ? ARGS("report", "--sum", "--threads", "--format", "json", path) :
		      ARGS("report", "--threads", "--format", "json", path),
		NULL);
	tt__expect_success(&run);
	root = js__parse_lines(run.out);
	run__free(&run);
	return root;
}

/* Each figure of the sum, of the machine, a process and a thread, is that of all periods together. */
Test(report, adds_periods_up)
{
	const struct recording_plan plan = { .periods = 3, .processes = 2, .threads = 2 };
	const char *path = make(&plan);
	json_t *periods = report_of(path, false), *sums = report_of(path, true), *sum, *period;
	uint64_t ns = 0, machine = 0, switches = 0;
	size_t i;

	cr_assert_eq(json_array_size(periods), 3);
	cr_assert_eq(json_array_size(sums), 1);
	sum = json_array_get(sums, 0);
	json_array_foreach(periods, i, period) {
		ns += js__u64(period, "duration_ns");
		machine += js__u64(js__at(period, "system"), "switches");
		switches += js__u64(json_array_get(js__at(period, "processes"), 0), "switches");
	}
	cr_expect_eq(js__u64(sum, "duration_ns"), ns);
	cr_expect_eq(js__u64(js__at(sum, "system"), "switches"), machine);
	cr_expect_eq(json_array_size(js__at(sum, "processes")), 2);
	cr_expect_eq(js__u64(json_array_get(js__at(sum, "processes"), 0), "switches"), switches);
	cr_expect_eq(
		json_array_size(js__at(json_array_get(js__at(sum, "processes"), 0), "threads")),
		json_array_size(
			js__at(json_array_get(js__at(json_array_get(periods, 0), "processes"), 0),
			       "threads")));
	json_decref(periods);
	json_decref(sums);
}

Test(report, says_how_periods_add_up)
{
	const struct recording_plan plan = { .periods = 3, .processes = 2 };
	const char *path = make(&plan);
	struct run pages, quiet, whole, wrong;

	run(&pages, ARGS("report", path), 0);
	cr_expect(strstr(pages.err, "3 intervals follow, a page each (--sum"), "%s", pages.err);
	run(&quiet, ARGS("report", "-q", path), 0);
	cr_expect_not(strstr(quiet.err, "intervals follow"), "%s", quiet.err);
	run(&whole, ARGS("report", "--sum", path), 0);
	cr_expect_not(strstr(whole.err, "intervals follow"), "%s", whole.err);
	cr_expect(strstr(whole.out, "the whole machine for 3.00s on elsewhere"), "%s", whole.out);
	run(&wrong, ARGS("report", "--sum", "--stacks", "3", path), 2);
	cr_expect(strstr(wrong.err, "bad option --sum"), "%s", wrong.err);
	run__free(&pages);
	run__free(&quiet);
	run__free(&whole);
	run__free(&wrong);
}

Test(report, says_what_is_incomplete)
{
	const struct recording_plan lossy = { .processes = 2, .lossy = true };
	const struct recording_plan cut = { .processes = 2, .cut_off = true };
	struct run first, second;

	run(&first, ARGS("report", make(&lossy)), 3);
	run(&second, ARGS("report", make(&cut)), 3);
	cr_expect(strstr(second.err, "the recording was cut off: its last "), "%s", second.err);
	run__free(&first);
	run__free(&second);
}

Test(report, stacks_add_up)
{
	const char *path = make(&small);
	struct run text, json;
	json_t *root;

	run(&json, ARGS("report", path, "--stacks", "3", "--metric", "sleep", "--format", "json"),
	    0);
	root = js__parse(json.out);
	cr_expect_eq(js__u64(root, "total"), recording__sleep_ns(&small));
	cr_expect_eq(json_array_size(js__at(root, "stacks")), 3);
	json_decref(root);
	run(&text, ARGS("report", path, "--stacks", "3"), 0);
	cr_expect(strstr(text.out, "function_0_0"), "%s", text.out);
	run__free(&text);
	run__free(&json);
}

/* The rest of the threads add up to the rest. */
Test(report, stacks_of_some_threads)
{
	const char *path = make(&small);
	__u64 sum = 0;
	char pid[16];
	struct run json;
	json_t *root;
	unsigned int i;

	for (i = 1; i <= small.processes; i++) {
		snprintf(pid, sizeof(pid), "%u", i);
		run(&json,
		    ARGS("report", path, "-q", "--metric", "sleep", "--format", "ndjson", "-p", pid,
			 "-c", "thr*"),
		    0);
		root = js__parse(json.out);
		cr_expect_gt(js__u64(root, "total"), 0);
		sum += js__u64(root, "total");
		json_decref(root);
		run__free(&json);
	}
	cr_expect_eq(sum, recording__sleep_ns(&small));
	tt__run(&json, ARGS("report", path, "--stacks", "3", "-c", "nobody"), NULL);
	tt__expect_failure(&json, 1, "no thread in it matches -p, -t and -c");
	run__free(&json);
}

/* A million of them: the command as a whole, on a machine that does something else, too. */
Test(report, a_million_samples, .timeout = 120)
{
	const struct recording_plan plan = { .processes = 2000,
					     .stacks = 200000,
					     .samples = 1000000 };
	const char *path = make(&plan);
	struct rusage used;
	struct run json;
	json_t *root;
	long ms;

	run(&json, ARGS("report", path, "--metric", "sleep", "--format", "json"), 0);
	cr_assert_eq(getrusage(RUSAGE_CHILDREN, &used), 0);
	ms = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
	     (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
	cr_expect_lt(used.ru_maxrss, 200 * 1024, "%ld KiB", used.ru_maxrss);
	cr_expect(getenv("TASKTOLL_EMULATED") || ms < 1000, "%ld ms of CPU", ms);
	root = js__parse(json.out);
	cr_expect_eq(js__u64(root, "total"), recording__sleep_ns(&plan));
	json_decref(root);
	run__free(&json);
}

Test(report, compares_two)
{
	const struct recording_plan faster = { .periods = 2, .processes = 5, .faster = true };
	const char *b = tt__temp("b.tasktoll"), *a = make(&small);
	struct run text, json;
	json_t *root;

	recording__make(b, &faster);
	run(&text, ARGS("report", "--diff", a, b), 0);
	cr_expect(strstr(text.out, "switches/s"), "%s", text.out);
	run(&json, ARGS("report", "--format", "json", "--diff", a, b), 0);
	root = js__parse(json.out);
	js__at(root, "system.switches_per_s.a");
	cr_expect_eq(js__u64(root, "b.duration_ns"), 2000000000);
	json_decref(root);
	run__free(&text);
	run__free(&json);
}

Test(report, usage)
{
	static const struct {
		const char *args[7];
		const char *needle;
	} cases[] = {
		{ { "report" }, "no recording is named" },
		{ { "report", "a", "b" }, "one recording is read at a time" },
		{ { "report", "--diff" }, "no recording is named" },
		{ { "report", "--diff", "a" }, "only one recording is named" },
		{ { "report", "a", "--stacks", "0" }, "bad value \"0\" for --stacks" },
		{ { "report", "a", "--metric", "x" }, "choose one of offcpu" },
		{ { "report", "a", "--crashes", "--format", "csv" }, "choose text or json" },
		{ { "report", "a", "--crashes", "--stacks", "1" }, "choose one of" },
		{ { "report", "a", "-i", "1" }, "no such option" },
		{ { "report", "a", "-p", "1" }, "only stacks can be those of some threads" },
		{ { "report", "a", "-c", "x", "--crashes" }, "write --stacks N" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run failed;

		tt__run(&failed, cases[i].args, NULL);
		tt__expect_failure(&failed, 2, cases[i].needle);
		run__free(&failed);
	}
}

static void check_remark(const char *const args[], const char *needle)
{
	struct run said;

	run(&said, args, 0);
	cr_expect(needle ? strstr(said.err, needle) != NULL : !said.err_len, "on stderr: %s",
		  said.err);
	run__free(&said);
}

Test(report, says_why_there_is_nothing)
{
	const char *path = make(&small);

	check_remark(ARGS("report", path, "--crashes"), "no crash in ");
	check_remark(ARGS("report", path, "--crashes", "--format", "json"), "no crash in ");
	check_remark(ARGS("report", path, "--metric", "crash"), "no crash in ");
	check_remark(ARGS("report", path, "--metric", "spawn"), "no spawn in ");
	check_remark(ARGS("report", path, "--metric", "spawn", "--format", "json"), "no spawn in ");
}

Test(report, quiet_makes_no_remarks)
{
	const char *path = make(&small);

	check_remark(ARGS("report", path), "was made on elsewhere");
	check_remark(ARGS("report", "-q", path), NULL);
	check_remark(ARGS("report", path, "--quiet", "--crashes"), NULL);
	check_remark(ARGS("report", path, "-q", "--metric", "spawn"), NULL);
	check_remark(ARGS("report", "-q", "--diff", path, path), NULL);
}

Test(report, metric_without_a_number_shows_ten_stacks)
{
	const char *path = make(&small);
	struct run said;
	char *at;
	int shown = 0;

	run(&said, ARGS("report", "-q", path, "--metric", "switches"), 0);
	for (at = said.out; (at = strstr(at, "% ")); at++)
		shown++;
	cr_expect_eq(shown, 10, "%s", said.out);
	run__free(&said);
}

static void expect_refusal(const char *path, const char *needle)
{
	struct run failed;

	tt__run(&failed, ARGS("report", path), NULL);
	tt__expect_failure(&failed, 1, needle);
	run__free(&failed);
}

Test(report, what_is_no_recording)
{
	const char *path = tt__temp("other");
	char command[512];

	expect_refusal(path, "No such file");
	write_file(path, "");
	expect_refusal(path, "it is empty");
	write_file(path, "just text\n");
	expect_refusal(path, "not a tasktoll recording");
	unlink(path);
	cr_assert_eq(mkdir(path, 0700), 0);
	expect_refusal(path, "it is a directory");
	expect_refusal("/dev/zero", "it is not a regular file");
	snprintf(
		command, sizeof(command),
		"python3 -c 'import sqlite3; sqlite3.connect(\"%s/x\").execute(\"CREATE TABLE t(x)\")'",
		path);
	cr_assert_eq(system(command), 0);
	snprintf(command, sizeof(command), "%s/x", path);
	expect_refusal(command, "it is another program's database");
}

static void patch(const char *path, off_t at, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	cr_assert_eq(pwrite(fd, bytes, size, at), (ssize_t)size);
	close(fd);
}

Test(report, newer_and_truncated)
{
	const char *path = make(&small);
	struct stat status;

	patch(path, 60, "\0\0\0\7", 4);
	expect_refusal(path, "a newer tasktoll made it (update tasktoll");
	patch(path, 60, "\0\0\0\1", 4);
	cr_assert_eq(stat(path, &status), 0);
	cr_assert_eq(truncate(path, status.st_size / 2), 0);
	expect_refusal(path, "");
}

/* In the middle of the data: what is whole is shown, and it is said what is not. */
Test(report, damage_is_told)
{
	const struct recording_plan plan = { .processes = 3000, .stacks = 10, .samples = 10 };
	const char *path = make(&plan);
	struct stat status;
	char rubbish[8192];
	struct run damaged;

	memset(rubbish, 0xff, sizeof(rubbish));
	cr_assert_eq(stat(path, &status), 0);
	patch(path, status.st_size / 2 / 4096 * 4096, rubbish, sizeof(rubbish));
	run(&damaged, ARGS("report", path), 3);
	cr_expect(strstr(damaged.err, "the recording is damaged"), "%s", damaged.err);
	run__free(&damaged);
}

Test(report, does_not_write_over_it)
{
	const char *path = make(&small);
	struct run failed;

	tt__run(&failed, ARGS("report", path, "-o", path), NULL);
	tt__expect_failure(&failed, 1, "it is the recording");
	run__free(&failed);
	run(&failed, ARGS("report", path), 0);
	run__free(&failed);
}

/* What the man page says of the tables, and sqlite3 in Python, agree with the file. */
Test(report, schema_is_documented)
{
	struct run checked;

	run__do(&checked,
		ARGS("python3", "tests/schema/recording.py", tt__doc("tasktoll-recording.5"),
		     make(&small)),
		NULL);
	cr_expect_eq(checked.status, 0, "%s%s", checked.out, checked.err);
	run__free(&checked);
}

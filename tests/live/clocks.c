/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tasktoll in a time namespace, whose clocks are ahead of the machine's or behind:
 * what it tells is the same.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"

#define MAX_ARGS 32

/* A life that a test could have. */
#define LONG_NS 30000000000ULL

static const char *const shifts[] = { "500000", "-1" };

static void begin(void)
{
	struct run run;

	tt__require_live();
	if (access("/proc/self/ns/time", F_OK))
		cr_skip_test("this kernel has no time namespaces");
	run__do(&run, ARGS("unshare", "-f", "-T", "--monotonic", "5", "true"), NULL);
	if (run.status)
		cr_skip_test("unshare cannot make a time namespace: %s", run.err);
	run__free(&run);
}

TestSuite(clocks, .init = begin, .fini = tt__cleanup);

/* tasktoll with these arguments, where the clocks are shifted by so many seconds. */
static void run_shifted(struct run *ret_run, const char *seconds, const char *const args[])
{
	const char *argv[MAX_ARGS] = { "unshare", "-f",		"-T",	 "--monotonic",
				       seconds,	  "--boottime", seconds, tt__path() };
	size_t n = 8;

	for (; *args; args++) {
		cr_assert_lt(n, MAX_ARGS - 1);
		argv[n++] = *args;
	}
	run__do(ret_run, argv, NULL);
}

/* "2026-11-22T12:00:00.123456789Z" is within the last half minute. */
static void check_time_of_day(const char *text)
{
	struct tm tm = { 0 };
	time_t now = time(NULL), at;

	cr_assert(strptime(text, "%Y-%m-%dT%H:%M:%S", &tm), "no time: %s", text);
	at = timegm(&tm);
	cr_expect(at <= now + 1 && at >= now - 30, "%s is %ld s ago", text, (long)(now - at));
}

Test(clocks, intervals_and_waits)
{
	size_t i, at;

	for (i = 0; i < 2; i++) {
		struct run run;
		json_t *lines, *line;
		uint64_t elapsed = 0;

		run_shifted(&run, shifts[i],
			    ARGS("stat", "--format", "json", "-i", "0.25", "--threads", "--",
				 tt__load("sleeper"), "1", "-o", tt__temp("facts")));
		tt__expect_success(&run);
		lines = js__parse_lines(run.out);
		cr_expect(json_array_size(lines) >= 3 && json_array_size(lines) <= 8,
			  "%zu intervals of 0.25 s in 1 s", json_array_size(lines));
		json_array_foreach(lines, at, line) {
			elapsed += js__u64(line, "duration_ns");
			check__complete(line);
			check__sane_interval(line, elapsed);
			check_time_of_day(js__str(line, "start"));
		}
		cr_expect(elapsed > 900000000 && elapsed < LONG_NS, "it took %llu ns",
			  (unsigned long long)elapsed);
		/* the thread that sleeps throughout, and the leader that ticks, on time or late */
		cr_expect_geq(js__sum(lines, "system.offcpu_ns.sleep.sum") +
				      js__sum(lines, "system.runq_ns.sum"),
			      1800000000);
		cr_expect_lt(js__sum(lines, "system.offcpu_ns.sleep.sum"), LONG_NS);
		json_decref(lines);
		run__free(&run);
	}
}

Test(clocks, a_run_of_given_length)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		struct run run;
		json_t *stat;

		run_shifted(&run, shifts[i], ARGS("stat", "--format", "json", "-d", "0.5"));
		tt__expect_success(&run);
		stat = js__parse(run.out);
		check__complete(stat);
		check__sane(stat);
		cr_expect_geq(js__u64(stat, "duration_ns"), 500000000);
		cr_expect_lt(js__u64(stat, "duration_ns"), LONG_NS);
		json_decref(stat);
		run__free(&run);
	}
}

Test(clocks, a_crash)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		const char *out = tt__temp("crashes");
		struct run run;
		json_t *crash;

		run_shifted(&run, shifts[i],
			    ARGS("crash", "--format", "json", "--window", "0.3", "-o", out, "--",
				 tt__load("crasher"), "4", "null", "-o", tt__temp("facts")));
		cr_expect_eq(run.status, 128 + 11, "status %d: %s", run.status, run.err);
		crash = js__parse_file(out);
		check_time_of_day(js__str(crash, "time"));
		cr_expect_lt(js__u64(crash, "life_ns"), LONG_NS);
		cr_expect_geq(js__u64(crash, "window_ns"), 300000000);
		cr_expect_lt(js__u64(crash, "window_ns"), LONG_NS);
		cr_expect_str_eq(js__str(crash, "culprit.function"), "fault_null");
		cr_expect(!js__bool(crash, "cut_short"));
		json_decref(crash);
		run__free(&run);
	}
}

/* Mappings that perf tells of, and stacks that BPF tells of, have one clock. */
Test(clocks, a_recording)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		const char *file = tt__temp("recording.tt");
		struct run run;
		json_t *stacks, *stat;

		unlink(file);
		run_shifted(&run, shifts[i],
			    ARGS("record", "-q", "-o", file, "-i", "0.3", "--", tt__load("named"),
				 "100"));
		tt__expect_success(&run);
		run__free(&run);
		tt__run(&run, ARGS("report", "--stacks", "100", "--format", "json", file), NULL);
		tt__expect_success(&run);
		stacks = js__parse(run.out);
		cr_expect_lt(js__u64(stacks, "total"), LONG_NS);
		cr_expect(strstr(run.out, "sleeps_in_c"), "no stack is named");
		json_decref(stacks);
		run__free(&run);
		tt__run(&run, ARGS("report", "--format", "json", file), NULL);
		tt__expect_success(&run);
		stat = js__parse_lines(run.out);
		check_time_of_day(js__str(json_array_get(stat, 0), "start"));
		cr_expect_geq(js__sum(stat, "duration_ns"), 300000000);
		cr_expect_lt(js__sum(stat, "duration_ns"), LONG_NS);
		json_decref(stat);
		run__free(&run);
	}
}

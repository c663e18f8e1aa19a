/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flight recorder: a window of bounded size, and what triggers keep of it. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/check.h"
#include "../lib/disk.h"
#include "../lib/js.h"
#include "../lib/tt.h"

static struct proc load;

static void end(void)
{
	if (load.pid)
		proc__kill(&load);
	tt__cleanup();
}

TestSuite(flight, .init = tt__require_live, .fini = end, .timeout = 120);

#define LEADER 1 /* its last switch can come after it was reaped */

/* The only recording there whose name begins so; its path, until the next call.  NULL: there is none. */
static const char *kept(const char *begin)
{
	static char path[4200];
	DIR *dir = opendir(tt__temp("flight"));
	struct dirent *entry;
	int count = 0;

	while (dir && (entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);

		if (strncmp(entry->d_name, begin, strlen(begin)) != 0 || length < 9 ||
		    strcmp(entry->d_name + length - 9, ".tasktoll") != 0)
			continue;
		count++;
		snprintf(path, sizeof(path), "%s/%.200s", tt__temp("flight"), entry->d_name);
	}
	if (dir)
		closedir(dir);
	cr_assert_leq(count, 1, "%d files begin with %s", count, begin);
	return count ? path : NULL;
}

/* From then on the signal is a trigger. */
static void await_window(void)
{
	int i;

	for (i = 0; i < 600 && !kept("window"); i++)
		usleep(50000);
	cr_assert_not_null(kept("window"));
}

#define INCOMPLETE 3 /* so is a recording that was cut off */

static json_t *report_of(const char *path, const char *how)
{
	struct run run;
	json_t *lines;

	tt__run(&run, ARGS("report", "-q", "--format", "json", how, path), NULL);
	cr_assert(!run.status || run.status == INCOMPLETE, "%d: %s", run.status, run.err);
	lines = js__parse_lines(run.out);
	run__free(&run);
	return lines;
}

static uint64_t stack_switches(const char *path, const char *pid)
{
	struct run run;
	uint64_t total;
	json_t *stacks;

	tt__run(&run,
		ARGS("report", "-q", "--format", "json", "--metric", "switches", "-p", pid, path),
		NULL);
	cr_assert(!run.status || run.status == INCOMPLETE, "%d: %s", run.status, run.err);
	stacks = js__parse(run.out);
	total = js__u64(stacks, "total");
	json_decref(stacks);
	run__free(&run);
	return total;
}

/* Of a window that nothing was forgotten of: weights of stacks are what the summary says. */
static void expect_stacks_add_up(const char *path)
{
	json_t *sum = report_of(path, "--sum"), *system = js__at(json_array_get(sum, 0), "system");
	json_t *stacks = report_of(path, "--metric=switches");

	cr_expect_eq(js__u64(json_array_get(stacks, 0), "total"),
		     js__u64(system, "voluntary") + js__u64(system, "involuntary"));
	json_decref(sum);
	json_decref(stacks);
}

static uint64_t switches_of(json_t *periods, uint64_t pid)
{
	uint64_t sum = 0;
	json_t *period;
	size_t i;

	json_array_foreach(periods, i, period) {
		json_t *rows = js__at(period, "processes");

		check__complete(period);
		if (js__count(rows, "pid", pid))
			sum += js__u64(js__one(rows, "pid", pid), "switches");
	}
	return sum;
}

/* A load of known size, ten seconds, a crash: all of the load is in what the crash keeps. */
Test(flight, a_crash_keeps_what_was_before_it)
{
	char script[1000];
	const char *path;
	json_t *periods, *facts;
	uint64_t switches;
	struct stat status;
	struct run run;
	char pid[16];

	snprintf(
		script, sizeof(script),
		"%s 13 1009 -o %s; sleep 10; %s 2 null -o /dev/null; %s 7 211 -o /dev/null; sleep 8",
		tt__load("switches"), tt__temp("facts"), tt__load("crasher"), tt__load("switches"));
	tt__run(&run,
		ARGS("record", "--keep", "30s", "--on", "crash", "--after", "1s", "-o",
		     tt__temp("flight"), "--", "sh", "-c", script),
		NULL);
	cr_expect_eq(run.status, 0, "%d: %s", run.status, run.err);
	cr_expect(strstr(run.err, "keeping the window because of a crash: crasher"), "%s", run.err);
	path = kept("crash-");
	cr_assert_not_null(path, "%s", run.err);
	cr_expect(!stat(path, &status) && (status.st_mode & 07777) == 0600);
	periods = report_of(path, "--no-color");
	facts = js__parse_file(tt__temp("facts"));
	switches = switches_of(periods, js__u64(facts, "pid"));
	check__identity(switches, facts, LEADER);
	snprintf(pid, sizeof(pid), "%d", js__pid(facts, "pid"));
	cr_expect_eq(stack_switches(path, pid), switches);
	json_decref(periods);
	periods = report_of(path, "--sum");
	cr_expect_eq(json_array_size(js__at(json_array_get(periods, 0), "crashes")), 1);
	json_decref(periods);
	json_decref(facts);
	run__free(&run);
	tt__run(&run, ARGS("report", "--sum", path), NULL);
	cr_expect(strstr(run.err, "was kept because of a crash: crasher"), "%s", run.err);
	run__free(&run);
	expect_stacks_add_up(kept("window"));
}

static off_t size_of(const char *name)
{
	struct stat status;
	char path[4200];

	snprintf(path, sizeof(path), "%s/%s", tt__temp("flight"), name);
	return stat(path, &status) ? 0 : status.st_size;
}

#define MOST	  (16 << 20)
#define ROLLS_FOR 25 /* seconds: longer than the window */

/* A target that goes on, and in which much comes and goes; its process id. */
static const char *start_load(bool churns)
{
	static char pid[16];
	char script[600];

	snprintf(script, sizeof(script), "while :; do %s processes 211 -o /dev/null; %s; done",
		 tt__load("shortlived"), churns ? ":" : "sleep 1");
	proc__start(&load, ARGS("sh", "-c", script), NULL);
	snprintf(pid, sizeof(pid), "%d", load.pid);
	return pid;
}

/* Much comes and goes; the file never takes more than it may, and a killed recorder leaves it. */
Test(flight, a_window_rolls_within_its_size)
{
	struct proc recorder;
	uint64_t sum = 0;
	json_t *periods;
	struct run run;
	off_t most = 0;
	int i;

	tt__start(&recorder,
		  ARGS("record", "--keep", "10s", "--max-size", "16M", "-q", "-o",
		       tt__temp("flight"), "-p", start_load(true)),
		  NULL);
	await_window();
	for (i = 0; i < ROLLS_FOR * 50; i++) {
		off_t size = size_of("window.tasktoll") + size_of("window.tasktoll-journal");

		most = size > most ? size : most;
		usleep(20000);
	}
	kill(recorder.pid, SIGKILL);
	proc__finish(&recorder, &run);
	run__free(&run);
	cr_expect_leq(most, MOST, "%ld bytes", (long)most);
	periods = report_of(kept("window"), "--no-color");
	cr_assert_geq(json_array_size(periods), 2);
	for (i = 0; i < (int)json_array_size(periods); i++) {
		json_t *period = json_array_get(periods, (size_t)i);

		check__complete(period);
		sum += js__u64(period, "duration_ns");
		cr_expect_eq(js__count(js__at(period, "processes"), "pid", (uint64_t)load.pid), 1);
	}
	cr_expect_lt(sum, (ROLLS_FOR - 2) * 1000000000ULL, "nothing was forgotten");
	json_decref(periods);
}

/* What the signal asks for, up to as many as may be kept; and what a killed recorder left. */
Test(flight, a_signal_keeps_no_more_than_may_be_kept)
{
	const char *target = start_load(false);
	struct proc recorder;
	struct run run;

	tt__start(&recorder,
		  ARGS("record", "--keep", "10s", "--after", "100ms", "--max-kept", "1", "-o",
		       tt__temp("flight"), "-p", target),
		  NULL);
	await_window();
	kill(recorder.pid, SIGUSR1);
	cr_expect(strstr(proc__remark(&recorder, 0), "because of SIGUSR1"));
	cr_expect(strstr(proc__remark(&recorder, 1), "kept "));
	kill(recorder.pid, SIGUSR1);
	cr_expect(strstr(proc__remark(&recorder, 2), "because of SIGUSR1"));
	cr_expect(strstr(proc__remark(&recorder, 3), "as many as --max-kept allows"));
	kill(recorder.pid, SIGKILL);
	proc__finish(&recorder, &run);
	run__free(&run);
	cr_expect_not_null(kept("sigusr1-"));
	tt__run(&run,
		ARGS("record", "--keep", "10s", "--max-kept", "1", "-q", "-o", tt__temp("flight"),
		     "-d", "1", "-p", target),
		NULL);
	tt__expect_success(&run); /* what was left takes nobody's place */
	run__free(&run);
	json_decref(report_of(kept("left-"), "--sum"));
	json_decref(report_of(kept("sigusr1-"), "--sum"));
	expect_stacks_add_up(kept("window"));
}

/* A file takes all that is free there but so many bytes. */
static void fill_but(off_t left)
{
	static const char zeros[4096];
	FILE *file = fopen(tt__temp("flight/fill"), "w");

	cr_assert_not_null(file);
	setbuf(file, NULL);
	while (fwrite(zeros, sizeof(zeros), 1, file) == 1)
		;
	cr_assert_not(ftruncate(fileno(file), size_of("fill") - left));
	fclose(file);
}

/* There is no room for a copy: that is said, and neither the window nor what was kept is lost. */
Test(flight, a_full_disk_is_told)
{
	struct proc recorder;
	struct run run;

	cr_assert_not(mkdir(tt__temp("flight"), 0700));
	disk__make(tt__temp("flight"), "16m");
	cr_assert_not(
		chmod(tt__temp("flight"), 0700)); /* of ours: a disk of its own is everybody's */
	tt__start(&recorder,
		  ARGS("record", "--keep", "10s", "--after", "100ms", "-o", tt__temp("flight"),
		       "-p", start_load(false)),
		  NULL);
	await_window();
	kill(recorder.pid, SIGUSR1);
	cr_expect(strstr(proc__remark(&recorder, 1), "kept "));
	fill_but(3 << 20);
	kill(recorder.pid, SIGUSR1);
	cr_expect(strstr(proc__remark(&recorder, 3), "the window was not kept"));
	cr_expect(strstr(proc__remark(&recorder, 3), "free some space"));
	unlink(tt__temp("flight/fill"));
	kill(recorder.pid, SIGINT);
	proc__finish(&recorder, &run);
	cr_expect_eq(run.status, 0, "%s", run.err);
	run__free(&run);
	json_decref(report_of(kept("sigusr1-"), "--sum"));
	expect_stacks_add_up(kept("window"));
	umount(tt__temp("flight"));
}

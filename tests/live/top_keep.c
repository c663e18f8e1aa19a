/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last minutes of the live screen as a recording. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../lib/check.h"
#include "../lib/disk.h"
#include "../lib/js.h"
#include "../lib/tmux.h"
#include "../lib/tt.h"

#define RATE 700 /* of switches, by the clock */

TestSuite(top_keep, .init = tmux__begin, .fini = tmux__end);

/* What the screen shows of a process, and of when. */
struct shown {
	char end[16];
	double switches;
};

/* Head and row are of the same refresh. */
static struct shown shown_of(int pid)
{
	struct shown shown = { .switches = NAN };
	char *text, *end;
	int i;

	for (i = 0; i < TMUX_WAIT_S * 10 && isnan(shown.switches); i++) {
		usleep(100000);
		text = tmux__screen();
		shown.switches = tmux__cell(text, "SW/s", pid);
		end = strchr(text, '\n');
		if (end && end - text > 8)
			snprintf(shown.end, sizeof(shown.end), "%.8s", end - 8);
		free(text);
	}
	return shown;
}

/* HH:MM:SS in which a period ended. */
static void end_of(json_t *period, char *ret_end, size_t size)
{
	uint64_t ns = js__u64(period, "duration_ns");
	const char *start = js__str(period, "start");
	struct tm tm = { 0 };
	time_t seconds;

	strptime(start, "%Y-%m-%dT%H:%M:%S", &tm);
	ns += (uint64_t)atol(strchr(start, '.') + 1); /* nine digits */
	seconds = timegm(&tm) + (time_t)(ns / 1000000000);
	gmtime_r(&seconds, &tm);
	strftime(ret_end, size, "%H:%M:%S", &tm);
}

/* The recording has the period that was on the screen, with the figure that was there. */
static void expect_kept(const char *path, int pid, const struct shown *shown)
{
	json_t *periods, *period;
	bool found = false;
	struct run run;
	char end[16];
	size_t i;

	tt__run(&run, ARGS("report", "--format", "json", path), NULL);
	tt__expect_success(&run);
	periods = js__parse_lines(run.out);
	json_array_foreach(periods, i, period) {
		json_t *process = js__one(js__at(period, "processes"), "pid", (uint64_t)pid);
		double switches = (double)js__u64(process, "switches") * 1e9 /
				  (double)js__u64(period, "duration_ns");

		end_of(period, end, sizeof(end));
		if (strcmp(end, shown->end))
			continue;
		found = true;
		cr_expect_float_eq(switches, shown->switches, 0.5001, "%g, on the screen: %g",
				   switches, shown->switches);
	}
	cr_expect(found, "no period ends at %s", shown->end);
	json_decref(periods);
	run__free(&run);
}

/* All of them as one have what they have together. */
static void expect_sum(const char *path, int pid)
{
	uint64_t periods_ns = 0, switches = 0;
	json_t *periods, *period, *sum;
	struct run run;
	size_t i;

	tt__run(&run, ARGS("report", "--format", "json", path), NULL);
	periods = js__parse_lines(run.out);
	json_array_foreach(periods, i, period) {
		periods_ns += js__u64(period, "duration_ns");
		switches += js__u64(js__one(js__at(period, "processes"), "pid", (uint64_t)pid),
				    "switches");
	}
	run__free(&run);
	tt__run(&run, ARGS("report", "--sum", "--format", "json", path), NULL);
	tt__expect_success(&run);
	sum = js__parse(run.out);
	cr_expect_eq(js__u64(sum, "duration_ns"), periods_ns);
	cr_expect_eq(js__u64(js__one(js__at(sum, "processes"), "pid", (uint64_t)pid), "switches"),
		     switches);
	json_decref(periods);
	json_decref(sum);
	run__free(&run);
}

/* What has been on the screen becomes a recording, which belongs to who asked. */
Test(top_keep, the_last_minutes_become_a_recording)
{
	char environment[5000], arguments[32], rate[16], path[4300], *text, *name_at;
	struct shown shown;
	struct proc load;
	struct stat status;
	json_t *facts;
	int pid;

	cr_assert(!mkdir(tt__temp("here"), 0700) && !chown(tt__temp("here"), 65534, 65534));
	cr_assert_not(chmod(tt__temp("."), 0755));
	snprintf(environment, sizeof(environment),
		 "TZ=UTC0 SUDO_UID=65534 SUDO_GID=65534 env -C %s", tt__temp("here"));
	snprintf(rate, sizeof(rate), "%d", RATE);
	facts = tt__load_start(&load, ARGS("metronome", rate, "60"), false);
	pid = js__pid(facts, "pid");
	snprintf(arguments, sizeof(arguments), "-i 3 -p %d", pid);
	tmux__open("200", "30", environment, arguments);
	free(tmux__await("metronome"));
	shown = shown_of(pid);
	tmux__press("R");
	text = tmux__await("kept the last ");
	name_at = strstr(strstr(text, "kept the last "), "tasktoll-");
	cr_assert(name_at, "%s", text);
	name_at[strcspn(name_at, " \n")] = '\0';
	snprintf(path, sizeof(path), "%s/%s", tt__temp("here"), name_at);
	free(text);
	cr_expect(!stat(path, &status) && status.st_uid == 65534, "%s", path);
	tmux__press("q");
	tmux__expect_end("status=0");
	expect_kept(path, pid, &shown);
	expect_sum(path, pid);
	json_decref(facts);
	proc__kill(&load);
}

Test(top_keep, a_recording_that_finds_no_room_is_told_of)
{
	char environment[5000];

	cr_assert_not(mkdir(tt__temp("small"), 0700));
	disk__make(tt__temp("small"), "64k");
	snprintf(environment, sizeof(environment), "env -C %s", tt__temp("small"));
	tmux__open("80", "24", environment, "");
	free(tmux__await("COMMAND"));
	tmux__press("R");
	free(tmux__await("nothing is kept: cannot write tasktoll-"));
	free(tmux__await("left on device (free some space"));
	tmux__press("q");
	tmux__expect_end("status=0");
	cr_expect_not(rmdir(tt__temp("small")) && errno != EBUSY);
	umount(tt__temp("small"));
	cr_expect_not(rmdir(tt__temp("small")), "something is left in it");
}

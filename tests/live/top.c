/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live screen on a real terminal, read back: what it shows, how it ends, what it leaves. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
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
#include "../lib/tt.h"

#define WAIT_S 30

static char name[32];

static void tmux(struct run *ret_run, const char *const args[])
{
	const char *argv[TT_MAX_ARGS] = { "tmux", "-L", name, "-f", "/dev/null" };
	size_t i;

	for (i = 0; args[i]; i++)
		argv[5 + i] = args[i];
	run__do(ret_run, argv, NULL);
}

static void tmux_do(const char *const args[])
{
	struct run run;

	tmux(&run, args);
	run__free(&run);
}

static void begin(void)
{
	struct run run;

	tt__require_live();
	run__do(&run, ARGS("tmux", "-V"), NULL);
	if (run.status)
		cr_skip_test("tmux is not installed");
	run__free(&run);
	snprintf(name, sizeof(name), "tasktoll-%d", getpid());
}

static void end(void)
{
	tmux_do(ARGS("kill-server"));
	tt__cleanup();
}

TestSuite(top, .init = begin, .fini = end);

/* A terminal with a shell that runs top, tells its status and the modes before and after. */
static void open_terminal(const char *width, const char *height, const char *environment,
			  const char *arguments)
{
	char command[2048];

	snprintf(
		command, sizeof(command),
		"sh -c 'stty -g >%s; env LC_ALL=C.UTF-8 %s %s top %s; echo status=$?; stty -g >%s; "
		"sleep 60'",
		tt__temp("before"), environment, tt__path(), arguments, tt__temp("after"));
	tmux_do(ARGS("new-session", "-d", "-x", width, "-y", height, command));
}

static char *screen(void)
{
	struct run run;
	char *text;

	tmux(&run, ARGS("capture-pane", "-p", "-S", "-"));
	text = strdup(run.out);
	run__free(&run);
	return text;
}

/* Waits until this is on the screen; what is there then, to be freed. */
static char *await(const char *what)
{
	char *text = screen();
	int i;

	for (i = 0; !strstr(text, what) && i < WAIT_S * 10; i++) {
		free(text);
		usleep(100000);
		text = screen();
	}
	cr_assert(strstr(text, what), "\"%s\" did not come up:\n%s", what, text);
	return text;
}

static void press(const char *key)
{
	tmux_do(ARGS("send-keys", key));
}

/* It has ended with this status, left its page, and the terminal is as it was. */
static void expect_end(const char *status)
{
	char *text = await(status), *before, *after;
	int i;

	cr_expect_not(strstr(text, "[1 processes]"), "the other page is still there:\n%s", text);
	free(text);
	after = file__read(tt__temp("after"));
	for (i = 0; (!after || !*after) && i < 50; i++) {
		free(after);
		usleep(100000);
		after = file__read(tt__temp("after"));
	}
	before = file__read(tt__temp("before"));
	cr_assert(before && after);
	cr_expect_str_eq(after, before, "the terminal's modes");
	free(before);
	free(after);
}

/* The pid of top, a child of the shell. */
static pid_t pid_of_top(void)
{
	char *line, format[] = "#{pane_pid}", command[128];
	struct run run;
	pid_t pid;

	tmux(&run, ARGS("display-message", "-p", format));
	snprintf(command, sizeof(command), "pgrep -P %d -x tasktoll", atoi(run.out));
	run__free(&run);
	run__do(&run, ARGS("sh", "-c", command), NULL);
	line = run.out;
	pid = (pid_t)atoi(line);
	run__free(&run);
	cr_assert_gt(pid, 0);
	return pid;
}

Test(top, shows_the_machine_and_leaves_by_q)
{
	open_terminal("80", "24", "", "");
	free(await("busy"));
	free(await("COMMAND"));
	press("?");
	free(await("pin the row"));
	press("?");
	press("3");
	free(await("PROCESSES    CPU%"));
	press("g");
	free(await("USER"));
	free(await(" root "));
	press("g");
	free(await("CGROUP"));
	press("4");
	free(await("CREATOR"));
	press("5");
	free(await("HOW MANY TASKS DIED"));
	press("6");
	free(await("WOKEN"));
	free(await(" wakeups "));
	press("q");
	expect_end("status=0");
}

Test(top, a_process_that_is_asked_for_is_there_with_its_threads)
{
	struct proc load;
	json_t *facts = tt__load_start(&load, ARGS("sleeper", "60"), false);
	char arguments[32], id[32], *text;

	snprintf(arguments, sizeof(arguments), "-p %d", js__pid(facts, "pid"));
	snprintf(id, sizeof(id), "%d", js__pid(facts, "pid"));
	open_terminal("100", "30", "", arguments);
	text = await(id);
	cr_expect(strstr(text, "only process"), "%s", text);
	cr_expect(strstr(text, "sleeper"), "%s", text);
	free(text);
	press("Enter");
	free(await("run-queue wait"));
	press("BSpace");
	press("q");
	expect_end("status=0");
	json_decref(facts);
	proc__kill(&load);
}

#define RATE 700 /* of switches, by the clock */

/* What stands below a heading in the row that begins with this pid; NaN: not there. */
static double cell_of(const char *text, const char *heading, int pid)
{
	const char *head = strstr(text, heading), *line = text, *next;
	double value;
	char unit;
	int end;

	if (!head)
		return NAN;
	for (next = text; next <= head; next = strchr(next, '\n') + 1)
		line = next;
	end = (int)(head - line + (long)strlen(heading)); /* cells end where headings do */
	for (line = strchr(head, '\n'); line; line = strchr(line + 1, '\n')) {
		const char *cell = line + 1 + end;

		if (atoi(line + 1) != pid)
			continue;
		while (cell[-1] != ' ')
			cell--;
		if (sscanf(cell, "%lf%c", &value, &unit) < 1)
			return NAN;
		return unit == 'k' ? value * 1000 : value;
	}
	return NAN;
}

/* The screen says what stat says of the same time: a load keeps the time. */
Test(top, its_figures_are_those_of_stat)
{
	char arguments[32], id[32], rate[16], *text;
	double shown = NAN, counted;
	struct proc load;
	json_t *facts, *stat;
	int pid, i;

	snprintf(rate, sizeof(rate), "%d", RATE);
	facts = tt__load_start(&load, ARGS("metronome", rate, "60"), false);
	pid = js__pid(facts, "pid");
	snprintf(id, sizeof(id), "%d", pid);
	snprintf(arguments, sizeof(arguments), "-i 3 -p %d", pid);
	open_terminal("100", "30", "", arguments);
	free(await("metronome"));
	stat = tt__stat(ARGS("-p", id, "-d", "3"));
	counted = (double)js__u64(js__one(js__at(stat, "processes"), "pid", (uint64_t)pid),
				  "switches") *
		  1e9 / (double)js__u64(stat, "duration_ns");
	for (i = 0; i < 20 && isnan(shown); i++) {
		text = screen();
		shown = cell_of(text, "SW/s", pid);
		free(text);
		usleep(100000);
	}
	press("q");
	expect_end("status=0");
	cr_expect_float_eq(counted, RATE, 0.02 * RATE, "stat: %g", counted);
	cr_expect_float_eq(shown, counted, 0.02 * counted, "the screen: %g, stat: %g", shown,
			   counted);
	json_decref(stat);
	json_decref(facts);
	proc__kill(&load);
}

Test(top, it_attaches_and_lets_go)
{
	struct proc load;
	json_t *facts = tt__load_start(&load, ARGS("sleeper", "60"), false);
	char id[32];

	snprintf(id, sizeof(id), "%d", js__pid(facts, "pid"));
	open_terminal("100", "30", "", "");
	free(await("COMMAND"));
	press("/");
	tmux_do(ARGS("send-keys", "-l", id));
	press("Enter");
	free(await("sleeper"));
	press("a");
	free(await("only process"));
	press("A");
	press("\\");
	free(await("[1 processes]"));
	press("q");
	expect_end("status=0");
	json_decref(facts);
	proc__kill(&load);
}

#define TIMES 101

/* The last figure of a row that has all of these; -1: there is none. */
static long total_of(const char *const words[])
{
	char *text = screen(), *line, *rest = text;
	long total = -1;
	size_t i;

	while (total < 0 && (line = strsep(&rest, "\n"))) {
		const char *last = strrchr(line, ' ');

		for (i = 0; words[i] && strstr(line, words[i]);)
			i++;
		if (last && !words[i])
			total = atol(last);
	}
	free(text);
	return total;
}

/* A load that begins when it is told to, in a shell that stays. */
static void start_wakes(struct proc *load)
{
	char script[9000];

	snprintf(script, sizeof(script),
		 "until [ -e %s ]; do sleep 0.1; done; %s futex %d process -o %s; sleep 60",
		 tt__temp("go"), tt__load("wakes"), TIMES, tt__temp("facts"));
	proc__start(load, ARGS("sh", "-c", script), NULL);
}

static json_t *await_facts(void)
{
	char *text = NULL;
	int i;

	fclose(fopen(tt__temp("go"), "w"));
	for (i = 0; (!text || !strchr(text, '}')) && i < WAIT_S * 10; i++) {
		free(text);
		usleep(100000);
		text = file__read(tt__temp("facts"));
	}
	free(text);
	return js__parse_file(tt__temp("facts"));
}

/* One waked the other so many times, by one futex: that is the total, and stays it. */
Test(top, it_shows_who_wakes_whom)
{
	char arguments[32], waker[32], woken[32];
	const char *const row[] = { waker, woken, " futex ", NULL };
	struct proc load;
	json_t *facts;
	long total = 0;
	int i;

	start_wakes(&load);
	snprintf(arguments, sizeof(arguments), "-p %d", load.pid);
	open_terminal("100", "40", "", arguments);
	free(await("[1 processes]"));
	press("6");
	free(await(" wakeups"));
	facts = await_facts();
	snprintf(waker, sizeof(waker), "wakes (%d)", js__pid(facts, "pid"));
	snprintf(woken, sizeof(woken), "consumer (%d)", js__pid(facts, "woken"));
	for (i = 0; total < TIMES && i < WAIT_S * 10; i++) {
		usleep(100000);
		total = total_of(row);
	}
	cr_expect_eq(total, TIMES, "%ld of %d", total, TIMES);
	sleep(2);
	cr_expect_eq(total_of(row), TIMES, "it grows though nobody wakes");
	press("q");
	expect_end("status=0");
	json_decref(facts);
	proc__kill(&load);
}

/* Its program would be started once more. */
Test(top, tracing_begins_anew_with_no_program)
{
	char arguments[4300], *starts;

	snprintf(arguments, sizeof(arguments), "-- sh -c \"echo >>%s; sleep 6\"",
		 tt__temp("starts"));
	open_terminal("100", "40", "", arguments);
	free(await("[1 processes]"));
	press("6");
	free(await("tracing cannot begin again"));
	free(await("use -p PID"));
	press("1");
	press("a");
	free(await("tracing cannot begin again"));
	press("q");
	free(await("status="));
	starts = file__read(tt__temp("starts"));
	cr_expect_str_eq(starts, "\n");
	free(starts);
}

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

	for (i = 0; i < WAIT_S * 10 && isnan(shown.switches); i++) {
		usleep(100000);
		text = screen();
		shown.switches = cell_of(text, "SW/s", pid);
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

/* What has been on the screen becomes a recording, which belongs to who asked. */
Test(top, the_last_minutes_become_a_recording)
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
	open_terminal("200", "30", environment, arguments);
	free(await("metronome"));
	shown = shown_of(pid);
	press("R");
	text = await("kept the last ");
	name_at = strstr(strstr(text, "kept the last "), "tasktoll-");
	cr_assert(name_at, "%s", text);
	name_at[strcspn(name_at, " \n")] = '\0';
	snprintf(path, sizeof(path), "%s/%s", tt__temp("here"), name_at);
	free(text);
	cr_expect(!stat(path, &status) && status.st_uid == 65534, "%s", path);
	press("q");
	expect_end("status=0");
	expect_kept(path, pid, &shown);
	json_decref(facts);
	proc__kill(&load);
}

Test(top, a_recording_that_finds_no_room_is_told_of)
{
	char environment[5000];

	cr_assert_not(mkdir(tt__temp("small"), 0700));
	disk__make(tt__temp("small"), "64k");
	snprintf(environment, sizeof(environment), "env -C %s", tt__temp("small"));
	open_terminal("80", "24", environment, "");
	free(await("COMMAND"));
	press("R");
	free(await("nothing is kept: cannot write tasktoll-"));
	free(await("left on device (free some space"));
	press("q");
	expect_end("status=0");
	cr_expect_not(rmdir(tt__temp("small")) && errno != EBUSY);
	umount(tt__temp("small"));
	cr_expect_not(rmdir(tt__temp("small")), "something is left in it");
}

static void end_by(int signal, const char *status)
{
	open_terminal("80", "24", "", "");
	free(await("COMMAND"));
	kill(pid_of_top(), signal);
	expect_end(status);
}

Test(top, a_terminal_is_given_back_after_sigterm)
{
	end_by(SIGTERM, "status=0");
}

Test(top, a_terminal_is_given_back_after_a_crash_of_ours)
{
	end_by(SIGSEGV, "status=139");
}

Test(top, it_writes_the_screen)
{
	struct run run;

	open_terminal("80", "24", "", "");
	free(await("COMMAND"));
	tmux_do(ARGS("send-keys", "w"));
	free(await("wrote tasktoll-"));
	press("q");
	expect_end("status=0");
	run__do(&run, ARGS("sh", "-c", "rm -v tasktoll-2*.txt"), NULL);
	cr_expect_eq(run.status, 0, "%s", run.err);
	run__free(&run);
}

Test(top, a_terminal_that_cannot_place_its_cursor_gets_what_stat_prints)
{
	char *text;

	open_terminal("100", "50", "TERM=dumb", "-d 2");
	text = await("status=0");
	cr_expect(strstr(text, "running stat -i 1 instead"), "%s", text);
	cr_expect(strstr(text, "tasktoll itself"), "%s", text);
	free(text);
}

Test(top, without_a_terminal_it_says_so)
{
	struct run run;

	tt__run(&run, ARGS("top"), NULL);
	tt__expect_failure(&run, 1, "are not a terminal (use tasktoll stat -i 1 instead)");
	run__free(&run);
}

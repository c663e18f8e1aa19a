/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live screen on a real terminal, read back: what it shows, how it ends, what it leaves. */
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tmux.h"
#include "../lib/tt.h"

TestSuite(top, .init = tmux__begin, .fini = tmux__end);

/* The pid of top, a child of the shell. */
static pid_t pid_of_top(void)
{
	char *line, format[] = "#{pane_pid}", command[128];
	struct run run;
	pid_t pid;

	tmux__run(&run, ARGS("display-message", "-p", format));
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
	tmux__open("80", "24", "", "");
	free(tmux__await("busy"));
	free(tmux__await("COMMAND"));
	tmux__press("?");
	free(tmux__await("pin the row"));
	tmux__press("?");
	tmux__press("3");
	free(tmux__await("PROCESSES    CPU%"));
	tmux__press("g");
	free(tmux__await("USER"));
	free(tmux__await(" root "));
	tmux__press("g");
	free(tmux__await("CGROUP"));
	tmux__press("4");
	free(tmux__await("CREATOR"));
	tmux__press("5");
	free(tmux__await("HOW MANY TASKS DIED"));
	tmux__press("6");
	free(tmux__await("WOKEN"));
	free(tmux__await(" wakeups "));
	tmux__press("q");
	tmux__expect_end("status=0");
}

Test(top, a_process_that_is_asked_for_is_there_with_its_threads)
{
	struct proc load;
	json_t *facts = tt__load_start(&load, ARGS("sleeper", "60"), false);
	char arguments[32], id[32], *text;

	snprintf(arguments, sizeof(arguments), "-p %d", js__pid(facts, "pid"));
	snprintf(id, sizeof(id), "%d", js__pid(facts, "pid"));
	tmux__open("100", "30", "", arguments);
	text = tmux__await(id);
	cr_expect(strstr(text, "only process"), "%s", text);
	cr_expect(strstr(text, "sleeper"), "%s", text);
	free(text);
	tmux__press("Enter");
	free(tmux__await("run-queue wait"));
	tmux__press("BSpace");
	tmux__press("q");
	tmux__expect_end("status=0");
	json_decref(facts);
	proc__kill(&load);
}

#define RATE 700 /* of switches, by the clock */

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
	tmux__open("100", "30", "", arguments);
	free(tmux__await("metronome"));
	stat = tt__stat(ARGS("-p", id, "-d", "3"));
	counted = (double)js__u64(js__one(js__at(stat, "processes"), "pid", (uint64_t)pid),
				  "switches") *
		  1e9 / (double)js__u64(stat, "duration_ns");
	for (i = 0; i < 20 && isnan(shown); i++) {
		text = tmux__screen();
		shown = tmux__cell(text, "SW/s", pid);
		free(text);
		usleep(100000);
	}
	tmux__press("q");
	tmux__expect_end("status=0");
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
	tmux__open("100", "30", "", "");
	free(tmux__await("COMMAND"));
	tmux__press("/");
	tmux__do(ARGS("send-keys", "-l", id));
	tmux__press("Enter");
	free(tmux__await("sleeper"));
	tmux__press("a");
	free(tmux__await("only process"));
	tmux__press("A");
	tmux__press("\\");
	free(tmux__await("[1 processes]"));
	tmux__press("q");
	tmux__expect_end("status=0");
	json_decref(facts);
	proc__kill(&load);
}

static void end_by(int signal, const char *status)
{
	tmux__open("80", "24", "", "");
	free(tmux__await("COMMAND"));
	kill(pid_of_top(), signal);
	tmux__expect_end(status);
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

	tmux__open("80", "24", "", "");
	free(tmux__await("COMMAND"));
	tmux__do(ARGS("send-keys", "w"));
	free(tmux__await("wrote tasktoll-"));
	tmux__press("q");
	tmux__expect_end("status=0");
	run__do(&run, ARGS("sh", "-c", "rm -v tasktoll-2*.txt"), NULL);
	cr_expect_eq(run.status, 0, "%s", run.err);
	run__free(&run);
}

Test(top, a_terminal_that_cannot_place_its_cursor_gets_what_stat_prints)
{
	char *text;

	tmux__open("100", "50", "TERM=dumb", "-d 2");
	text = tmux__await("status=0");
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

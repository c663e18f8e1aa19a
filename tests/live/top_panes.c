/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the live screen traces only when it is asked to: who wakes whom, and stacks. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/js.h"
#include "../lib/tmux.h"
#include "../lib/tt.h"

TestSuite(top_panes, .init = tmux__begin, .fini = tmux__end);

#define TIMES 101

/* The last figure of a row that has all of these; -1: there is none. */
static long total_of(const char *const words[])
{
	char *text = tmux__screen(), *line, *rest = text;
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
	for (i = 0; (!text || !strchr(text, '}')) && i < TMUX_WAIT_S * 10; i++) {
		free(text);
		usleep(100000);
		text = file__read(tt__temp("facts"));
	}
	free(text);
	return js__parse_file(tt__temp("facts"));
}

/* One waked the other so many times, by one futex: that is the total, and stays it. */
Test(top_panes, it_shows_who_wakes_whom)
{
	char arguments[32], waker[32], woken[32];
	const char *const row[] = { waker, woken, " futex ", NULL };
	struct proc load;
	json_t *facts;
	long total = 0;
	int i;

	start_wakes(&load);
	snprintf(arguments, sizeof(arguments), "-p %d", load.pid);
	tmux__open("100", "40", "", arguments);
	free(tmux__await("[1 processes]"));
	tmux__press("6");
	free(tmux__await(" wakeups"));
	facts = await_facts();
	snprintf(waker, sizeof(waker), "wakes (%d)", js__pid(facts, "pid"));
	snprintf(woken, sizeof(woken), "consumer (%d)", js__pid(facts, "woken"));
	for (i = 0; total < TIMES && i < TMUX_WAIT_S * 10; i++) {
		usleep(100000);
		total = total_of(row);
	}
	cr_expect_eq(total, TIMES, "%ld of %d", total, TIMES);
	sleep(2);
	cr_expect_eq(total_of(row), TIMES, "it grows though nobody wakes");
	tmux__press("q");
	tmux__expect_end("status=0");
	json_decref(facts);
	proc__kill(&load);
}

/* A shell whose child ends: the child wakes it, once. */
Test(top_panes, an_open_process_shows_who_wakes_it)
{
	char arguments[32], waker[32], woken[32];
	const char *const row[] = { waker, woken, " child ", NULL };
	struct proc load;
	json_t *facts;
	long total = 0;
	int i;

	start_wakes(&load);
	snprintf(arguments, sizeof(arguments), "--no-children -p %d", load.pid);
	tmux__open("100", "40", "", arguments);
	free(tmux__await("[1 processes]"));
	tmux__press("Enter");
	free(tmux__await("not collected: u collects who wakes it"));
	tmux__press("u");
	free(tmux__await(" wakeups"));
	facts = await_facts();
	snprintf(waker, sizeof(waker), "wakes (%d)", js__pid(facts, "pid"));
	snprintf(woken, sizeof(woken), "sh (%d)", load.pid);
	for (i = 0; total < 1 && i < TMUX_WAIT_S * 10; i++) {
		usleep(100000);
		total = total_of(row);
	}
	cr_expect_eq(total, 1, "%ld", total);
	sleep(2);
	cr_expect_eq(total_of(row), 1, "it grows though nobody wakes");
	tmux__press("u");
	free(tmux__await("woken, last interval"));
	tmux__press("q");
	tmux__expect_end("status=0");
	json_decref(facts);
	proc__kill(&load);
}

/* Its program would be started once more. */
Test(top_panes, tracing_begins_anew_with_no_program)
{
	char arguments[4300], *starts;

	snprintf(arguments, sizeof(arguments), "-- sh -c \"echo >>%s; sleep 6\"",
		 tt__temp("starts"));
	tmux__open("100", "40", "", arguments);
	free(tmux__await("[1 processes]"));
	tmux__press("6");
	free(tmux__await("tracing cannot begin again"));
	free(tmux__await("use -p PID"));
	tmux__press("1");
	tmux__press("a");
	free(tmux__await("tracing cannot begin again"));
	tmux__press("q");
	free(tmux__await("status="));
	starts = file__read(tt__temp("starts"));
	cr_expect_str_eq(starts, "\n");
	free(starts);
}

/* The code that sleeps is named, in the process that is open; and it is there no more when it is left. */
Test(top_panes, an_open_process_shows_where_it_is_off_cpu)
{
	struct proc load;
	json_t *facts = tt__load_start(&load, ARGS("metronome", "100", "60"), false);
	char arguments[32], *text;

	snprintf(arguments, sizeof(arguments), "-p %d", js__pid(facts, "pid"));
	tmux__open("160", "40", "", arguments);
	free(tmux__await("metronome"));
	tmux__press("s");
	free(tmux__await("open a process with Enter"));
	tmux__press("Enter");
	free(tmux__await("run-queue wait"));
	tmux__press("s");
	free(tmux__await("OFF CPU  "));
	text = tmux__await(" > main");
	cr_expect(strstr(text, "100.0% ========== metronome"), "%s", text);
	cr_expect_not(strstr(text, "TID COMMAND"), "%s", text);
	free(text);
	tmux__press("s");
	free(tmux__await("TID COMMAND"));
	tmux__press("s");
	free(tmux__await(" > main"));
	tmux__press("BSpace");
	free(tmux__await("PID COMMAND"));
	tmux__press("q");
	tmux__expect_end("status=0");
	json_decref(facts);
	proc__kill(&load);
}

/* One that has ended says so, and what it had stays. */
Test(top_panes, stacks_of_a_process_that_ends)
{
	struct proc load;
	json_t *facts = tt__load_start(&load, ARGS("metronome", "100", "60"), false);
	char id[16];

	snprintf(id, sizeof(id), "%d", js__pid(facts, "pid"));
	tmux__open("160", "40", "", "");
	free(tmux__await("COMMAND"));
	tmux__press("/");
	tmux__do(ARGS("send-keys", "-l", id));
	tmux__press("Enter");
	free(tmux__await("metronome"));
	tmux__press("Enter");
	free(tmux__await("run-queue wait"));
	tmux__press("s");
	free(tmux__await(" > main"));
	proc__kill(&load);
	free(tmux__await("it has ended"));
	free(tmux__await(" > main"));
	tmux__press("q");
	tmux__expect_end("status=0");
	json_decref(facts);
}

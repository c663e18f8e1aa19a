/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tmux.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tt.h"

static char name[32];

void tmux__run(struct run *ret_run, const char *const args[])
{
	const char *argv[TT_MAX_ARGS] = { "tmux", "-L", name, "-f", "/dev/null" };
	size_t i;

	for (i = 0; args[i]; i++)
		argv[5 + i] = args[i];
	run__do(ret_run, argv, NULL);
}

void tmux__do(const char *const args[])
{
	struct run run;

	tmux__run(&run, args);
	run__free(&run);
}

void tmux__begin(void)
{
	struct run run;

	tt__require_live();
	run__do(&run, ARGS("tmux", "-V"), NULL);
	if (run.status)
		cr_skip_test("tmux is not installed");
	run__free(&run);
	snprintf(name, sizeof(name), "tasktoll-%d", getpid());
}

void tmux__end(void)
{
	tmux__do(ARGS("kill-server"));
	tt__cleanup();
}

/* A terminal with a shell that runs top, tells its status and the modes before and after. */
void tmux__open(const char *width, const char *height, const char *environment,
		const char *arguments)
{
	char command[2048];

	snprintf(
		command, sizeof(command),
		"sh -c 'stty -g >%s; env LC_ALL=C.UTF-8 %s %s top %s; echo status=$?; stty -g >%s; "
		"sleep 60'",
		tt__temp("before"), environment, tt__path(), arguments, tt__temp("after"));
	tmux__do(ARGS("new-session", "-d", "-x", width, "-y", height, command));
}

char *tmux__screen(void)
{
	struct run run;
	char *text;

	tmux__run(&run, ARGS("capture-pane", "-p", "-S", "-"));
	text = strdup(run.out);
	run__free(&run);
	return text;
}

/* Waits until this is on the screen; what is there then, to be freed. */
char *tmux__await(const char *what)
{
	char *text = tmux__screen();
	int i;

	for (i = 0; !strstr(text, what) && i < TMUX_WAIT_S * 10; i++) {
		free(text);
		usleep(100000);
		text = tmux__screen();
	}
	cr_assert(strstr(text, what), "\"%s\" did not come up:\n%s", what, text);
	return text;
}

void tmux__press(const char *key)
{
	tmux__do(ARGS("send-keys", key));
}

/* It has ended with this status, left its page, and the terminal is as it was. */
void tmux__expect_end(const char *status)
{
	char *text = tmux__await(status), *before, *after;
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

/* What stands below a heading in the row that begins with this pid; NaN: not there. */
double tmux__cell(const char *text, const char *heading, int pid)
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

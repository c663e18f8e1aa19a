/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A target has all that is below it, however deep that is. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/cgroup.h"
#include "../lib/js.h"
#include "../lib/tt.h"

#define LEVELS 97

static struct proc load;
static char levels[LEVELS][512]; /* cgroups, each in the one before */
static int level_count;

static void fini(void)
{
	if (load.pid)
		proc__kill(&load);
	while (level_count) {
		int tries = 100;

		level_count--;
		while (rmdir(levels[level_count]) && errno == EBUSY && tries--)
			usleep(10000);
	}
	cgroup__remove();
	tt__cleanup();
}

TestSuite(depth, .init = tt__require_live, .fini = fini);

/* Starts it, and returns the number that it says first. */
static int start(const char *const argv[])
{
	char *line;
	int pid;

	proc__start(&load, argv, &(struct proc_opts){ .want_stdin = true });
	line = proc__line(&load, 0);
	cr_assert_not_null(line);
	pid = atoi(line);
	free(line);
	return pid;
}

static void expect_process(const char *option, const char *value, int pid, size_t count)
{
	json_t *stat = tt__stat(ARGS(option, value, "-d", "200ms")), *row;
	bool found = false;
	size_t i;

	json_array_foreach(js__at(stat, "processes"), i, row)
		found = found || js__pid(row, "pid") == pid;
	cr_expect(found, "%s %s: process %d is missing", option, value, pid);
	cr_expect_eq(json_array_size(js__at(stat, "processes")), count);
	json_decref(stat);
}

/* Each starts the next one; the last says who it is, and all wait for the end of their input. */
Test(depth, of_processes)
{
	static const char chain[] = "if [ $1 -gt 1 ]; then sh -c \"$0\" \"$0\" $(($1 - 1)); true; "
				    "else echo $$; read line; fi";
	char root[16], count[16];
	int deepest;

	snprintf(count, sizeof(count), "%d", LEVELS);
	deepest = start(ARGS("sh", "-c", chain, chain, count));
	snprintf(root, sizeof(root), "%d", load.pid);
	expect_process("-p", root, deepest, LEVELS);
}

Test(depth, of_cgroups)
{
	const char *top = cgroup__make(), *above = top;
	int pid;

	if (!top)
		cr_skip_test("no cgroup hierarchy lets us");
	for (; level_count < LEVELS; level_count++) {
		snprintf(levels[level_count], sizeof(levels[0]), "%s/g", above);
		above = levels[level_count];
		if (mkdir(above, 0755))
			cr_skip_test("cgroups may not lie that deep here");
	}
	pid = start(ARGS("sh", "-c", "echo $$; read line; true"));
	cr_assert(cgroup__move(above, pid));
	expect_process("-G", top, pid, 1);
}

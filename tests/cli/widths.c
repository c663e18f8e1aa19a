/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands print on a terminal fits it: no line is left to the terminal to break. */
#include <criterion/criterion.h>

#include "../lib/recording.h"
#include "../lib/tt.h"
#include "../lib/widths.h"

TestSuite(widths, .fini = tt__cleanup);

static const char *make(const char *name, const struct recording_plan *plan)
{
	const char *path = tt__temp(name);

	recording__make(path, plan);
	return path;
}

Test(widths, a_recording)
{
	const struct recording_plan plan = {
		.processes = 30, .threads = 5, .stacks = 40, .samples = 400
	};
	const char *path = make("a.tasktoll", &plan);

	widths__check(ARGS("report", path), 0);
	widths__check(ARGS("report", path, "--threads", "--explain", "-s", "wait"), 0);
	widths__check(ARGS("report", path, "--by", "comm"), 0);
	widths__check(ARGS("report", path, "--stacks", "20"), 0);
	widths__check(ARGS("report", path, "--metric", "switches", "-p", "1"), 0);
}

Test(widths, two_recordings)
{
	const struct recording_plan plan = { .processes = 30 };
	const struct recording_plan other = { .processes = 5, .faster = true, .periods = 3 };
	const char *b = make("b.tasktoll", &other);

	widths__check(ARGS("report", "--diff", make("a.tasktoll", &plan), b), 0);
}

/* What this machine cannot do is said, too: whichever status that is. */
Test(widths, this_machine)
{
	widths__check(ARGS("doctor"), -1);
	widths__check(ARGS("doctor", "--security"), -1);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run that goes on, as a page for a browser: the machine now, the last ten minutes, groups, crashes, and
 * what is not known.  No script and no style in it: the style sheet is a page of its own.
 */
#ifndef VIEW_HTML_MACHINE_H
#define VIEW_HTML_MACHINE_H

#include <stdio.h>

#include "model/machine/group_sums.h"
#include "model/machine/recent.h"

/* A crash as text, as the live screen keeps it. */
struct told_crash {
	__u64 realtime_ns;
	char *line, *story; /* to be freed */
};

struct html_machine {
	const struct summary *run, *last;
	const struct group_sums *groups;
	const char *by; /* what the groups are: "cgroup" */
	const struct recent *recent;
	const struct told_crash *crashes; /* the newest first */
	size_t crash_count;
	__u64 crashes_all; /* of the run */
};

/* 0 or -ENOMEM. */
int html_machine__write(FILE *out, const struct html_machine *page);

void html_machine__write_style(FILE *out);

#endif

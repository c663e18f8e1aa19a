/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/open_files.h"

#include <sys/resource.h>

/* As with the clock: one a process, set before all else. */
static struct rlimit given;

void open_files__allow_all(void)
{
	struct rlimit all;

	if (getrlimit(RLIMIT_NOFILE, &given))
		return;
	all = given;
	all.rlim_cur = all.rlim_max;
	setrlimit(RLIMIT_NOFILE, &all);
}

void open_files__restore_limit(void)
{
	if (given.rlim_max)
		setrlimit(RLIMIT_NOFILE, &given);
}

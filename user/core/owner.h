/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose a process is: with the privileges of that user its files are opened. */
#ifndef CORE_OWNER_H
#define CORE_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

#define OWNER_GROUPS 32 /* more are left out: fewer privileges, not more */

struct owner {
	bool known;
	uid_t uid; /* that files are opened with (fsuid), as we see it: not that of its user namespace */
	gid_t gid;
	unsigned int group_count;
	gid_t groups[OWNER_GROUPS];
	pid_t own_pid; /* its number in its own PID namespace */
};

/* Reads /proc/PID/status.  False: there is no such process (any more). */
bool owner__of(pid_t pid, struct owner *ret_owner);

#endif

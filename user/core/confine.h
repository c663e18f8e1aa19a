/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process of ours gives up before it touches what strangers wrote: system calls,
 * a user id that others share, its environment, the view of other processes.
 */
#ifndef CORE_CONFINE_H
#define CORE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * From now on only these system calls work (numbers of SCMP_SYS()); all others fail with
 * EPERM.  Filters add up: a later one only takes away.  Returns 0 or a negative errno.
 */
int confine__allow(const int *calls, size_t count);

/*
 * What no process of ours does once it runs: execute a program, trace another process or
 * read its memory, mount, load modules, reboot, and the like.  Programs that are to be
 * executed have to be forked before.  Returns 0 or a negative errno.
 */
int confine__forbid_needless(void);

/* The reverse: these fail with EPERM, all others work. */
int confine__deny(const int *calls, size_t count);

/*
 * From now on this process is root or that user and group, and no other: the calls that
 * change ids fail with EPERM for others, and those that change groups always.  For a process
 * that keeps CAP_SETUID and CAP_SETGID for these two alone.  Returns 0 or a negative errno.
 */
int confine__limit_ids(uid_t uid, gid_t gid);

/*
 * Like fork(), with network, mounts, IPC, host name and process ids of its own, as far as
 * the kernel lets us.  In the child getpid() is 1 then.
 */
pid_t confine__fork_apart(void);

/* Empties the environment, also what /proc/PID/environ shows. */
void confine__forget_environment(void);

/*
 * Becomes a user that nobody else is (a number from the range that systemd keeps for
 * dynamic users), or nobody where that number does not exist, without groups and without
 * capabilities, below an empty root directory, for good.  Without CAP_SETUID the user
 * stays what it is.  False: we still are root.
 */
bool confine__drop_privileges(void);

/* Nobody may look into this process, nor may what it executes have more privileges than it. */
void confine__stay_private(void);

/* The most of a resource (RLIMIT_*), for good. */
void confine__limit(int resource, size_t most);

#endif

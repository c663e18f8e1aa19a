/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who asked: under sudo, programs run as that user and files belong to that user. */
#ifndef CORE_INVOKER_H
#define CORE_INVOKER_H

#include <stdbool.h>
#include <sys/capability.h>
#include <sys/types.h>

struct invoker {
	bool other; /* we are root on behalf of somebody else */
	uid_t uid;
	gid_t gid;
	char name[256]; /* SUDO_USER; "" */
	cap_t before;	/* between enter and leave: the privileges that come back */
};

/* Reads SUDO_UID, SUDO_GID and SUDO_USER; they count only if we are root. */
void invoker__read(struct invoker *invoker);

/*
 * In a child before exec: becomes the invoker for good, with the groups that the user
 * database says, and with the environment of a login instead of root's (core/login.h).  Whoever
 * it becomes has the limit of open files that we were started with.
 * Returns 0 or a negative errno.
 */
int invoker__become(const struct invoker *invoker);

/*
 * Between the two, files are opened, made and removed with the privileges of who asked:
 * as the invoker under sudo, and as root who may write anywhere where root asked.  What
 * that takes is not in effect at other times, but has to be permitted: see below.  Each
 * returns 0 or a negative errno; entering fails where it is no longer permitted.
 */
int invoker__enter(struct invoker *invoker);
int invoker__leave(struct invoker *invoker);

/*
 * Gives up what loading and attaching needed and reading does not.  What stays:
 * CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN (run time statistics of BPF programs),
 * CAP_KILL (to end what we started for another user), CAP_DAC_READ_SEARCH and
 * CAP_SYS_PTRACE (to open the program of a crashed process for its symbols).  If others are
 * yet to be started as the invoker, CAP_SETUID and CAP_SETGID stay, too.  If files are yet
 * to be written, what invoker__enter() needs stays permitted without being in effect: those
 * two under sudo, and otherwise CAP_DAC_OVERRIDE and CAP_FOWNER.  Under sudo we have the
 * groups of the invoker from then on.
 *
 * Without others to start, nothing that is executed from now on has more privileges than we
 * have, and system calls that we do not need fail (core/confine.h): under sudo those, too, that
 * would make us anybody but root and the invoker.
 */
void privileges__drop(bool starts_others, bool writes_files);

#endif

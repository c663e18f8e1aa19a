/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who asked: under sudo, programs run as that user and files belong to that user. */
#ifndef CORE_INVOKER_H
#define CORE_INVOKER_H

#include <stdbool.h>
#include <sys/types.h>

struct invoker {
	bool other; /* we are root on behalf of somebody else */
	uid_t uid;
	gid_t gid;
	char name[64];
};

/* Reads SUDO_UID, SUDO_GID and SUDO_USER; they count only if we are root. */
void invoker__read(struct invoker *invoker);

/* In a child before exec: becomes the invoker for good.  Returns 0 or a negative errno. */
int invoker__become(const struct invoker *invoker);

/*
 * Between the two, files are opened, made and removed as the invoker.  Each returns 0
 * or a negative errno; entering fails when CAP_SETUID has been given up.
 */
int invoker__enter(const struct invoker *invoker);
int invoker__leave(const struct invoker *invoker);

/* Creates or empties a file as the invoker.  Returns a descriptor or a negative errno. */
int invoker__create(const struct invoker *invoker, const char *path);

/*
 * Gives up what loading and attaching needed and reading does not.  What stays:
 * CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN (run time statistics of BPF programs),
 * CAP_KILL (to end what we started for another user), CAP_DAC_READ_SEARCH and
 * CAP_SYS_PTRACE (to open the program of a crashed process for its symbols), and,
 * if others are yet to be started as the invoker, CAP_SETUID and CAP_SETGID.
 */
void privileges__drop(bool starts_others);

#endif

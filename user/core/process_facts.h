/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process may do, as the kernel tells it in /proc/PID. */
#ifndef CORE_PROCESS_FACTS_H
#define CORE_PROCESS_FACTS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum process_space { SPACE_MNT, SPACE_PID, SPACE_NET, SPACE_IPC, SPACE_UTS, SPACE_USER, SPACES };

extern const char *const process_spaces[SPACES]; /* "mnt", ... as in /proc/PID/ns */

struct process_facts {
	char name[32];
	uid_t uid; /* effective */
	gid_t gid;
	unsigned int groups;
	__u64 effective, permitted, bounding; /* capabilities, a bit each */
	bool ended;			      /* a zombie: of the rest little is left */
	bool no_new_privs;
	bool filtered;	    /* system calls are (seccomp) */
	bool own[SPACES];   /* a namespace that is not ours */
	size_t files;	    /* open descriptors */
	size_t environment; /* bytes of it that are not 0 */
	bool dumpable;	    /* of its own user: that one may look into it */
	char root[64];	    /* directory that it takes for "/" */
};

/* Returns 0 or a negative errno. */
int process_facts__read(struct process_facts *facts, pid_t pid);

/* The children of a process, as they are now: at most `room`.  Returns how many. */
size_t process__children(pid_t pid, pid_t *children, size_t room);

#endif

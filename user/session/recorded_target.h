/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A target inside a recording: some of the processes that it has seen. */
#ifndef SESSION_RECORDED_TARGET_H
#define SESSION_RECORDED_TARGET_H

#include "core/glob.h"
#include "store/store.h"

/* What is wanted.  Neither pids nor a glob: all processes but the kernel's threads. */
struct recorded_aim {
	const __u32 *pids; /* they, and what descends from them, if */
	size_t pid_count;
	bool children;
	const struct target_glob *comm; /* processes with such a name; NULL */
};

struct recorded_process;

struct recorded_target {
	struct recorded_process *all; /* sorted by pid and start */
	size_t count, room;
};

/* recorded_target__free() is due either way.  -ESRCH: no process matches. */
int recorded_target__find(struct recorded_target *target, struct store *store,
			  const struct recorded_aim *aim, struct failure *failure);

/* For model__narrow(). */
bool recorded_target__has(const void *target, const struct process *process);
bool recorded_target__has_key(const struct recorded_target *target, const struct process_key *key);

void recorded_target__free(struct recorded_target *target);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A story of births, signals and ends as the BPF programs would tell it, and a
 * witness who follows it and keeps what is reported.
 *
 * Tasks are named by their ids: a table knows the rest.  Time goes on by
 * STORY_STEP_NS with each event.
 */
#ifndef TESTS_UNIT_MAKE_LIFECYCLE_H
#define TESTS_UNIT_MAKE_LIFECYCLE_H

#include "lifecycle.h"
#include "model/lifecycle/process_tracker.h"

#define STORY_TIDS	32768
#define STORY_BEGIN_NS	100000000000ULL
#define STORY_STEP_NS	1000ULL
#define STORY_WINDOW_NS 1000000000ULL

/* How wait() has it. */
#define EXIT_CODE(code)	  ((__u32)(code) << 8)
#define WITH_CORE(signal) ((__u32)(signal) | 0x80)

struct story {
	int (*tell)(void *context, const struct lifecycle_event *event);
	void *context;
	__u64 now_ns;	       /* of the next event */
	struct task_id *tasks; /* by tid */

	/* what is measured of a creation or an exec; LIFECYCLE_NO_TIME at first */
	__u64 copy_ns, exec_ns;
	__u64 rss;
	__u32 namespaces;

	struct lifecycle_handled handled; /* told with fatal signals and ends */
	__u32 trap;			  /* with fatal signals */
};

void story__begin(struct story *story, int (*tell)(void *, const struct lifecycle_event *),
		  void *context);
void story__end(struct story *story);
void story__wait(struct story *story, __u64 ns);

/* For struct process_tracker_config. */
const char *story__kernel_name(void *symbols, __u64 address);

/* ---- births ---- */

/* A process that is older than the run, in the target. */
void story__census(struct story *story, __u32 pid, __u32 ppid, const char *comm);

/* A child of the process of `creator`, a task, with its name; a pid may be used again. */
void story__create(struct story *story, __u32 creator, __u32 tid, enum spawn_kind kind);
void story__fork(struct story *story, __u32 creator, __u32 pid);
void story__thread(struct story *story, __u32 pid, __u32 tid);

void story__exec(struct story *story, __u32 tid, const char *comm);

/* A process gets another name: by prctl(), for one. */
void story__rename(struct story *story, __u32 pid, const char *comm);

/* Back from creating after ns, or, with an errno, not. */
void story__return(struct story *story, __u32 creator, enum spawn_kind kind, __u64 ns, int error);

/* ---- signals and ends ---- */

/* SIGNAL_*; from 0: no process sent it, and `to` happened to run. */
void story__signal(struct story *story, __u32 from, __u32 to, int signal, __u32 flags);

/* It wrote to what this one had closed. */
void story__sigpipe(struct story *story, __u32 tid, enum closed_kind via, __u32 closer);

/* It takes delivery of a signal that dumps core. */
void story__fatal(struct story *story, __u32 tid, int signal, int code, __u32 sender);

/* From now on: a handler of this task has just taken a signal.  HANDLED_* */
void story__handle(struct story *story, __u32 tid, int signal, int code, __u32 flags);

/* A fault: the kernel's signal, and its delivery. */
void story__fault(struct story *story, __u32 tid, int signal, int code);

/* seccomp ends a thread alone, for system call 110. */
void story__end_alone(struct story *story, __u32 tid, int signal);

/* A thread goes down with its process; the last one, and the process with it. */
void story__down(struct story *story, __u32 tid, __u32 code);
void story__die(struct story *story, __u32 tid, __u32 code);
void story__oom(struct story *story, __u32 tid, __u32 code);

/* On a path through these kernel functions, innermost first; "" has no name. */
#define PATH(...) ((const char *const[]){ __VA_ARGS__, NULL })
void story__wake(struct story *story, __u32 from, __u32 to, const char *const *path);

/* The same, just after a connection was told that this process has closed it. */
void story__wake_by_tcp(struct story *story, __u32 from, __u32 to, const char *const *path,
			__u32 closer);

/* The connection of peer that the dying closer had closed is found gone; closer or peer tells. */
void story__lost(struct story *story, __u32 teller, __u32 closer, __u32 peer, enum closed_kind via);

/* ---- the witness ---- */

#define WITNESS_ENDS	64
#define WITNESS_CRASHES 16

struct witness {
	struct story story;
	struct process_tracker *tracker;
	struct {
		__u32 pid;
		struct end end;
	} ends[WITNESS_ENDS];
	size_t end_count;
	struct crash *crashes[WITNESS_CRASHES];
	size_t crash_count;
};

#define WITNESS_ALL	     1 /* failed and killed ends are followed, too */
#define WITNESS_STACKS	     2 /* stacks will be handed in */
#define WITNESS_WATCHER(pid) ((unsigned int)(pid) << 8)

/* With pid 1 there. */
void witness__begin(struct witness *witness, unsigned int flags);
void witness__end(struct witness *witness);

/* Lets every window close. */
void witness__see_out(struct witness *witness);

/* The only end that there was of this process. */
const struct end *witness__end_of(const struct witness *witness, __u32 pid);

/* The only crash of this process; the windows are closed first. */
const struct crash *witness__crash_of(struct witness *witness, __u32 pid);

/* Of a crash; NULL if it is none. */
const struct victim *crash__find(const struct crash *crash, __u32 tid);

/* The same, which has to be there, hit so in the end. */
const struct victim *crash__victim(const struct crash *crash, __u32 tid, int ring, enum how how,
				   __u32 by_pid, enum outcome outcome);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tree of processes, and what is remembered of each.  Inside the model only. */
#ifndef MODEL_KIN_H
#define MODEL_KIN_H

#include <uthash.h>

#include "model/lives.h"
#include "model/process_key.h"

#define KIN_SIGNALS 4

/* Ended processes that are remembered for their late events. */
#define KINS_DEAD_MAX 1024

struct hit;

/* A signal that can have ended its receiver. */
struct sent {
	int signal; /* 0: none */
	bool kernel;
	bool self;
	__u64 now_ns;
	struct sender sender;
	struct process_key from; /* whom the sender is */
};

struct kin {
	struct process_key key;
	__u64 born_ns; /* CLOCK_MONOTONIC; 0: before anyone looked */
	__u32 flags;   /* WHO_* */
	__u32 own_pid; /* in its own PID namespace if that is not ours; else 0 */
	char comm[UTF8_COMM];
	struct kin *parent; /* NULL: unknown */
	struct kin *children, *next,
		*prev;		       /* next, prev: among its parent's children, or the dead */
	struct sent sent[KIN_SIGNALS]; /* the latest of each signal */
	struct sent taken;	       /* the latest that another process sent and a handler took */
	struct life_handled handled;   /* as the fatal signal, or the end, tells */
	__u32 downs;		       /* threads that went down with it */
	bool ended;
	bool execed;		/* since it was met */
	int fatal;		/* signal that it took delivery of; 0: none */
	int fatal_code;		/* its si_code */
	__u32 fatal_from;	/* its si_pid */
	struct hit *hits;	/* the crashes that it has to do with */
	UT_hash_handle hh;	/* of all, by key */
	UT_hash_handle hh_live; /* of those that live, by pid */
};

struct kins {
	struct kin *all;
	struct kin *live;
	struct kin *dead; /* let go, the first to be forgotten first */
	size_t dead_count;
};

/* Finds or makes the process of who and takes over what who says of it; NULL without memory. */
struct kin *kins__meet(struct kins *kins, const struct who *who);

/* The process with this identity, dead or alive; NULL. */
struct kin *kins__find(const struct kins *kins, __u32 pid, __u64 start_ns);

/* The living process with this pid; NULL. */
struct kin *kins__find_live(const struct kins *kins, __u32 pid);

void kin__set_parent(struct kin *kin, struct kin *parent);

/* It is dead: its pid may be used again. */
void kins__bury(struct kins *kins, struct kin *kin);

/*
 * Its children become those of whom the kernel gives them to: the nearest
 * ancestor that adopts orphans, else pid 1.
 */
void kins__give_away_children(struct kins *kins, struct kin *kin);

/* The next below top, children before siblings, beginning with top's first child; NULL. */
struct kin *kin__next_below(struct kin *top, struct kin *at);

/*
 * It has ended, and no case needs it any more.  It is forgotten only after a
 * while: its last signals and wakes, and a second last thread, are still to
 * come, and must not be taken for a new process.
 */
void kins__let_go(struct kins *kins, struct kin *kin);

void kins__free(struct kins *kins);

void kin__remember_signal(struct kin *kin, const struct life_event *event);

/* Is this the process with that identity? */
bool kin__is(const struct kin *kin, const struct process_key *key);

/*
 * The signal that began an end by this one: another process's, if the process only
 * raised it again; else the last of that number.  NULL.
 */
const struct sent *kin__first_signal(const struct kin *kin, int signal);

/* The last signal of that number; NULL. */
const struct sent *kin__signal(const struct kin *kin, int signal);

/* How a process ended: class, sender and the rest (measures in the man page, "ends"). */
void kin__judge(const struct kin *kin, const struct life_event *event, struct end *ret_end);

#endif

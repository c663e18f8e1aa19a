/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tree of processes, and what is remembered of each.  Inside the model only. */
#ifndef MODEL_PROCESS_TREE_H
#define MODEL_PROCESS_TREE_H

#include <uthash.h>

#include "model/lifecycle/process_tracker.h"
#include "model/lifecycle/process_key.h"

#define PROCESS_NODE_SIGNALS 4

/* Ended processes that are remembered for their late events. */
#define PROCESS_TREE_DEAD_MAX 1024

struct affected;

/* A signal that can have ended its receiver. */
struct sent {
	int signal; /* 0: none */
	bool kernel;
	bool self;
	__u64 now_ns;
	struct sender sender;
	struct process_key from; /* whom the sender is */
};

struct process_node {
	struct process_key key;
	__u64 born_ns; /* CLOCK_MONOTONIC; 0: before anyone looked */
	__u32 flags;   /* WHO_* */
	__u32 own_pid; /* in its own PID namespace if that is not ours; else 0 */
	char comm[UTF8_COMM];
	struct process_node *parent; /* NULL: unknown */
	struct process_node *children, *next,
		*prev; /* next, prev: among its parent's children, or the dead */
	struct sent sent[PROCESS_NODE_SIGNALS]; /* the latest of each signal */
	struct sent taken; /* the latest that another process sent and a handler took */
	struct lifecycle_handled handled; /* as the fatal signal, or the end, tells */
	__u32 downs;			  /* threads that went down with it */
	bool ended;
	bool execed;		   /* since it was met */
	int fatal;		   /* signal that it took delivery of; 0: none */
	int fatal_code;		   /* its si_code */
	__u32 fatal_from;	   /* its si_pid */
	struct affected *affected; /* the crashes that it has to do with */
	UT_hash_handle hh;	   /* of all, by key */
	UT_hash_handle hh_live;	   /* of those that live, by pid */
};

struct process_tree {
	struct process_node *all;
	struct process_node *live;
	struct process_node *dead; /* let go, the first to be forgotten first */
	size_t dead_count;
};

/*
 * Finds or makes the process that this task belongs to, and takes its names and its parent over
 * from it; NULL without memory.
 */
struct process_node *process_tree__meet(struct process_tree *tree, const struct task_id *task_id);

/* The process with this identity, dead or alive; NULL. */
struct process_node *process_tree__find(const struct process_tree *tree, __u32 pid, __u64 start_ns);

/* The living process with this pid; NULL. */
struct process_node *process_tree__find_live(const struct process_tree *tree, __u32 pid);

void process_node__set_parent(struct process_node *node, struct process_node *parent);

/* It is dead: its pid may be used again. */
void process_tree__bury(struct process_tree *tree, struct process_node *node);

/*
 * Its children become those of whom the kernel gives them to: the nearest
 * ancestor that adopts orphans, else pid 1.
 */
void process_tree__give_away_children(struct process_tree *tree, struct process_node *node);

/* The next below top, children before siblings, beginning with top's first child; NULL. */
struct process_node *process_node__next_below(struct process_node *top, struct process_node *at);

/*
 * It has ended, and no case needs it any more.  It is forgotten only after a
 * while: its last signals and wakes, and a second last thread, are still to
 * come, and must not be taken for a new process.
 */
void process_tree__let_go(struct process_tree *tree, struct process_node *node);

void process_tree__free(struct process_tree *tree);

void process_node__remember_signal(struct process_node *node, const struct lifecycle_event *event);

/* Is this the process with that identity? */
bool process_node__is(const struct process_node *node, const struct process_key *key);

/*
 * The signal that began an end by this one: another process's, if the process only
 * raised it again; else the last of that number.  NULL.
 */
const struct sent *process_node__first_signal(const struct process_node *node, int signal);

/* The last signal of that number; NULL. */
const struct sent *process_node__signal(const struct process_node *node, int signal);

/* How a process ended: class, sender and the rest (measures in the man page, "ends"). */
void process_node__judge(const struct process_node *node, const struct lifecycle_event *event,
			 struct end *ret_end);

#endif

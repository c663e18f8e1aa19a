/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following a crash: who has to do with it, by which links.  A process is a hit
 * of a case (an open crash) when something that the case did reached it; from
 * then on what it does to others is the case's doing, too.  Inside the model only.
 */
#ifndef MODEL_FANOUT_H
#define MODEL_FANOUT_H

#include "model/lifecycle/process_tree.h"

struct sibling {
	__u32 tid;
	__u64 start_ns;
	__u64 now_ns;
	char comm[UTF8_COMM];
};

/* A process in a case. */
struct affected {
	struct process_node *node;
	struct fanout_case *owner;
	bool root;
	bool spared; /* no victim, whatever comes: it had sent the fatal signal, or watches */
	bool died;
	bool respawned; /* created in place of one that died */
	__u64 died_ns;
	struct end end;
	struct link links[VICTIM_LINKS];
	int link_count;
	__u32 children_lost;  /* by this case */
	__u32 children_new;   /* since then */
	char comm[UTF8_COMM]; /* its name when it was reached last */
	struct affected *next_of_node;
	struct affected *prev, *next; /* in its case */
};

struct fanout_case {
	struct crash *crash; /* filled in as it becomes known */
	__u64 stack_id;
	struct process_key killer; /* who sent the fatal signal; pid 0: nobody else did */
	__u32 watcher;		   /* see struct process_tracker_config */
	struct affected *affected;
	size_t affected_count;
	__u64 left_out;
	struct sibling *siblings;
	size_t sibling_count, sibling_room;
	/*
	 * CLOCK_MONOTONIC ns: what comes later does not belong to it.  While its
	 * process lives: of the longest wait for it.
	 */
	__u64 deadline;
	bool wants_stack; /* it is on its way */
	struct fanout_case *prev, *next;
};

/* How long a crash may take to be over: a large core is being written. */
#define FANOUT_ENDING_NS 60000000000ULL

/* The case in which this process is the culprit; NULL. */
struct fanout_case *process_node__case(const struct process_node *node);

/* Opens one; without a root it has no victims.  NULL without memory. */
struct fanout_case *fanout_case__open(struct process_node *root, __u64 at_ns);

int fanout_case__add_sibling(struct fanout_case *fanout, const struct lifecycle_event *event);

/* A child of a process that ended with the case has ended, too. */
void fanout_case__child_lost(struct fanout_case *fanout, struct process_node *parent);

/* Is it gone because of the case? */
bool affected__is_lost(const struct affected *affected);

/*
 * node is affected in every case that `cause` acts in.  only_dead: by the death of
 * cause; otherwise also by what one does that was affected itself.
 */
void process_node__affect(struct process_node *node, const struct process_node *cause,
			  bool only_dead, enum how how, __u64 now_ns, const char *evidence);

/* The same by the death of cause, slightly: it lost a connection, and perhaps did not mind. */
void process_node__affect_slightly(struct process_node *node, const struct process_node *cause,
				   __u64 now_ns, const char *evidence);

/* Its children and theirs are orphans of every case that it died in. */
void process_node__orphan_children(struct process_node *node, __u64 now_ns);

/* Is anybody among those that it reached in the target? */
bool fanout_case__affects_target(const struct fanout_case *fanout);

/* Ends the case: sorts out what became of whom.  The case is gone, its crash is the caller's. */
struct crash *fanout_case__close(struct fanout_case *fanout, struct process_tree *tree,
				 __u64 now_ns, bool cut_short);

#endif

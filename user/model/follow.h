/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following a crash: who has to do with it, by which links.  A process is a hit
 * of a case (an open crash) when something that the case did reached it; from
 * then on what it does to others is the case's doing, too.  Inside the model only.
 */
#ifndef MODEL_FOLLOW_H
#define MODEL_FOLLOW_H

#include "model/kin.h"

struct sibling {
	__u32 tid;
	__u64 start_ns;
	__u64 now_ns;
	char comm[UTF8_COMM];
};

/* A process in a case. */
struct hit {
	struct kin *kin;
	struct case_file *owner;
	bool root;
	bool killer; /* it had sent the fatal signal: no victim of it, whatever comes */
	bool died;
	bool respawned; /* created in place of one that died */
	__u64 died_ns;
	struct end end;
	struct link links[VICTIM_LINKS];
	int link_count;
	__u32 children_lost;  /* by this case */
	__u32 children_new;   /* since then */
	char comm[UTF8_COMM]; /* its name when it was reached last */
	struct hit *next_of_kin;
	struct hit *prev, *next; /* in its case */
};

struct case_file {
	struct crash *crash; /* filled in as it becomes known */
	__u64 stack_id;
	struct process_key killer; /* who sent the fatal signal; pid 0: nobody else did */
	struct hit *hits;
	size_t hit_count;
	__u64 left_out;
	struct sibling *siblings;
	size_t sibling_count, sibling_room;
	/*
	 * CLOCK_MONOTONIC ns: what comes later does not belong to it.  While its
	 * process lives: of the longest wait for it.
	 */
	__u64 deadline;
	bool wants_stack; /* it is on its way */
	struct case_file *prev, *next;
};

/* How long a crash may take to be over: a large core is being written. */
#define CASE_ENDING_NS 60000000000ULL

/* The case in which this process is the culprit; NULL. */
struct case_file *kin__case(const struct kin *kin);

/* Opens one; without a root it has no victims.  NULL without memory. */
struct case_file *case__open(struct kin *root, __u64 at_ns);

int case__add_sibling(struct case_file *file, const struct life_event *event);

/* A thread of the dying, a process, ended: see lives.c for who tells. */
void case__child_lost(struct case_file *file, struct kin *parent);

/* Is it gone because of the case? */
bool hit__is_lost(const struct hit *hit);

/*
 * kin is hit in every case that `cause` acts in.  only_dead: by the death of
 * cause; otherwise also by what one does that was hit itself.
 */
void kin__hit(struct kin *kin, const struct kin *cause, bool only_dead, enum how how, __u64 now_ns,
	      const char *evidence);

/* The same by the death of cause, slightly: it lost a connection, and perhaps did not mind. */
void kin__brush(struct kin *kin, const struct kin *cause, __u64 now_ns, const char *evidence);

/* Its children and theirs are orphans of every case that it died in. */
void kin__orphan_children(struct kin *kin, __u64 now_ns);

/* Is anybody among those that it reached in the target? */
bool case__hits_target(const struct case_file *file);

/* Ends the case: sorts out what became of whom.  The case is gone, its crash is the caller's. */
struct crash *case__close(struct case_file *file, struct kins *kins, __u64 now_ns, bool cut_short);

#endif

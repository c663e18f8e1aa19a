/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the recorder share. */
#ifndef SESSION_RECORDER_PRIVATE_H
#define SESSION_RECORDER_PRIVATE_H

#include <uthash.h>

#include "callstack/symbolization.h"
#include "model/profile/rootless_sums.h"
#include "session/paid.h"
#include "session/recorder.h"

#define ID_TOGETHER (1ULL << 63) /* thread id of those */
#define ID_CRASHED  (1ULL << 62) /* and of culprits, with their number */
#define ID_WITHHELD (1ULL << 61)

/* A thread that is gone, until what it had paid has been written. */
struct gone {
	__u64 task;
	__u32 thread;
	bool together; /* with others */
	bool waits;    /* something that it paid waits for its stack */
	UT_hash_handle hh;
};

/* A task that is in a fork or clone: its duration is known when the call returns. */
struct creating {
	__u32 tid;
	__u64 task, stack;
	UT_hash_handle hh;
};

struct recorder {
	struct recorder_config config;
	struct gone *gone;
	struct creating *creating;
	struct paid *paid;
	size_t paid_count, paid_room;
	size_t paid_waiting; /* of them, for their stacks: they were there at the last writing */
	__u32 *order;	     /* in which they are written, of as much room as they have */
	size_t order_room;
	__s64 rest[WEIGHTS]; /* what found no room among them, or no time */
	__u64 paid_together; /* samples of that, */
	__u64 paid_late;     /* and those for which there was no time */
	__u32 *done; /* threads of the profile that are gone, to be forgotten once they are written */
	size_t done_count, done_room;
	__u64 together; /* threads that were put together with others */
	bool last;	/* what is closed now is the last period */
	bool is_cut;	/* a signal has come in the middle of the last writing */
	__u32 stack_new, stack_past, stack_lost, stack_waits, stack_idle;
	__u64 lost;
	__u64 lost_open; /* of them, of intervals that are open: they are written anew */
	struct rootless_sums rootless; /* of all that is written for good */
};

/* The stack that is this word. */
__u32 recorder__mark(const struct recorder *recorder, const char *text);

/* The stack of a number of the kernel's side, or the word that stands for it. */
__u32 recorder__stack(struct recorder *recorder, __u64 id);

/* Of a thread that the model has. */
__u32 recorder__thread(struct recorder *recorder, const struct thread *thread);

/* Of a task that may be gone; and of one that nobody knows. */
__u32 recorder__thread_of(struct recorder *recorder, __u64 task);
__u32 recorder__nobody(struct recorder *recorder);

/* The weights that what finds no room, or no time, is to be added to. */
__s64 *recorder__pay_together(struct recorder *recorder);

/* ---- what has been paid (session/recorder_paid.c) ---- */

/* A thread of the profile that is in no later period: it is forgotten once all is written. */
void recorder__note_done(struct recorder *recorder, __u32 thread);

int recorder__write_paid(struct recorder *recorder, struct store_writer *writer, __u32 period,
			 bool close, struct failure *failure);

/* ---- what is written anew each time (session/recorder_open.c) ---- */

bool recorder__open_weights(const struct recorder *recorder, const struct thread *thread, __u64 now,
			    __s64 weight[WEIGHTS]);
int recorder__write_open(struct recorder *recorder, struct store_writer *writer, __u32 period,
			 __u64 now, struct failure *failure);
int recorder__write_withheld(struct recorder *recorder, struct store_writer *writer, __u32 period,
			     struct failure *failure);
int recorder__write_idle(struct recorder *recorder, struct store_writer *writer, __u32 period,
			 struct failure *failure);
int recorder__write_crash(struct recorder *recorder, struct store_writer *writer, __u32 period,
			  const struct crash *crash, struct failure *failure);

/* The period of its crash is over. */
void recorder__forget_culprit(struct recorder *recorder, const struct crash *crash);

#endif

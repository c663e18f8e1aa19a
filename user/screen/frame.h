/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One refresh as the screen keeps it: figures copied from a summary, so that it can be looked
 * at when the model has gone on.
 */
#ifndef SCREEN_FRAME_H
#define SCREEN_FRAME_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/utf8.h"
#include "model/machine/group.h"
#include "model/switching/summary.h"
#include "model/wakes/wakes.h"
#include "view/columns.h"

/* Who a row is: a thread, or a process (tid 0).  Ids alone are used again. */
struct row_key {
	__u64 start_ns; /* of the process; of a thread its record's number */
	__u32 pid, tid;
};

struct frame_row {
	struct row_key key;
	__u32 parent; /* pid of the parent of a process */
	bool ended, kthread;
	char name[24];
	float figure[COLUMNS]; /* NaN: none */
};

/* Processes that have something in common: see model/machine/group.h. */
struct frame_group {
	char name[32];
	__u64 processes;
	float figure[COLUMNS]; /* NaN: none */
};

/* What one process created in the period. */
struct frame_births {
	struct row_key key;
	char name[24];
	__u64 count[SPAWN_KINDS], failed;
	double fork_p50_ns, thread_p50_ns; /* copy phase; NaN: none */
	__u64 taken_ns;			   /* copy and return; of vforks copy only */
};

/* Who woke whom, by what. */
struct frame_wake {
	char waker[24], woken[24]; /* names */
	__u32 waker_tid, woken_tid;
	enum channel_of_wake channel;
	enum wake_scope scope;
	__u64 count, total; /* in the period, and since it is collected */
	__u64 p50_ns;	    /* from the wakeup to running; 0: not known */
};

/* The wakeups of one process, which need not be among those with most. */
struct frame_own_wakes {
	struct row_key of; /* pid 0: of none */
	struct frame_wake
		*list; /* who wakes it, most wakeups first; then whom else it wakes, the same */
	size_t by_count, to_count, by_more, to_more; /* pairs of both that are here, and others */
	__u64 sums[WAKE_SCOPES];		     /* wakeups of it in the period */
	__u64 to_sum;				     /* of others, by it */
};

/* Of the machine, or of the target. */
enum head {
	HEAD_SWITCHES, /* per second */
	HEAD_BUSY,     /* share of the CPUs' time, percent */
	HEAD_WANTED,   /* tasks that ran or wanted to, on average */
	HEAD_TOLL,     /* share of the CPUs' time that switching took, percent */
	HEAD_WAIT_P50,
	HEAD_WAIT_P99, /* ns */
	HEAD_BIRTHS,
	HEAD_ENDS, /* per second */
	HEAD_CRASHES,
	HEAD_LOST, /* events, records and stacks that were lost */
	HEAD_SELF, /* BPF programs and our own process, percent of the CPUs' time */
	HEAD_KIND, /* the first of five: share of the switches, percent */
	HEADS = HEAD_KIND + 5
};

struct frame {
	__u64 realtime_ns; /* of its end */
	__u64 duration_ns;
	double head[HEADS];  /* NAN: not known */
	const char *no_self; /* why our own cost is not known; NULL: it is */
	bool samples;	     /* prices are sampled: their sums are scaled */
	size_t bytes;	     /* that it takes */
	size_t count, group_count, birth_count;
	size_t left_out; /* processes for which there was no room */
	struct frame_row *rows;
	enum group_by by;	    /* what the groups have in common */
	struct frame_group *groups; /* those that used most CPU time first */
	struct frame_births *births;
	const char *no_wakes;	      /* why nobody knows who woke whom; NULL: it is known: */
	struct frame_wake *wakes;     /* pairs with most wakeups first */
	size_t wake_count, wake_more; /* pairs here, and others */
	__u64 wake_sums[WAKE_SCOPES]; /* wakeups of all pairs in the period */
	struct frame_own_wakes own;   /* of the process that was open */
};

/*
 * Copies a summary, with a row per thread if it has threads; of processes that did nothing
 * at most rows_max; groups by what they have in common.  NULL: no memory.
 */
struct frame *frame__take(const struct summary *summary, size_t rows_max, enum group_by by);
void frame__free(struct frame *frame);

/* Adds who woke whom, `most` pairs.  0 or -ENOMEM. */
int frame__take_wakes(struct frame *frame, const struct wakes *wakes, size_t most);

/* Adds those of one process, `most` of who wakes it and as many of whom it wakes.  0 or -ENOMEM. */
int frame__take_own_wakes(struct frame *frame, const struct wakes *wakes, const struct row_key *of,
			  size_t most);

/* A name cut to what fits, whole characters only. */
void frame__take_name(char *name, size_t size, const char *comm);

bool row_key__same(const struct row_key *a, const struct row_key *b);

/*
 * The frames of the last minutes, the oldest first, within so many bytes: those that do
 * not fit are forgotten, the oldest first.
 */
struct history {
	struct frame **frames;
	size_t count, most;
	size_t bytes, bytes_max;
};

int history__begin(struct history *history, size_t most, size_t bytes_max); /* 0 or -ENOMEM */
void history__end(struct history *history);

/* The frame is the history's from now on. */
void history__add(struct history *history, struct frame *frame);

/* `back` frames before the newest; NULL: none. */
const struct frame *history__at(const struct history *history, size_t back);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row of figures: of a thread, a process, the idle tasks or the whole target. */
#ifndef MODEL_ROW_H
#define MODEL_ROW_H

#include <linux/types.h>

#include "model/switching/dist.h"
#include "task.h"

/*
 * The counters of a row: those of a task's record, in its order, and two more: switches to idle,
 * and for how long its threads were there.
 */
enum { C_IN_IDLE = C_COUNT, C_LIFETIME, ROW_COUNTERS };

/* What a thread does with its time: at each moment one of these. */
enum state { STATE_ONCPU, STATE_WAITING, STATE_SLEEP, STATE_DISK, STATE_OTHER, STATES };

extern const char *const state_names[STATES];

struct counter_info {
	const char *group; /* in JSON; "" at top level */
	const char *name;
	const char *unit; /* "nanoseconds" or "count" */
	const char *help;
};

extern const struct counter_info counter_infos[ROW_COUNTERS];

struct row {
	__u64 n[ROW_COUNTERS];
	struct dist *dist[ROW_DISTS];  /* NULL: no samples */
	bool thin;		       /* a thread's: those that it comes to need are thin */
	struct dist *spare[ROW_DISTS]; /* thin ones of an earlier period: memory for the next */
};

/*
 * Adds what happened between two readings of a record; before->rec is NULL for
 * none.  idle: it is an idle task's record.  Returns 0 or -ENOMEM.
 */
int row__add_readings(struct row *row, const struct reading *now, const struct reading *before,
		      int idle);

/* The same to so many rows. */
int rows__add_readings(struct row *const *rows, int count, const struct reading *now,
		       const struct reading *before, int idle);
int row__add(struct row *row, const struct row *other);
int row__add_sample(struct row *row, int which, __u64 ns);

/* The fine grain of a CPU, of what came between two readings; before: NULL for none. */
int row__add_fine(struct row *row, const struct fine_hists *now, const struct fine_hists *before);
int row__add_fine_sample(struct row *row, int which, __u64 ns);

/* A copy of the fine grain of other, of the same samples, becomes the row's. */
int row__take_fine(struct row *row, const struct row *other);

/*
 * Takes ns from a sum, of an interval that earlier periods were told about: only
 * the rest of it is news.
 */
void row__take_back(struct row *row, int which, __u64 ns);

/* The reverse: 0 or -ENOMEM. */
int row__give_back(struct row *row, int which, __u64 ns);

/* Time in a state, ns: all of them together are the row's lifetime. */
__u64 row__state(const struct row *row, enum state state);

/* Back to nothing; what was allocated is freed.  A thin row stays thin. */
void row__clear(struct row *row);

/* Back to nothing, with a thin row's memory kept for what comes next. */
void row__restart(struct row *row);

/* An empty distribution for those that a row does not have. */
extern const struct dist row__no_dist;

static inline const struct dist *row__dist(const struct row *row, int which)
{
	return row->dist[which] ? row->dist[which] : &row__no_dist;
}

/*
 * It is soon to be read: rows of many threads are nowhere near the CPU, and to go through them is to wait
 * for memory most of the time.
 */
static inline void row__expect(const struct row *row)
{
	int d;

	for (d = 0; d < ROW_DISTS; d++) {
		__builtin_prefetch(row->dist[d]);
		__builtin_prefetch((const char *)row->dist[d] + 64); /* the first of its buckets */
	}
}

__u64 row__switches(const struct row *row); /* out, of any kind */
__u64 row__in(const struct row *row);	    /* in, of the five kinds */

/* Direct cost of the switches in: pick and switch phase, all kinds, ns. */
__u64 row__toll(const struct row *row);

/* By how much that may be off, at 95%: see dist__sum_error(). */
double row__toll_error(const struct row *row, __u32 most);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Distributions of nanoseconds: histograms that add up, and percentiles of them. */
#ifndef MODEL_DIST_H
#define MODEL_DIST_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/switching/reading.h"
#include "task.h"

/*
 * The distributions of a row: those of a task's record, in its order, and
 * idle's switches, which the kernel keeps in the place of kind kernel.
 */
enum { D_SWITCH_IDLE = D_COUNT, ROW_DISTS };

/* And those of creations, by phase: they belong to a kind of creation, not to a row. */
enum { D_COPY = ROW_DISTS, D_RETURN, D_START, D_EXEC, D_LIFE, DIST_INFOS };

/*
 * Of prices, the sum and the buckets are of all switches that the priced ones stand for, and
 * count is of those that were priced (see struct hist_COST in include/task.h).
 */
struct dist {
	__u64 count;
	__u64 sum;   /* ns */
	__s64 open;  /* of the sum, what is of no sample: see model->ended_samples */
	__u64 max;   /* ns */
	__u64 min;   /* ns */
	__u64 *fine; /* the same samples in the fine grain, of the machine; NULL: not known */
	/*
	 * A thread has few samples in a period, side by side: a thin distribution, which only
	 * dist__make_room() makes, has no memory for other buckets than those from `from` on.
	 */
	__u16 from, room; /* so many of them; room 0: it is not thin */
	__u64 bucket[HIST_MAX_BUCKETS];
};

/* The first bucket that there is memory for, and the one behind the last. */
static inline __u32 dist__first(const struct dist *dist)
{
	return dist->from;
}

static inline __u32 dist__end(const struct dist *dist)
{
	return dist->room ? (__u32)dist->from + dist->room : HIST_MAX_BUCKETS;
}

/* Samples in bucket i. */
static inline __u64 dist__bucket(const struct dist *dist, __u32 i)
{
	return i < dist__first(dist) || i >= dist__end(dist) ? 0 : dist->bucket[i - dist->from];
}

/* Buckets from the first to the last; first > last: none. */
struct bucket_range {
	__u32 first, last;
};

/* *dist is thin, or NULL and becomes thin: it has memory for these.  0 or -ENOMEM. */
int dist__make_room(struct dist **dist, struct bucket_range range);

/*
 * The same of a new one, in the memory of a thin one that nobody needs any more and that has nothing
 * but buckets.  NULL: no memory; the old one is as it was.
 */
struct dist *dist__reuse(struct dist *old, struct bucket_range range);

enum dist_layout { LAYOUT_COST, LAYOUT_WAIT, LAYOUT_SLEEP };

struct dist_info {
	const char *group; /* in JSON; "" at top level */
	const char *name;
	const char *help;
	enum dist_layout layout;
	__u32 first, octaves, buckets, fine; /* see include/hist.h */
};

extern const struct dist_info dist_infos[DIST_INFOS];

/*
 * Adds what happened between two readings of one histogram; before is NULL for
 * none.  target is the row's distribution, which may be D_SWITCH_IDLE for a
 * reading of D_SWITCH_KERNEL.
 */
void dist__add_wire(struct dist *dist, int target, const void *now, const void *before);

/*
 * Has anything happened between the two, and in which buckets?  A task's last word has all
 * histograms, empty ones, too.
 */
bool dist__differs(const struct seen_hist *now, const struct seen_hist *before,
		   struct bucket_range *ret_range);

/* dist__add_wire() of two that differ in these buckets; a thin dist has room for them. */
void dist__add_range(struct dist *dist, int target, const struct seen_hist *now,
		     const struct seen_hist *before, struct bucket_range range);

/* Those that hold anything. */
struct bucket_range dist__used(const struct dist *dist);

/* Of a sample. */
__u32 dist__bucket_of(int which, __u64 ns);

/* Of the samples alone, ns: where a wait is one once it is over. */
__u64 dist__sum_of_samples(const struct dist *dist);

/* A thin dist has room for what the other holds.  Returns 0 or -ENOMEM. */
int dist__add(struct dist *dist, int which, const struct dist *other);
/*
 * What came between two sums of one distribution, without the fine grain.  Minimum and maximum are as
 * near as buckets tell.
 */
void dist__between(struct dist *ret_dist, int which, const struct dist *now,
		   const struct dist *before);

/* A thin dist has room for it. */
void dist__add_sample(struct dist *dist, int which, __u64 ns);

/* To `fine` and count only: what came between two readings.  Returns 0 or -ENOMEM. */
int dist__add_fine(struct dist *dist, int which, const __u32 *now, const __u32 *before);
int dist__add_fine_sample(struct dist *dist, int which, __u64 ns);

/* A copy of other's fine grain becomes this one's.  Returns 0 or -ENOMEM. */
int dist__take_fine(struct dist *dist, int which, const struct dist *other);

/* dist is allocated, or NULL. */
void dist__free(struct dist *dist);

/*
 * The sample at rank share (0 to 1) of the count, ns, as near as it is known; 0 without
 * samples.  From the minimum to the maximum; exact where count, sum, minimum and maximum say
 * it, else within 1.6% in the fine grain and within 8.8% without (see include/hist.h).
 */
__u64 dist__percentile(const struct dist *dist, int which, double share);

/*
 * The median, by where it lies among the samples of its bucket: for differences of medians that
 * are less than a bucket apart.  0 without samples; of the buckets, never of the fine grain.
 */
double dist__median(const struct dist *dist, int which);

/* What the samples stand for: as many switches as there are samples, if each was priced. */
__u64 dist__weight(const struct dist *dist);

/*
 * By how much the sum may be off, at 95%, when a sample stands for `most` switches at most.  A
 * switch is priced with chance 1/w, whatever else is, and then stands for w.  So the variance
 * of the sum is estimated by the sum of w (w - 1) v^2 over the samples: at most (most - 1)
 * times the sum of w v^2, which the buckets tell.
 */
double dist__sum_error(const struct dist *dist, int which, __u32 most);

/* How many digits of a percentile are known, 2 or 3. */
int dist__digits(const struct dist *dist);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One reading of a task's record: as it comes from the kernel, or as it is remembered until the next one. */
#ifndef MODEL_READING_H
#define MODEL_READING_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "wire.h"

/* A histogram of a reading begins with these. */
struct wire_hist {
	__u64 sum;
	__u64 max;
	union {
		__u64 low; /* ~min */
		struct {
			__u32 low, priced;
		} cost; /* see struct hist_COST */
	};
	__u32 bucket[]; /* on the wire: all of them */
};

/* Its head, and the buckets from `from` up to the one before `end`; those beyond are 0. */
struct seen_hist {
	const struct wire_hist *head; /* NULL: there is none, and nothing in it */
	const __u32 *bucket;
	__u32 from, end;
};

static inline __u32 seen_hist__bucket(const struct seen_hist *hist, __u32 i)
{
	return i >= hist->from && i < hist->end ? hist->bucket[i - hist->from] : 0;
}

static inline __u64 seen_hist__sum(const struct seen_hist *hist)
{
	return hist->head ? hist->head->sum : 0;
}

/* All so many buckets of one as it lies on the wire; NULL: of none. */
struct seen_hist seen_hist__of_wire(const void *wire, __u32 buckets);

struct reading {
	const struct task_rec *rec; /* its head, WIRE_REC_HEAD bytes; NULL: there was no reading */
	const void *dists;	    /* those that mask names, as they lie on the wire; or thin */
	__u32 mask;
	bool thin; /* made by reading__thin() */
};

struct seen_hist reading__hist(const struct reading *reading, enum measure d);

/* What the largest thin reading takes. */
struct thin_room {
	__u64 words[(WIRE_REC_HEAD + D_COUNT * (sizeof(struct hist_SLEEP) + 16)) / 8 + 8];
};

/*
 * The same in fewer bytes: of its histograms only the buckets from the first that holds anything to the
 * last.  It lies in *room, which need not be set to anything.
 */
struct reading reading__thin(const struct reading *reading, struct thin_room *room);

/*
 * A copy of a thin one.  memory: of an earlier copy, or NULL; it serves again if it is large
 * enough, and is freed if not.  Returns what the copy lies in, to be freed; NULL: no memory, and all
 * is as it was.
 */
void *reading__copy(const struct reading *thin, void *memory, struct reading *ret_copy);

#endif

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

/* Its buckets up to the one before `end`; those beyond are 0. */
struct seen_hist {
	const struct wire_hist *head; /* NULL: there is none, and nothing in it */
	__u32 end;
};

static inline __u32 seen_hist__bucket(const struct seen_hist *hist, __u32 i)
{
	return i < hist->end ? hist->head->bucket[i] : 0;
}

static inline __u64 seen_hist__sum(const struct seen_hist *hist)
{
	return hist->head ? hist->head->sum : 0;
}

struct reading {
	const struct task_rec *rec; /* its head, WIRE_REC_HEAD bytes; NULL: there was no reading */
	const void *dists;	    /* as they lie on the wire, */
	const __u8 *ends;	    /* each up to there: see struct wire_task */
};

/* As they lie in a record: all of them in whole. */
extern const __u8 reading__all[D_COUNT];

/* All histograms of a reading. */
void reading__hists(const struct reading *reading, struct seen_hist *ret_hists);
struct seen_hist reading__hist(const struct reading *reading, enum measure d);

/*
 * A copy, which begins with the record's head.  memory: of an earlier copy, or NULL; it serves again
 * if it is large enough, and is freed if not.  Returns what the copy lies in, to be freed; NULL: no
 * memory, and all is as it was.
 */
void *reading__copy(const struct reading *reading, void *memory, struct reading *ret_copy);

#endif

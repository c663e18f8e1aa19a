/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is written of stacks: samples are put under the stacks of a profile as these become
 * known, and what is still open is added.
 */
#ifndef SESSION_RECORDER_H
#define SESSION_RECORDER_H

#include "callstack/symbolization.h"
#include "session/counting.h"
#include "store/store.h"

struct recorder;
struct rootless_sums;

struct recorder_config {
	struct counting *counting;
	struct profile *profile;
	const struct symbolization *symbolization;
	__u64 bytes; /* that stacks and ended threads may take, about; 0: RECORDER_BYTES */
};

#define RECORDER_BYTES (256ULL << 20)

/* All that has been put has been written: threads that are gone are not kept. */
int recorder__release(struct recorder *recorder, struct store_writer *writer); /* 0 or -ENOMEM */

/* Does the profile take more than its share?  Then it is to be written, and: */
bool recorder__is_full(const struct recorder *recorder);
void recorder__forget_written(struct recorder *recorder);

/* Of a window, in which much that is old may have gone: the same, and what is not needed goes. */
int recorder__sweep(struct recorder *recorder, struct store_writer *writer, enum litter litter,
		    struct failure *failure);

/* Says what found no room, if anything did not. */
void recorder__tell(const struct recorder *recorder);

struct recorder *recorder__new(const struct recorder_config *config); /* NULL without memory */
/* The model has been made: ended processes take half of the memory at most. */
void recorder__limit_ended(struct recorder *recorder);

void recorder__free(struct recorder *recorder);

/* For struct counting_stacks. */
int recorder__take_sample(void *recorder, const struct sample_key *key,
			  const struct sample_value *value);

/* Each event and each final record of the trace: what they say of stacks is kept. */
int recorder__take_lifecycle(void *recorder, const struct lifecycle_event *event);
int recorder__take_task(void *recorder, const struct wire_task *head,
			const struct task_rec *rec_head);

/*
 * Writes what has come in since the last time as samples of the period, and the
 * intervals that are open at now.  The model has been read up to then.  What waits for its
 * stack has "[not unwound yet]" in place of it, also in a period that was closed, until the stack
 * is known.  close: the period ends there.
 *
 * Where a signal comes in the middle, what is missing is kept, and is written by the next one, which
 * is to be in the same transaction.  The last period is not cut: what takes too long after a signal is
 * written on one stack that is lost.
 */
int recorder__write(struct recorder *recorder, struct store_writer *writer, __u32 period, __u64 now,
		    bool close, struct failure *failure);

/* The next period that is closed is the last one: what still waits then is lost. */
void recorder__end(struct recorder *recorder);
bool recorder__has_ended(const struct recorder *recorder);

/*
 * The period has been closed at now: of intervals that go on, the next one has only
 * what is beyond that.
 */
int recorder__next(struct recorder *recorder, __u64 now, struct failure *failure);

/* How many samples have come in since the last writing, about. */
size_t recorder__unwritten(const struct recorder *recorder);

/* Of all that has been written for good: what of it is on stacks that do not reach their root. */
const struct rootless_sums *recorder__rootless(const struct recorder *recorder);

/* Samples whose stack was not to be had, so far. */
__u64 recorder__lost(const struct recorder *recorder);

#endif

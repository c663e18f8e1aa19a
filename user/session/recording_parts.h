/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a recording share: its run, its stacks, its writes. */
#ifndef SESSION_RECORDING_PARTS_H
#define SESSION_RECORDING_PARTS_H

#include "callstack/symbolization.h"
#include "core/clock.h"
#include "session/pace.h"
#include "session/recording.h"
#include "store/store.h"

#define STEP	 2048	       /* stacks that are resolved together, if there are so many */
#define FLUSH_NS 1000000000ULL /* at most that much is lost if we are killed */
#define SPARE_NS 100000000ULL  /* of it, for what takes longer than the last time */
#define HALT_NS	 900000000ULL  /* no longer than that from a signal on */

struct recording {
	struct recording_config config;
	struct counting counting;
	struct profile *profile;
	struct recorder *recorder;
	struct store_writer *writer;
	struct wakes wakes; /* of the period, as last read */
	struct wake_bases wake_bases;
	__u32 period;
	__u64 flush_begun_ns, flushed_ns, flush_took_ns, flush_cpu_ns;
	__u64 given_back_ns;  /* see core/heap.h */
	__u64 switches;	      /* of the periods before this one, and */
	struct losses losses; /* in them */
	__u64 lost_stacks;    /* of samples, up to the beginning of the period */
	__u64 resolve_ns;     /* stacks are unwound again from then on; */
	__u64 step_ns;	      /* since that CPU time they are; 0: they are not */
	bool settling;	      /* a period is to be closed when */
	__u64 settled;	      /* so many have been unwound */
	__u64 settling_ns;    /* since then */
	__u64 allow_ns;	      /* and from then on more are sent that have no rules */
	bool writing;	      /* a transaction has begun */
	__u64 written_ns;     /* up to which all is in the file (CLOCK_MONOTONIC) */
	bool is_cut;	      /* there was no time for the last write */
	int tick_error;
	struct failure tick_failure;
};

static inline struct symbolization *recording__symbolization(const struct recording *recording)
{
	return recording->counting.names.symbolization;
}

/* ---- recording_stacks.c ---- */

/* For struct symbolization_config: what is learned, and what is to be seen anew. */
void recording__teach(void *context, __u64 space, __u64 pc, __u64 rule);
void recording__teach_python(void *context, __u64 space, const struct python_layout *layout);
void recording__forget(void *context, __u64 id);

/* Before counting begins: the ways through stacks that are known by now, for a moment. */
int recording__learn(void *context, struct failure *failure);

/*
 * Nothing comes in now: until all stacks that have are resolved, or the time is over, which
 * after a signal is short.
 */
int recording__await_stacks(struct recording *recording, __u64 limit_ns, struct failure *failure);

/*
 * Stacks are unwound soon, so that the kernel's side learns how it is done, but for half of the
 * time, unless there are many: then they are asked about together.  True: there is more to do.
 */
bool recording__resolve(struct recording *recording);

/* Is all resolved that had come in when this was first asked? */
bool recording__has_settled(struct recording *recording);

/* ---- recording_write.c ---- */

/* Reads all and puts it into the file; with close, the period is over. */
int recording__flush(struct recording *recording, bool close, struct failure *failure);

/*
 * When the next flush is due: when it has been committed, not more than FLUSH_NS have passed since
 * the last one began to read.  Where that cannot be, half of a CPU is left for others; what a
 * flush has waited for is no burden to them.
 */
__u64 recording__next_flush(const struct recording *recording);

/* What the file has need not be kept in memory; numbers on their way are no longer looked up. */
int recording__tidy(struct recording *recording, struct failure *failure);

/* So that no flush takes long. */
bool recording__has_many_samples(const struct recording *recording);

#endif

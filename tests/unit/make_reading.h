/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A task as the BPF programs would keep and send it: change what happened to
 * it, then give the model a reading of it.
 */
#ifndef TESTS_UNIT_MAKE_READING_H
#define TESTS_UNIT_MAKE_READING_H

#include "model/switching/model.h"
#include "wire.h"

#define ALL_DISTS ((1U << D_COUNT) - 1)

struct task {
	struct wire_task head;
	struct task_rec rec;
};

/* Born in the run, off no CPU yet; times of birth follow from the ids. */
struct task task__make(__u64 id, __u32 tgid, __u32 tid);

void task__rename(struct task *task, const char *comm, const char *leader_comm);

/* Switches out that the kernel counted and we saw. */
void task__switch(struct task *task, __u32 voluntary, __u32 involuntary);

/* One sample in a histogram, as HIST_ADD puts it there. */
void task__sample(struct task *task, enum measure d, __u64 ns);
void task__price(struct task *task, enum measure d, __u64 ns, __u32 weight);

/* Off its CPU since `at`; the interval is open until task__come_in(). */
void task__go_off(struct task *task, enum off why, __u64 at);

/* The end of the interval, accounted as the kernel does it; it is on its CPU then. */
void task__come_in(struct task *task, __u64 at, __u64 run_start);

/* What the iterator writes: only histograms that have a sample. */
void task__read(const struct task *task, struct model *model);

/* What the ring buffer brings: the whole record, for the last time. */
void task__die(const struct task *task, struct model *model);
void task__leave(const struct task *task, struct model *model);

/*
 * How many buckets of each histogram that mask names are told: all, or as the iterator does, up to the
 * octave of its maximum.
 */
void task__ends(const struct task *task, __u32 mask, bool whole, __u8 *ret_ends);

/* The histograms of a record as they lie on the wire; to be freed. */
void *task__wire(const struct task *task, const __u8 *ends);
void *task__hist(const struct task *task, enum measure d); /* one of them, in whole */

/* Ways to the only process or thread with this id; NULL if there is none. */
struct process *model__only_process(const struct model *model, __u32 pid, __u64 start_ns);
struct thread *model__find_thread(const struct model *model, __u64 id);

/* The times of birth that task__make() gives. */
__u64 birth_of(__u32 tid);

#endif

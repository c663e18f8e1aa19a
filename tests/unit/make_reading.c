/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_reading.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

struct any_hist {
	__u64 sum;
	__u64 max;
	union {
		__u64 low;
		struct {
			__u32 low, priced;
		} cost;
	};
	__u32 bucket[];
};

static const struct {
	size_t offset, size;
	__u32 first, octaves;
} places[D_COUNT] = {
#define DIST(id, layout, ...)                                                                      \
	[D_##id] = { offsetof(struct task_rec, id), sizeof(struct hist_##layout),                  \
		     HIST_##layout##_FIRST, HIST_##layout##_OCTAVES },
#include "counters.def"
};

__u64 birth_of(__u32 tid)
{
	return 1000ULL * tid + 7;
}

struct task task__make(__u64 id, __u32 tgid, __u32 tid)
{
	struct task task = { .head = { .tid = tid,
				       .tgid = tgid,
				       .ppid = 1,
				       .start_ns = birth_of(tid),
				       .leader_ns = birth_of(tgid) },
			     .rec = { .id = id, .flags = REC_SEEN } };

	task__rename(&task, "task", "leader");
	return task;
}

void task__rename(struct task *task, const char *comm, const char *leader_comm)
{
	memset(task->head.comm, 0, WIRE_COMM);
	memset(task->head.leader_comm, 0, WIRE_COMM);
	memcpy(task->head.comm, comm, strnlen(comm, WIRE_COMM - 1));
	memcpy(task->head.leader_comm, leader_comm, strnlen(leader_comm, WIRE_COMM - 1));
}

void task__switch(struct task *task, __u32 voluntary, __u32 involuntary)
{
	task->rec.VOLUNTARY += voluntary;
	task->rec.INVOLUNTARY += involuntary;
	task->head.kernel_nv += voluntary;
	task->head.kernel_niv += involuntary;
	task->rec.k_nv = (__u32)task->head.kernel_nv;
	task->rec.k_niv = (__u32)task->head.kernel_niv;
}

static bool is_price(enum measure d)
{
	return dist_infos[d].layout == LAYOUT_COST;
}

/* One that stands for `weight` switches; other than a price it stands for itself. */
void task__price(struct task *task, enum measure d, __u64 ns, __u32 weight)
{
	struct any_hist *hist = (void *)((char *)&task->rec + places[d].offset);
	__u32 low = ns < 0xffffffff ? ~(__u32)ns : 1;

	hist->bucket[hist_bucket(ns, places[d].first, places[d].octaves)] += weight;
	hist->sum += ns * weight;
	if (ns > hist->max)
		hist->max = ns;
	if (is_price(d)) {
		if (low > hist->cost.low)
			hist->cost.low = low;
		hist->cost.priced++;
	} else if (~ns > hist->low) {
		hist->low = ~ns;
	}
}

void task__sample(struct task *task, enum measure d, __u64 ns)
{
	task__price(task, d, ns, 1);
}

void task__go_off(struct task *task, enum off why, __u64 at)
{
	task->rec.off = why;
	task->rec.off_ns = at;
}

void task__come_in(struct task *task, __u64 at, __u64 run_start)
{
	__u64 off = task->rec.off_ns, wake = task->rec.wake_ns & ~1ULL, wait = 0;

	if (off < run_start)
		off = run_start;
	if (task->rec.off == OFF_PREEMPTED)
		wait = at - off;
	else if (wake > off && wake <= at)
		wait = at - wake;
	if (wait)
		task__sample(task, D_RUNQ, wait);
	task__sample(task, D_OFF_SLEEP + task->rec.off,
		     task->rec.off == OFF_PREEMPTED ? wait : at - off - wait);
	if (!task->rec.since_ns)
		task->rec.since_ns = task->rec.off_ns;
	task->rec.off = OFF_NONE;
	task->rec.off_ns = at;
}

static const void *task__place(const struct task *task, int d)
{
	return (const char *)&task->rec + places[d].offset;
}

void task__ends(const struct task *task, __u32 mask, bool whole, __u8 *ret_ends)
{
	int d;

	for (d = 0; d < D_COUNT; d++) {
		const struct any_hist *hist = task__place(task, d);

		ret_ends[d] = !(mask & (1U << d)) ? 0 :
			      whole		  ? reading__all[d] :
				      hist_end(hist->max, places[d].first, places[d].octaves);
	}
}

/* Of the very size, so that a sanitizer sees who reads beyond it. */
void *task__wire(const struct task *task, const __u8 *ends)
{
	size_t size = wire__dists_size(ends);
	char *wire = malloc(size ? size : 1), *at = wire;
	int d;

	cr_assert(wire);
	for (d = 0; d < D_COUNT; d++) {
		size = ends[d] ? WIRE_HIST_SIZE(ends[d]) : 0;
		memcpy(at, task__place(task, d), size);
		at += size;
	}
	return wire;
}

void *task__hist(const struct task *task, enum measure d)
{
	__u8 ends[D_COUNT];

	task__ends(task, 1U << d, true, ends);
	return task__wire(task, ends);
}

static void task__send(const struct task *task, struct model *model, __u32 type, __u32 mask)
{
	struct wire_task head = task->head;
	struct task_rec rec;
	void *wire;

	task__ends(task, mask, type != WIRE_LIVE, head.ends);
	wire = task__wire(task, head.ends);
	/* only the head of the record comes with a reading */
	memset(&rec, 0xa5, sizeof(rec));
	memcpy(&rec, &task->rec, WIRE_REC_HEAD);
	head.type = type;
	head.wait_since = task->rec.wake_ns & ~1ULL;
	cr_assert_eq(model__apply_task(model, &head, &rec, wire), 0);
	free(wire);
}

void task__read(const struct task *task, struct model *model)
{
	__u32 mask = 0;
	int d;

	for (d = 0; d < D_COUNT; d++) {
		const struct any_hist *hist = task__place(task, d);

		if (hist->low)
			mask |= 1U << d;
	}
	task__send(task, model, WIRE_LIVE, mask);
}

void task__die(const struct task *task, struct model *model)
{
	task__send(task, model, WIRE_DEAD, ALL_DISTS);
}

void task__leave(const struct task *task, struct model *model)
{
	task__send(task, model, WIRE_LEFT, ALL_DISTS);
}

struct process *model__only_process(const struct model *model, __u32 pid, __u64 start_ns)
{
	struct process *process, *found = NULL;

	for (process = model->processes; process; process = process->hh.next) {
		if (process->key.pid != pid || process->key.start_ns != start_ns)
			continue;
		cr_expect_null(found, "process %u is there twice", pid);
		found = process;
	}
	return found;
}

struct thread *model__find_thread(const struct model *model, __u64 id)
{
	struct thread *thread, *found = NULL;

	for (thread = model->threads; thread; thread = thread->hh.next) {
		if (thread->id != id)
			continue;
		cr_expect_null(found, "thread with record %llu is there twice", id);
		found = thread;
	}
	return found;
}

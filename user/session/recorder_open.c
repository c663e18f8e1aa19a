/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recorder writes anew each time: intervals that are open, idleness, crashes. */
#include <string.h>

#include "session/recorder_private.h"

/* What an interval that is still open has come to, since it began or the run did. */
bool recorder__open_weights(const struct recorder *recorder, const struct thread *thread, __u64 now,
			    __s64 weight[WEIGHTS])
{
	const struct model *model = recorder->config.counting->model;
	const struct task_rec *last = thread->last.rec;
	struct open_interval open;

	memset(weight, 0, WEIGHTS * sizeof(*weight));
	if (thread->ended || !last)
		return false;
	weight[WEIGHT_SWITCHES] = last->flags & REC_LEFT ? 1 : 0;
	if (model__open_interval(model, thread, now, &open)) {
		weight[WEIGHT_SLEEP + (int)open.off] = (__s64)open.rest;
		weight[WEIGHT_RUNQ] = (__s64)open.runq;
		return true;
	}
	return weight[WEIGHT_SWITCHES];
}

/* What it was woken from, and left a CPU on, is in samples that are still to come. */
static void recorder__refer(const struct recorder *recorder, const struct thread *thread)
{
	__u32 stack;

	symbolization__find(recorder->config.symbolization, thread->stack, &stack);
	symbolization__find(recorder->config.symbolization, thread->waker, &stack);
}

int recorder__write_open(struct recorder *recorder, struct store_writer *writer, __u32 period,
			 __u64 now, struct failure *failure)
{
	struct thread *thread, *next;
	struct sample sample = { 0 };
	__u64 lost;
	int err = 0;

	/* as what the last writing wrote of them is taken back */
	lost = recorder->lost -= recorder->lost_open;
	HASH_ITER(hh, recorder->config.counting->model->threads, thread, next) {
		recorder__refer(recorder, thread);
		if (err || store__is_cut(writer) ||
		    !recorder__open_weights(recorder, thread, now, sample.weight))
			continue;
		sample.thread = recorder__thread(recorder, thread);
		sample.stack = recorder__stack(recorder, thread->stack);
		if (recorder->last)
			rootless_sums__add(&recorder->rootless, recorder->config.profile, &sample);
		err = store__put_open(writer, period, &sample, failure);
	}
	recorder->lost_open = recorder->lost - lost;
	return err;
}

/*
 * Switches that the kernel shows to no tracepoint come to light by the CPUs' totals, and
 * are in no task's samples.
 */
int recorder__write_withheld(struct recorder *recorder, struct store_writer *writer, __u32 period,
			     struct failure *failure)
{
	const struct model *model = recorder->config.counting->model;
	struct profile_thread nobody = { .id = ID_WITHHELD,
					 .comm = "[withheld]",
					 .process_comm = "[withheld]" };
	struct sample sample = { .stack = recorder__mark(recorder, "[withheld from tracing]") };
	const struct process *process, *next;
	__s64 *weight = sample.weight;
	int cpu;

	for (cpu = 0; cpu < model->cpu_count; cpu++) {
		const struct model_cpu *entry = &model->cpus[cpu];

		weight[WEIGHT_SWITCHES] += (__s64)(entry->last.switches - entry->base.switches);
		weight[WEIGHT_MM] +=
			(__s64)(entry->last.in[KIND_PROCESS] - entry->base.in[KIND_PROCESS]);
	}
	HASH_ITER(hh, model->processes, process, next) {
		weight[WEIGHT_SWITCHES] -= (__s64)row__switches(&process->row);
		weight[WEIGHT_MM] -= (__s64)process->row.n[C_IN_PROCESS];
	}
	weight[WEIGHT_SWITCHES] -= (__s64)row__switches(&model->folded) +
				   (__s64)row__switches(&model->idle);
	weight[WEIGHT_MM] -= (__s64)model->folded.n[C_IN_PROCESS];
	if (!weight[WEIGHT_SWITCHES] && !weight[WEIGHT_MM])
		return 0;
	sample.thread = profile__thread(recorder->config.profile, &nobody);
	return store__put_open(writer, period, &sample, failure);
}

/* Being idle is on no stack, and switching to it and back is paid all the same. */
int recorder__write_idle(struct recorder *recorder, struct store_writer *writer, __u32 period,
			 struct failure *failure)
{
	const struct model *model = recorder->config.counting->model;
	struct profile_thread idle = { .comm = "swapper", .process_comm = "swapper" };
	struct sample sample = { .stack = recorder->stack_idle };

	sample.thread = profile__thread(recorder->config.profile, &idle);
	sample.weight[WEIGHT_SWITCHES] = (__s64)row__switches(&model->idle);
	sample.weight[WEIGHT_COST] = (__s64)row__toll(&model->idle);
	return store__put_open(writer, period, &sample, failure);
}

static struct profile_thread culprit_of(const struct crash *crash)
{
	return (struct profile_thread){ .id = ID_CRASHED | crash->start_ns << 22 | crash->pid,
					.tid = crash->culprit.tid ? crash->culprit.tid : crash->pid,
					.pid = crash->pid,
					.start_ns = crash->start_ns,
					.process_start_ns = crash->start_ns,
					.comm = crash->comm,
					.process_comm = crash->comm };
}

void recorder__forget_culprit(struct recorder *recorder, const struct crash *crash)
{
	const struct profile_thread culprit = culprit_of(crash);
	__u32 thread = profile__find_thread(recorder->config.profile, &culprit);

	if (thread)
		recorder__note_done(recorder, thread);
}

int recorder__write_crash(struct recorder *recorder, struct store_writer *writer, __u32 period,
			  const struct crash *crash, struct failure *failure)
{
	struct profile *profile = recorder->config.profile;
	struct profile_thread culprit = culprit_of(crash);
	struct sample sample = { 0 };
	size_t i;

	for (i = crash->culprit.frame_count; i--;) {
		const struct crash_frame *frame = &crash->culprit.frames[i];

		sample.stack = profile__stack(profile, sample.stack,
					      frame->number ? frame->number :
							      profile__mark(profile, frame->name));
	}
	if (!sample.stack)
		sample.stack = recorder__mark(recorder, "[no stack]");
	sample.thread = profile__thread(profile, &culprit);
	sample.weight[WEIGHT_CRASH] = (__s64)crash->fan_out;
	return store__put_open(writer, period, &sample, failure);
}

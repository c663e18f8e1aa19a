/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a period: what is open, what it all adds up to, and the proof; and the next one. */
#include <string.h>

#include "model/switching/births.h"
#include "model/switching/tasks.h"

bool model__open_interval(const struct model *model, const struct thread *thread, __u64 now,
			  struct open_interval *ret_open)
{
	const struct task_rec *last = thread->last.rec;
	__u64 from, wake;

	if (!last || !last->off_ns || last->off >= OFF_COUNT)
		return false;
	from = last->off_ns;
	wake = last->wake_ns & ~1ULL;
	if (from < model->run_start)
		from = model->run_start;
	if (from >= now)
		return false;
	ret_open->off = last->off;
	ret_open->gone = now - from;
	ret_open->runq = 0;
	if (last->off == OFF_PREEMPTED)
		ret_open->runq = ret_open->gone;
	else if (wake >= last->off_ns && wake < now)
		ret_open->runq = now - (wake > from ? wake : from);
	/* what earlier periods were told stays told, however the clocks compare by now */
	if (ret_open->gone >= thread__reported(thread)) {
		if (ret_open->runq < thread->reported_runq)
			ret_open->runq = thread->reported_runq;
		if (last->off != OFF_PREEMPTED &&
		    ret_open->gone - ret_open->runq < thread->reported_sleep)
			ret_open->runq = ret_open->gone - thread->reported_sleep;
	}
	ret_open->rest = last->off == OFF_PREEMPTED ? ret_open->gone :
						      ret_open->gone - ret_open->runq;
	return true;
}

static int model__add_wait(const struct model *model, struct row *row, int which, __u64 ns)
{
	if (model->ended_samples)
		return row__give_back(row, which, ns);
	return row__add_sample(row, which, ns);
}

/* What was a sleep is one until its thread runs again, also while that waits for a CPU. */
static void open_waits__add(struct open_waits *waits, const struct open_interval *open)
{
	enum state state = open->off == OFF_SLEEP ? STATE_SLEEP :
			   open->off == OFF_DISK  ? STATE_DISK :
						    STATE_OTHER;

	if (open->off != OFF_PREEMPTED) {
		waits->count[state]++;
		waits->ns[state] += open->rest;
	}
	if (open->runq) {
		waits->count[STATE_WAITING]++;
		waits->ns[STATE_WAITING] += open->runq;
	}
}

static int thread__add_open(struct model *model, struct thread *thread, __u64 now)
{
	struct row *rows[] = { &thread->process->row, &thread->row };
	struct open_interval open;
	__u64 told;
	int i, err = 0;

	if (!model__open_interval(model, thread, now, &open))
		return 0;
	open_waits__add(&model->open, &open);
	for (i = 0; !err && i < 1 + model->keep_threads; i++) {
		err = model__add_wait(model, rows[i], D_OFF_SLEEP + (int)open.off, open.rest);
		if (!err && open.runq)
			err = model__add_wait(model, rows[i], D_RUNQ, open.runq);
		row__take_back(rows[i], D_OFF_SLEEP + (int)open.off, thread->reported_sleep);
		row__take_back(rows[i], D_RUNQ, thread->reported_runq);
		told = thread__reported(thread);
		rows[i]->n[C_LIFETIME] += open.gone > told ? open.gone - told : 0;
	}
	if (!err && model->has_fine && !model->ended_samples)
		err = row__add_fine_sample(&model->fine, D_OFF_SLEEP + (int)open.off, open.rest);
	if (!err && model->has_fine && !model->ended_samples && open.runq)
		err = row__add_fine_sample(&model->fine, D_RUNQ, open.runq);
	thread->reported_sleep = open.rest;
	thread->reported_runq = open.runq;
	return err;
}

/* Does each row's time in its states come to the lifetimes of its threads? */
static void proof__add_time(struct proof *proof, const struct row *row)
{
	__u64 lifetime = row->n[C_LIFETIME], states = 0;
	int i;

	for (i = 0; i < STATES; i++)
		states += row__state(row, (enum state)i);
	proof->time_ns += lifetime;
	proof->time_missing_ns += lifetime > states ? lifetime - states : states - lifetime;
}

/*
 * The CPUs' own totals are the machine's; with a narrower target, the tasks'
 * sum is.  What the kernel counted on each CPU comes from its runqueue, read
 * at the same instant as ours.
 *
 * Where the kernel counted more: a tracepoint either runs our program or
 * counts that it skipped it, and what a skipped run did not count is missing
 * from its task's own proof.  What neither explains, the kernel has shown to no
 * tracepoint: it withholds the switches of some tasks.
 */
static void model__prove_machine(struct model *model, __u64 withheld)
{
	struct proof *proof = &model->proof;
	struct row *system = &model->system;
	__u64 switches = 0, voluntary = 0, kernel = 0, hidden;
	__u64 in[KIND_COUNT] = { 0 };
	bool known = true;
	int cpu, kind;

	model->wakes_missed = 0;
	for (cpu = 0; cpu < model->cpu_count; cpu++) {
		const struct cpu_slot *now = &model->cpus[cpu].last, *old = &model->cpus[cpu].base;

		switches += now->switches - old->switches;
		voluntary += now->voluntary - old->voluntary;
		kernel += now->nr_switches - old->nr_switches;
		known = known && (!now->switches || now->nr_switches);
		model->wakes_missed += now->wakes_missed - old->wakes_missed;
		for (kind = 0; kind < KIND_COUNT; kind++)
			in[kind] += now->in[kind] - old->in[kind];
	}
	if (!model->whole_machine)
		return;
	system->n[C_VOLUNTARY] = voluntary;
	system->n[C_INVOLUNTARY] = switches - voluntary;
	system->n[C_IN_THREAD] = in[KIND_THREAD];
	system->n[C_IN_PROCESS] = in[KIND_PROCESS];
	system->n[C_IN_RESUME] = in[KIND_RESUME];
	system->n[C_IN_KERNEL] = in[KIND_KERNEL];
	system->n[C_IN_IDLE] = in[KIND_IDLE];
	proof->seen = switches;
	if (!known) /* no way to the runqueue on this kernel: the tasks' own counts must do */
		kernel = switches + proof->missed + withheld;
	hidden = kernel > switches ? kernel - switches : 0;
	if (proof->missed < model->skipped_runs)
		proof->missed = model->skipped_runs;
	if (proof->missed > hidden)
		proof->missed = hidden;
	proof->withheld = hidden - proof->missed;
	proof->kernel = switches + proof->missed;
}

struct priced model__priced(const struct model *model)
{
	struct priced priced = model->priced;
	int cpu, step;

	if (!model->price && priced.most)
		return priced;
	for (cpu = 0; cpu < model->cpu_count; cpu++) {
		const struct cpu_slot *now = &model->cpus[cpu].last, *old = &model->cpus[cpu].base;

		if (!model->price) { /* of a recording that does not say: each was priced */
			priced.switches += now->switches - old->switches;
			continue;
		}
		for (step = 0; step < PRICE_STEPS; step++) {
			__u64 switches = now->priced[step] - old->priced[step];

			if (!switches)
				continue;
			priced.switches += switches;
			if (!priced.least || 1U << step < priced.least)
				priced.least = 1U << step;
			if (1U << step > priced.most)
				priced.most = 1U << step;
		}
	}
	if (model->price && model->price != PRICE_AUTO)
		priced.least = priced.most = model->price;
	else if (!priced.most)
		priced.least = priced.most = 1;
	return priced;
}

int model__close(struct model *model, __u64 now)
{
	struct proof *proof = &model->proof;
	struct process *process, *next;
	__u64 withheld = 0;
	struct thread *thread, *after;
	int err = 0;

	memset(proof, 0, sizeof(*proof));
	memset(&model->open, 0, sizeof(model->open));
	row__clear(&model->system);
	proof->missed = model->missed_ended;
	HASH_ITER(hh, model->threads, thread, after) {
		thread__expect(after);
		if (thread->ended)
			continue;
		if (!err)
			err = thread__add_open(model, thread, now);
		if (thread->never_seen)
			withheld += thread->missed;
		else
			proof->missed += thread->missed;
	}
	HASH_ITER(hh, model->processes, process, next) {
		if (!err)
			err = row__add(&model->system, &process->row);
		proof__add_time(proof, &process->row);
	}
	if (!err)
		err = row__add(&model->system, &model->folded);
	proof__add_time(proof, &model->folded);
	proof->seen = row__switches(&model->system);
	proof->withheld = withheld;
	proof->kernel = proof->seen + proof->missed;
	if (!err && model->whole_machine) {
		__u64 busy = model->system.n[C_ONCPU];
		__u64 lifetime = model->system.n[C_LIFETIME];

		err = row__add(&model->system, &model->idle);
		model->system.n[C_ONCPU] = busy; /* being idle is not running */
		model->system.n[C_LIFETIME] = lifetime;
	}
	if (!err)
		err = row__take_fine(&model->system, &model->fine);
	if (model->whole_machine)
		model->system.n[C_SHOOT_RECV] += model->tlb_unattributed;
	model__prove_machine(model, withheld);
	return err;
}

void model__begin(struct model *model)
{
	struct process *process, *next;
	struct thread *thread, *after;
	int cpu;

	HASH_ITER(hh, model->processes, process, next) {
		/* an end whose final records do not come by the next period has lost them */
		if (process->ended || (process->end_reported && !process->threads_alive)) {
			process__free(model, process);
			continue;
		}
		process->end_reported = process->end;
		row__clear(&process->row);
		process->threads_folded = 0;
		process->threads_forgotten = false;
		if (process->spawns)
			spawns__clear(process->spawns);
	}
	model->ended_processes = model->ended_threads = 0;
	HASH_ITER(hh, model->threads, thread, after) {
		thread__expect(after);
		if (thread->ended) {
			thread__free(model, thread);
			continue;
		}
		row__restart(&thread->row);
		thread->missed = 0;
	}
	for (cpu = 0; cpu < model->cpu_count; cpu++)
		model->cpus[cpu].base = model->cpus[cpu].last;
	row__clear(&model->idle);
	row__clear(&model->fine);
	row__clear(&model->folded);
	model->folded_processes = 0;
	model->missed_ended = 0;
	births__begin(model);
}

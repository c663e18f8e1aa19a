/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/counting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/exit_status.h"
#include "core/heap.h"
#include "core/clock.h"
#include "callstack/kernel_symbols.h"
#include "trace/kernel.h"

/* ---- what belongs to a summary apart from the model ---- */

static void read_line(const char *path, char *text, size_t capacity)
{
	FILE *file = fopen(path, "re");

	text[0] = 0;
	if (!file)
		return;
	if (fgets(text, (int)capacity, file))
		text[strcspn(text, "\n")] = 0;
	fclose(file);
}

/* Of this process, and of those that unwind and name for it, or take requests. */
static __u64 own_cpu_ns(const struct counting *counting)
{
	return clock__read(CLOCK_PROCESS_CPUTIME_ID) +
	       symbolization__cpu_ns(counting->names.symbolization) +
	       (counting->beside_ns ? counting->beside_ns(counting->beside_context) : 0);
}

static __u64 own_rss_bytes(void)
{
	unsigned long long size, resident = 0;
	char line[128];

	read_line("/proc/self/statm", line, sizeof(line));
	if (sscanf(line, "%llu %llu", &size, &resident) != 2)
		return 0;
	return resident * (unsigned long long)sysconf(_SC_PAGESIZE);
}

static const enum probe counter_probes[C_COUNT] = {
#define COUNTER(id, type, group, name, unit, probe, ...) [C_##id] = PROBE_##probe,
#include "counters.def"
};

static const enum probe dist_probes[D_COUNT] = {
#define DIST(id, layout, group, name, probe, ...) [D_##id] = PROBE_##probe,
#include "counters.def"
};

/* A figure, or the whole group that it is of, unless that has been said. */
static void tell_figure(struct summary *summary, const char *group, const char *name,
			const char *reason)
{
	const char *measure = *group ? group : name;
	int i;

	for (i = 0; i < summary->unavailable_count; i++) {
		if (!strcmp(summary->unavailable[i].measure, measure))
			return;
	}
	summary__unavailable(summary, measure, reason);
}

static void tell_measures(struct summary *summary, enum probe probe, const char *reason)
{
	const char *more = probe_infos[probe].measures;
	int i;

	for (i = 0; i < C_COUNT; i++) {
		if (counter_probes[i] == probe)
			tell_figure(summary, counter_infos[i].group, counter_infos[i].name, reason);
	}
	for (i = 0; i < D_COUNT; i++) {
		if (dist_probes[i] == probe)
			tell_figure(summary, dist_infos[i].group, dist_infos[i].name, reason);
	}
	for (i = 0; i < PHASES; i++) {
		if (strstr(more, phase_names[i]))
			tell_figure(summary, "", phase_names[i], reason);
	}
	if (strstr(more, "failed"))
		tell_figure(summary, "", "failed", reason);
}

/* What this kernel or this run cannot give, each with the loader's reason. */
static void counting__unavailable(const struct counting *counting, struct summary *summary)
{
	const struct probe_set *probes = trace__probes(counting->run.trace);
	size_t i;
	int p;

	for (i = 0; i < ROW_COUNTERS; i++)
		summary->has_counter[i] = true;
	for (i = 0; i < ROW_DISTS; i++)
		summary->has_dist[i] = true;
	for (i = 0; i < PHASES; i++)
		summary->has_phase[i] = true;
	summary->has_failed = true;
	for (p = 0; p < PROBE_COUNT; p++) {
		enum rung rung = probe_infos[p].reason;
		const struct rung_trial *trial = &probes->trials[rung];
		char reason[128];

		if (probes->chosen[p] >= 0 ||
		    (probe_infos[p].when == WHEN_WAITS && probes->run_delay))
			continue;
		snprintf(reason, sizeof(reason), "no %s: %s", rung_infos[rung].target,
			 trial->why ? trial->why : "not loaded");
		tell_measures(summary, p, reason);
	}
	summary->cost_source = COST_NONE;
	if (probes->chosen[PROBE_COST] >= 0)
		summary->cost_source = rung_infos[probes->chosen[PROBE_COST]].type == RUNG_TP_BTF ?
					       COST_TRACEPOINT :
					       COST_FINISH_TASK_SWITCH;
}

static void counting__describe(const struct counting *counting, struct summary *summary)
{
	struct kernel_facts facts;
	char host[65] = "";

	kernel_facts__read(&facts);
	memcpy(summary->kernel, facts.release, sizeof(summary->kernel));
	gethostname(host, sizeof(host) - 1);
	utf8__from_bytes(summary->host, sizeof(summary->host), host, sizeof(host));
	utf8__printable(summary->host);
	read_line("/proc/sys/kernel/random/boot_id", summary->boot_id, sizeof(summary->boot_id));
	summary->cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
	utf8__from_bytes(summary->target, sizeof(summary->target), counting->settings->target_text,
			 sizeof(counting->settings->target_text));
	counting__unavailable(counting, summary);
}

/* Differences against the beginning of the period. */
static void counting__account(struct counting *counting, struct summary *summary, __u64 missed)
{
	const struct trace_loss *old = &counting->lost;
	struct stack_event_loss stack_events;
	struct trace_loss now;

	trace__loss(counting->run.trace, &now);
	trace__stack_event_loss(counting->run.trace, &stack_events);
	counting->model->skipped_runs = now.missed_switch - old->missed_switch;
	/*
	 * Only a received shootdown can interrupt the program that counts
	 * them: how many there were is known, and only whose they were is not.
	 */
	counting->model->tlb_unattributed = now.missed_tlb - old->missed_tlb;
	summary->tlb_unattributed = counting->model->tlb_unattributed;
	summary->lost.events = now.missed_runs - old->missed_runs + now.lifecycle.events -
			       old->lifecycle.events + now.timeline - old->timeline;
	summary->lost.tasks = now.wire.tasks - old->wire.tasks + now.wire.storage -
			      old->wire.storage + missed;
	summary->lost.stacks = now.lifecycle.stacks - old->lifecycle.stacks + stack_events.samples -
			       counting->stack_events_lost.samples +
			       crash_stacks__unnamed(counting->names.stacks) - counting->unnamed;
	summary->lost.edges = now.lifecycle.edges - old->lifecycle.edges + now.wakes.edges -
			      old->wakes.edges + now.wakes.states - old->wakes.states;
	summary->lost.switches = now.wire.task_switches - old->wire.task_switches;
	summary->self.cpu_ns = own_cpu_ns(counting) - counting->period_cpu_ns;
	summary->self.rss_bytes = own_rss_bytes();
	summary->self.kernel_bytes = trace__kernel_bytes(counting->run.trace);
}

/* BPF runs for every switch of the machine, aimed at or not. */
static __u64 counting__machine_switches(const struct model *model)
{
	__u64 switches = 0;
	int cpu;

	for (cpu = 0; cpu < model->cpu_count; cpu++)
		switches += model->cpus[cpu].last.switches - model->cpus[cpu].base.switches;
	return switches;
}

/* BPF run time of the period, from what the samples of the run say. */
static void counting__account_bpf(const struct counting *counting, struct summary *summary)
{
	struct summary_toll *self = &summary->self;
	struct toll_rate rate;

	self->known = toll__rate(&counting->run.toll, &rate, &self->why_not);
	if (!self->known)
		return;
	self->ns_per_switch = rate.ns_per_switch;
	self->bpf_ns =
		(__u64)(rate.ns_per_switch * (double)counting__machine_switches(counting->model) +
			rate.others * (double)summary->duration_ns);
}

/*
 * While the run goes on the period ends when all has been read: no sample reaches beyond it.
 * But an interval that is found open is known to have been so just when the reading began: in
 * the middle of it its task may come onto a CPU.
 */
int counting__read(struct counting *counting, struct summary *ret_summary, __u64 *ret_open_ns,
		   struct failure *failure)
{
	struct run *run = &counting->run;
	__u64 missed = 0, begin = clock__monotonic();
	int err = trace__read(run->trace, &missed, failure);

	if (!err && counting->wakes) {
		wakes__clear(counting->wakes);
		err = trace__read_wakes(run->trace, failure);
	}
	if (err)
		return err;
	*ret_open_ns = run->stopped ? run->stop_ns : begin;
	counting->period_end_ns = run->stopped ? run->stop_ns : clock__monotonic();
	if (run->stopped)
		names__await_stacks(&counting->names, run);
	process_tracker__advance(counting->model->tracker, counting->period_end_ns, run->stopped);
	if (counting->facts)
		facts__apply(counting->facts, counting->model);
	*ret_summary = counting->same;
	counting__account(counting, ret_summary, missed);
	ret_summary->start_realtime_ns = counting->period_realtime_ns;
	ret_summary->duration_ns = counting->period_end_ns - counting->period_start_ns;
	counting__account_bpf(counting, ret_summary);
	return 0;
}

void counting__next(struct counting *counting)
{
	/* before the period is given up: the next one takes what it had */
	heap__give_back(&counting->given_back_ns, counting->period_end_ns);
	trace__loss(counting->run.trace, &counting->lost);
	trace__stack_event_loss(counting->run.trace, &counting->stack_events_lost);
	counting->unnamed = crash_stacks__unnamed(counting->names.stacks);
	counting->period_realtime_ns += counting->period_end_ns - counting->period_start_ns;
	counting->period_start_ns = counting->period_end_ns;
	counting->period_cpu_ns = own_cpu_ns(counting);
	model__begin(counting->model);
	if (counting->wake_bases && counting->wake_bases->by_period)
		wake_bases__next(counting->wake_bases);
}

/* While everything is being attached the run has not begun: all that comes is from before it. */
static __u64 counting__begun_ns(const struct counting *counting)
{
	return counting->run.start_ns ? counting->run.start_ns : ~0ULL;
}

#define BREATH_TASKS 512 /* some milliseconds */

static int counting__take_task(void *context, const struct wire_task *head,
			       const struct task_rec *rec_head, const void *dists)
{
	struct counting *counting = context;
	int err;

	if (counting->breathe && !(++counting->tasks_read % BREATH_TASKS))
		counting->breathe(counting->breathe_context);
	counting->model->run_start = counting__begun_ns(counting);
	/* who had ended by then has no part in the run */
	if (head->type != WIRE_LIVE && head->now_ns < counting->model->run_start)
		return 0;
	err = model__apply_task(counting->model, head, rec_head, dists);
	if (counting->facts)
		facts__end(counting->facts, counting->model, head);
	if (!err && counting->stacks.task)
		err = counting->stacks.task(counting->stacks.context, head, rec_head);
	if (!err && counting->timeline)
		err = counting->timeline->task(counting->timeline->context, head, rec_head);
	return err;
}

static int counting__take_cpu(void *context, int cpu, const struct cpu_slot *slot)
{
	struct counting *counting = context;

	return model__apply_cpu(counting->model, cpu, slot);
}

static int counting__take_fine(void *context, int cpu, const struct fine_hists *fine)
{
	struct counting *counting = context;

	return model__apply_fine(counting->model, cpu, fine);
}

static int counting__take_lifecycle(void *context, const struct lifecycle_event *event)
{
	struct counting *counting = context;
	int err;

	counting->model->run_start = counting__begun_ns(counting);
	err = model__apply_lifecycle(counting->model, event);
	if (counting->facts)
		facts__see(counting->facts, event);
	/* of a whole machine it would be too many */
	if (!counting->model->whole_machine)
		crash_stacks__see(counting->names.stacks, event);
	if (!err && counting->stacks.lifecycle)
		err = counting->stacks.lifecycle(counting->stacks.context, event);
	if (!err && counting->timeline)
		err = counting->timeline->lifecycle(counting->timeline->context, event);
	return err;
}

static int counting__take_wake(void *context, const struct wake_edge *edge)
{
	struct counting *counting = context;

	if (counting->wake_bases)
		return wakes__add_since(counting->wakes, counting->wake_bases, edge->waker,
					edge->woken, edge->channel, edge->value);
	return wakes__add(counting->wakes, edge->waker, edge->woken, edge->channel, edge->value);
}

static int counting__take_wake_group(void *context, const struct wake_group *group)
{
	struct counting *counting = context;

	if (counting->wake_bases)
		return wakes__add_group_since(counting->wakes, counting->wake_bases, group);
	return wakes__add_group(counting->wakes, group);
}

static enum run_next counting__tick(void *context)
{
	struct counting *counting = context;

	names__poll(&counting->names);
	return RUN_SLEEPS;
}

static struct text text__between(struct kernel_symbols *kernel, const char *first, const char *end)
{
	struct text text = { 0 };
	__u64 to;

	if (!kernel_symbols__range(kernel, first, end, &text.at, &to))
		return (struct text){ 0 };
	text.size = to - text.at;
	return text;
}

/* Of x86 and of arm64. */
static void entries__find(struct entries *entries, struct kernel_symbols *kernel)
{
	static const char *const irq[][2] = { { "asm_common_interrupt", "__irqentry_text_end" },
					      { "el0t_64_irq", "el0t_64_error" },
					      { "el1h_64_irq", "el1h_64_error" } };
	size_t i, n = 0;

	entries->all = text__between(kernel, "__entry_text_start", "__entry_text_end");
	for (i = 0; i < sizeof(irq) / sizeof(irq[0]) && n < ENTRIES_IRQ; i++) {
		entries->irq[n] = text__between(kernel, irq[i][0], irq[i][1]);
		n += entries->irq[n].size != 0;
	}
}

int counting__want_facts(struct counting *counting)
{
	if (!counting->facts)
		counting->facts = facts__new();
	return counting->facts ? 0 : -ENOMEM;
}

int counting__begin(struct counting *counting, struct settings *settings, bool threads,
		    const struct counting_stacks *stacks, struct failure *failure)
{
	bool whole = settings->target.mode == TARGET_ALL;
	struct process_tracker_config config = {
		.window_ns = settings->window_ns,
		.stacks = true,
		.realtime_offset_ns = clock__realtime() - clock__monotonic(),
		.watcher = (__u32)getpid(),
		.kernel_name = names__of_kernel,
		.symbols = &counting->names,
	};
	struct trace_sink sink = { .context = counting,
				   .task = counting__take_task,
				   .cpu = counting__take_cpu,
				   .fine = counting__take_fine,
				   .lifecycle = counting__take_lifecycle,
				   .wake = counting__take_wake,
				   .wake_group = counting__take_wake_group,
				   .wake_context = counting,
				   .stack = crash_stacks__take,
				   .stack_room = crash_stacks__room };
	struct run_wants wants = {
		.use = USE_BOTH, .stacks = stacks, .wakes = counting->wakes, .writes = stacks
	};
	int err;

	counting->settings = settings;
	if (settings->facts && counting__want_facts(counting))
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	if (stacks) {
		counting->stacks = *stacks;
		wants.ready = stacks->ready;
		wants.ready_context = stacks->ready_context;
		sink.stack_event = symbolization__take;
		sink.python = symbolization__take_python;
		wants.pythons = stacks->pythons;
		sink.sample = stacks->sample;
		sink.sample_context = stacks->context;
	}
	if (counting->timeline) {
		wants.timeline_bytes = counting->timeline->bytes;
		sink.timeline = counting->timeline->event;
		sink.timeline_context = counting->timeline->context;
	}
	if (!counting->names.symbolization) {
		err = names__open(&counting->names, NULL, failure);
		if (err)
			return err;
	}
	if (stacks)
		entries__find(&wants.entries, symbolization__kernel(counting->names.symbolization));
	counting->model = model__new(threads, whole);
	if (!counting->model || model__track_processes(counting->model, &config))
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	crash_stacks__follow(counting->names.stacks, counting->model->tracker);
	sink.stack_context = counting->names.stacks;
	sink.stack_event_context = counting->names.symbolization;
	err = run__begin(&counting->run, settings, &wants, &sink, failure);
	if (!err && run__watch(&counting->run, symbolization__fd(counting->names.symbolization)))
		err = failure__set(failure, -errno, NULL, NULL, "cannot wait for names");
	if (err)
		return err;
	counting->run.tick = counting__tick;
	counting->run.tick_context = counting;
	counting->model->run_start = counting->run.start_ns;
	counting->model->price = settings->price ? settings->price : PRICE_EACH;
	counting->period_start_ns = counting->run.start_ns;
	counting->period_realtime_ns = counting->run.start_realtime_ns;
	counting__describe(counting, &counting->same);
	return 0;
}

int counting__check_matched(const struct counting *counting, struct failure *failure)
{
	enum target_mode mode = counting->settings->target.mode;

	if ((mode != TARGET_COMM && mode != TARGET_CGROUP) || counting->run.most_records ||
	    counting->model->processes)
		return 0;
	return failure__set(failure, -ESRCH, "no task matched while tasktoll ran",
			    mode == TARGET_COMM ? "ps -eLo comm lists names; quote the glob" :
						  "cgroup.procs in it lists its processes",
			    "nothing to show for %s", counting->settings->target_text);
}

int counting__status(struct counting *counting, int err, bool incomplete)
{
	struct run *run = &counting->run;
	int status;

	if (run->start_error)
		return run->start_error == -ENOENT ? 127 : 126;
	status = run__finish_program(run);
	if (status >= 0 && !err)
		return status;
	return err ? EXIT_FAILED : (incomplete ? EXIT_INCOMPLETE : EXIT_OK);
}

void counting__end(struct counting *counting)
{
	run__end(&counting->run);
	model__free(counting->model);
	facts__free(counting->facts);
	names__close(&counting->names);
}

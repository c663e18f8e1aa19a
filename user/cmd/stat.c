/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll stat: count for a while, or while a program runs, and print a summary. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/names.h"
#include "cmd/options.h"
#include "cmd/page.h"
#include "cmd/run.h"
#include "cmd/target.h"
#include "core/clock.h"
#include "core/sink.h"
#include "model/summary.h"
#include "trace/kernel.h"

#define STAT_OPTIONS (OPTIONS_TARGET | OPTIONS_RUN | OPTIONS_OUTPUT | OPTIONS_TABLE)

/*
 * Counters of 32 bits and 10^6 switches a second: read at least this often, so
 * that none wraps unseen.
 */
#define READ_AT_LEAST_NS (30 * 60 * 1000000000ULL)

struct stat {
	struct options options;
	struct run run;
	struct model *model;
	struct names names;
	struct sink sink;
	bool first;
	bool incomplete;
	__u64 period_start_ns, period_realtime_ns, period_cpu_ns;
	struct summary same;	/* what all summaries of the run have in common */
	struct trace_loss lost; /* up to the beginning of the period */
};

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

static __u64 own_cpu_ns(void)
{
	return clock__read(CLOCK_PROCESS_CPUTIME_ID);
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

/* What this kernel or this run cannot give, each with the loader's reason. */
static void stat__unavailable(const struct stat *stat, struct summary *summary)
{
	const struct probe_set *probes = trace__probes(stat->run.trace);
	static const struct {
		enum probe probe;
		enum rung rung; /* whose trial gives the reason */
		const char *measures[4];
	} needs[] = {
		{ PROBE_PICK, RUNG_OF_sched_entry, { "pick_ns" } },
		{ PROBE_COST, RUNG_OF_sched_exit, { "switch_ns" } },
		{ PROBE_WAKEUP, RUNG_OF_sched_waking, { "runq_ns" } },
		{ PROBE_CREATE, RUNG_OF_enter_clone, { "copy_ns", "return_ns", "failed" } },
		{ PROBE_FIRST_WAKEUP, RUNG_OF_sched_wakeup_new, { "start_ns" } },
		{ PROBE_EXEC_ENTRY, RUNG_OF_enter_execve, { "exec_ns" } },
		{ PROBE_TLB,
		  RUNG_OF_tlb_flush,
		  { "mm_switches_flushed", "tlb_shootdowns_sent", "tlb_shootdowns_received" } },
	};
	size_t i, m;

	for (i = 0; i < ROW_COUNTERS; i++)
		summary->has_counter[i] = true;
	for (i = 0; i < ROW_DISTS; i++)
		summary->has_dist[i] = true;
	for (i = 0; i < PHASES; i++)
		summary->has_phase[i] = true;
	summary->has_failed = true;
	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		const struct rung_trial *trial = &probes->trials[needs[i].rung];
		char reason[128];

		if (probes->chosen[needs[i].probe] >= 0)
			continue;
		snprintf(reason, sizeof(reason), "no %s: %s", rung_infos[needs[i].rung].target,
			 trial->why ? trial->why : "not loaded");
		for (m = 0; m < 4 && needs[i].measures[m]; m++)
			summary__unavailable(summary, needs[i].measures[m], reason);
	}
	summary->cost_source = COST_NONE;
	if (probes->chosen[PROBE_COST] >= 0)
		summary->cost_source = rung_infos[probes->chosen[PROBE_COST]].type == RUNG_TP_BTF ?
					       COST_TRACEPOINT :
					       COST_FINISH_TASK_SWITCH;
}

static void stat__describe(const struct stat *stat, struct summary *summary)
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
	utf8__from_bytes(summary->target, sizeof(summary->target), stat->options.target_text,
			 sizeof(stat->options.target_text));
	stat__unavailable(stat, summary);
}

/* Differences against the beginning of the period. */
static void stat__account(struct stat *stat, struct summary *summary, __u64 astray)
{
	struct trace_loss now;
	__u64 tlb;

	trace__loss(stat->run.trace, &now);
	tlb = now.missed_tlb - stat->lost.missed_tlb;
	summary->lost.events = now.missed_runs - stat->lost.missed_runs;
	/*
	 * Only a received shootdown can interrupt the program that counts
	 * them: how many there were is known, and only whose they were is not.
	 */
	summary->tlb_unattributed = tlb;
	if (stat->model->whole_machine)
		stat->model->system.n[C_SHOOT_RECV] += tlb;
	summary->lost.tasks = now.wire.tasks - stat->lost.wire.tasks + now.wire.storage -
			      stat->lost.wire.storage + astray;
	summary->lost.events += now.life.events - stat->lost.life.events;
	summary->lost.stacks = now.life.stacks - stat->lost.life.stacks;
	summary->lost.edges = now.life.edges - stat->lost.life.edges;
	summary->lost.switches = now.wire.task_switches - stat->lost.wire.task_switches;
	stat->lost = now;
	summary->self.cpu_ns = own_cpu_ns() - stat->period_cpu_ns;
	summary->self.rss_bytes = own_rss_bytes();
	summary->self.kernel_bytes = trace__kernel_bytes(stat->run.trace);
	summary->self.known = toll__per_switch(&stat->run.toll, &summary->self.ns_per_switch,
					       &summary->self.why_not);
}

/* BPF runs for every switch of the machine, aimed at or not. */
static __u64 stat__machine_switches(const struct model *model)
{
	__u64 switches = 0;
	int cpu;

	for (cpu = 0; cpu < model->cpu_count; cpu++)
		switches += model->cpus[cpu].last.switches - model->cpus[cpu].base.switches;
	return switches;
}

/* ---- a summary ---- */

static int stat__write(struct stat *stat, const struct summary *summary, struct failure *failure)
{
	struct view_options view = page__options(&stat->options, &stat->sink);
	FILE *page = sink__compose(&stat->sink);

	if (!page)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot compose the summary");
	view.first = stat->first;
	stat->first = false;
	stat->options.view->write(page, summary, &view);
	return sink__write(&stat->sink, failure);
}

/* While the run goes on the period ends when all has been read: no sample reaches beyond it. */
static int stat__summarize(struct stat *stat, struct failure *failure)
{
	struct summary summary = stat->same;
	struct trace_loss loss;
	__u64 astray = 0, now;
	int err = trace__read(stat->run.trace, &astray, failure);

	if (err)
		return err;
	now = stat->run.stopped ? stat->run.stop_ns : clock__monotonic();
	lives__advance(stat->model->lives, now, stat->run.stopped);
	trace__loss(stat->run.trace, &loss);
	stat->model->skipped_runs = loss.missed_switch - stat->lost.missed_switch;
	err = model__close(stat->model, now);
	if (!err) {
		stat__account(stat, &summary, astray);
		err = summary__take(&summary, stat->model, stat->options.sort);
	}
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot sum up what was seen");
	summary.start_realtime_ns = stat->period_realtime_ns;
	summary.duration_ns = now - stat->period_start_ns;
	summary.self.bpf_ns =
		(__u64)(summary.self.ns_per_switch * (double)stat__machine_switches(stat->model));
	if (!summary.complete)
		stat->incomplete = true;
	err = stat__write(stat, &summary, failure);
	summary__release(&summary);
	stat->period_realtime_ns += now - stat->period_start_ns;
	stat->period_start_ns = now;
	stat->period_cpu_ns = own_cpu_ns();
	model__begin(stat->model);
	return err;
}

/* Reads without a summary, so that no counter wraps between two readings. */
static int stat__keep_up(struct stat *stat, struct failure *failure)
{
	__u64 astray;

	return trace__read(stat->run.trace, &astray, failure);
}

/* ---- the run ---- */

static __u64 earlier(__u64 a, __u64 b)
{
	return !a || (b && b < a) ? b : a;
}

static int stat__count(struct stat *stat, struct failure *failure)
{
	const struct options *options = &stat->options;
	struct run *run = &stat->run;
	__u64 end = options->duration_ns ? run->start_ns + options->duration_ns : 0;
	__u64 due = options->interval_ns ? run->start_ns + options->interval_ns : 0;
	__u64 keep_up = run->start_ns + READ_AT_LEAST_NS;
	int err = 0;

	while (!err && !stat->sink.gone) {
		__u64 now;

		if (run__wait(run, earlier(earlier(end, due), keep_up)))
			break;
		now = clock__monotonic();
		if (end && now >= end)
			break;
		if (due && now >= due) {
			err = stat__summarize(stat, failure);
			due += options->interval_ns;
			if (due <= now) /* the reader is slow: skip, do not pile up */
				due = now + options->interval_ns;
		} else {
			err = stat__keep_up(stat, failure);
			keep_up = now + READ_AT_LEAST_NS;
		}
	}
	return err;
}

static int stat__nothing_matched(const struct stat *stat, struct failure *failure)
{
	enum target_mode mode = stat->options.target.mode;

	if ((mode != TARGET_COMM && mode != TARGET_CGROUP) || stat->run.most_records ||
	    stat->model->processes)
		return 0;
	return failure__set(failure, -ESRCH, "no task matched it while tasktoll looked",
			    mode == TARGET_COMM ? "ps -eLo comm lists names; quote the glob" :
						  "cgroup.procs in it lists its processes",
			    "nothing to show for %s", stat->options.target_text);
}

static int stat__run(struct stat *stat, struct failure *failure)
{
	bool whole = stat->options.target.mode == TARGET_ALL;
	struct lives_config config = {
		.window_ns = stat->options.window_ns,
		.stacks = true,
		.realtime_offset_ns = clock__realtime() - clock__monotonic(),
		.kernel_name = names__of_kernel,
		.symbols = &stat->names,
	};
	struct trace_sink sink = { .task = model__apply_task,
				   .cpu = model__apply_cpu,
				   .life = model__apply_life,
				   .stack = names__take_stack,
				   .stack_context = &stat->names };
	int err = target__check(&stat->options, failure);

	if (!err)
		err = sink__open(&stat->sink, stat->options.output, failure);
	if (!err)
		err = names__open(&stat->names, failure);
	if (err)
		return err;
	stat->model = model__new(stat->options.threads, whole);
	if (!stat->model || model__follow(stat->model, &config))
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	stat->names.lives = stat->model->lives;
	sink.context = stat->model;
	err = run__begin(&stat->run, &stat->options, USE_BOTH, &sink, failure);
	if (err)
		return err;
	stat->model->run_start = stat->run.start_ns;
	stat->period_start_ns = stat->run.start_ns;
	stat->period_realtime_ns = stat->run.start_realtime_ns;
	stat->first = true;
	stat__describe(stat, &stat->same);
	err = stat__count(stat, failure);
	if (!err)
		err = run__stop(&stat->run, failure);
	if (!err)
		err = stat__nothing_matched(stat, failure);
	if (!err && !stat->sink.gone)
		err = stat__summarize(stat, failure);
	return err;
}

static void stat__help(void)
{
	puts("usage: tasktoll stat [options] [target] [-- program [args...]]\n\n"
	     "Counts context switches for a while, or while a program runs, and prints what\n"
	     "they cost: the machine first, then the processes that pay most.\n");
	options__print(STAT_OPTIONS);
}

static int stat_main(int argc, char **argv)
{
	struct stat stat = { 0 };
	struct failure failure = { 0 };
	int err = options__parse(&stat.options, STAT_OPTIONS, argc, argv, &failure), status;

	if (!err && stat.options.help) {
		stat__help();
		options__free(&stat.options);
		return EXIT_OK;
	}
	if (err) {
		fprintf(stderr, "tasktoll: %s\n", failure.text);
		options__free(&stat.options);
		return EXIT_USAGE;
	}
	err = stat__run(&stat, &failure);
	if (err)
		fprintf(stderr, "tasktoll: %s\n", failure.text);
	else if (!stat.options.quiet)
		names__tell_hidden(&stat.names);
	status = err ? EXIT_FAILED : (stat.incomplete ? EXIT_INCOMPLETE : EXIT_OK);
	if (stat.run.start_error)
		status = stat.run.start_error == -ENOENT ? 127 : 126;
	else if (stat.run.child.pid && !err)
		status = run__finish_program(&stat.run);
	run__end(&stat.run);
	model__free(stat.model);
	names__close(&stat.names);
	sink__close(&stat.sink);
	options__free(&stat.options);
	return status;
}

const struct command command_stat = {
	"stat", "count for a while, or while a program runs, and print a summary", stat_main
};

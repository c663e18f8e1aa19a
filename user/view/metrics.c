/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/metrics.h"

#include <string.h>

#include "view/escape.h"

static const struct metric_labels none;

static struct metric_labels label(const char *name, const char *value)
{
	return (struct metric_labels){ .label = name, .value = value };
}

size_t metrics__groups_most(size_t series)
{
	return series < METRICS_OF_MACHINE + 2 * METRICS_OF_GROUP ?
		       1 :
		       (series - METRICS_OF_MACHINE) / METRICS_OF_GROUP - 1;
}

/* ---- counters of a row ---- */

/* A sample of a family: its family's rows are beside each other. */
struct counter_of_row {
	const char *family, *label, *value;
	int counter;
	const char *help;
};

#define SWITCHES "tasktoll_switches_total"
#define IN	 "tasktoll_switches_in_total"
#define SHOOT	 "tasktoll_tlb_shootdowns_total"

static const struct counter_of_row counters[] = {
	{ SWITCHES, "class", "voluntary", C_VOLUNTARY, "Context switches, by why they happened." },
	{ SWITCHES, "class", "involuntary", C_INVOLUNTARY, NULL },
	{ IN, "kind", "thread", C_IN_THREAD,
	  "Context switches, by what they switched to: thread stays in the address space, process loads another." },
	{ IN, "kind", "process", C_IN_PROCESS, NULL },
	{ IN, "kind", "resume", C_IN_RESUME, NULL },
	{ IN, "kind", "kernel", C_IN_KERNEL, NULL },
	{ IN, "kind", "idle", C_IN_IDLE, NULL },
	{ "tasktoll_migrations_total", NULL, NULL, C_MIGRATIONS,
	  "Switches in on another CPU than the last one." },
	{ "tasktoll_tlb_flushing_switches_total", NULL, NULL, C_FLUSHED,
	  "Process switches that flushed the TLB." },
	{ SHOOT, "kind", "sent", C_SHOOT_SENT, "TLB shootdowns." },
	{ SHOOT, "kind", "received", C_SHOOT_RECV, NULL },
};

static void write_counters(FILE *out, const struct summary *run)
{
	const char *family = "", *help = NULL;
	size_t i;

	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		const struct counter_of_row *row = &counters[i];
		struct metric_labels labels = label(row->label, row->value);

		if (row->help) /* of the family, also if its first row is not available */
			help = row->help;
		if (!run->has_counter[row->counter])
			continue;
		if (row->counter == C_IN_IDLE && !run->whole_machine) /* idle is in no target */
			continue;
		if (strcmp(family, row->family) != 0)
			metric__head(out, row->family, "counter", help);
		family = row->family;
		metric__count(out, family, &labels, run->system->n[row->counter]);
	}
}

static void write_states(FILE *out, const struct summary *run)
{
	static const char name[] = "tasktoll_thread_seconds_total";
	int state;

	if (!summary__has_states(run))
		return;
	metric__head(out, name, "counter", "Time of all threads, by what they did.");
	for (state = 0; state < STATES; state++) {
		struct metric_labels labels = label("state", state_names[state]);

		metric__seconds(out, name, &labels, row__state(run->system, (enum state)state));
	}
}

static void write_cpus(FILE *out, const struct summary *run)
{
	static const char name[] = "tasktoll_cpu_seconds_total";
	struct metric_labels busy = label("state", "busy"), idle = label("state", "idle");

	if (!run->whole_machine)
		return;
	metric__head(out, name, "counter", "Time of all CPUs.");
	metric__seconds(out, name, &busy, run->system->n[C_ONCPU]);
	metric__seconds(out, name, &idle, run->idle->n[C_ONCPU]);
}

/* ---- distributions ---- */

#define PRICE	"tasktoll_switch_seconds"
#define OFF_CPU "tasktoll_off_cpu_seconds"

static const struct counter_of_row dists[] = {
	{ PRICE, "kind", "thread", D_SWITCH_THREAD,
	  "What the switch phase of a context switch cost, by what was switched to." },
	{ PRICE, "kind", "process", D_SWITCH_PROCESS, NULL },
	{ PRICE, "kind", "resume", D_SWITCH_RESUME, NULL },
	{ PRICE, "kind", "kernel", D_SWITCH_KERNEL, NULL },
	{ PRICE, "kind", "idle", D_SWITCH_IDLE, NULL },
	{ "tasktoll_pick_seconds", NULL, NULL, D_PICK,
	  "What the scheduler's decision cost before a context switch." },
	{ "tasktoll_run_queue_wait_seconds", NULL, NULL, D_RUNQ, "Waits for a CPU that are over." },
	{ "tasktoll_preempted_wait_seconds", NULL, NULL, D_OFF_PREEMPTED,
	  "Those of the waits for a CPU that began with a preemption." },
	{ OFF_CPU, "state", "sleep", D_OFF_SLEEP,
	  "Sleeps until runnable, of threads that have run since." },
	{ OFF_CPU, "state", "disk", D_OFF_DISK, NULL },
	{ OFF_CPU, "state", "other", D_OFF_OTHER, NULL },
};

static void write_dists(FILE *out, const struct summary *run)
{
	const char *family = "";
	size_t i;

	for (i = 0; i < sizeof(dists) / sizeof(dists[0]); i++) {
		const struct counter_of_row *row = &dists[i];
		struct metric_labels labels = label(row->label, row->value);

		if (!run->has_dist[row->counter] ||
		    (row->counter == D_SWITCH_IDLE && !run->whole_machine))
			continue;
		if (strcmp(family, row->family) != 0)
			metric__head(out, row->family, "histogram",
				     row->help ? row->help : "See the manual.");
		family = row->family;
		metric__histogram(out, family, &labels, row__dist(run->system, row->counter),
				  row->counter, false);
	}
}

/* What is in no histogram yet. */
static void write_open(FILE *out, const struct metrics *metrics)
{
	static const char count[] = "tasktoll_open_waits", time[] = "tasktoll_open_waits_seconds";
	const struct open_waits *open = &metrics->last->open;
	int state;

	if (!summary__has_states(metrics->run))
		return;
	metric__head(out, count, "gauge", "Waits and sleeps that are not over, by state.");
	for (state = STATE_WAITING; state < STATES; state++) {
		struct metric_labels labels = label("state", state_names[state]);

		metric__count(out, count, &labels, open->count[state]);
	}
	metric__head(out, time, "gauge", "The time so far of waits and sleeps that are not over.");
	for (state = STATE_WAITING; state < STATES; state++) {
		struct metric_labels labels = label("state", state_names[state]);

		metric__seconds(out, time, &labels, open->ns[state]);
	}
}

/* ---- births and ends ---- */

static void write_lifecycle(FILE *out, const struct summary *run)
{
	static const char made[] = "tasktoll_creations_total",
			  failed[] = "tasktoll_creations_failed_total",
			  ended[] = "tasktoll_ends_total";
	int i;

	if (run->spawns) {
		metric__head(out, made, "counter", "Threads and processes that were created.");
		for (i = 0; i < SPAWN_KINDS; i++) {
			struct metric_labels labels = label("kind", spawn_names[i]);

			metric__count(out, made, &labels, run->spawns->kind[i].count);
		}
	}
	if (run->spawns && run->has_failed) {
		metric__head(out, failed, "counter", "Creations that failed.");
		for (i = 0; i < SPAWN_KINDS; i++) {
			struct metric_labels labels = label("kind", spawn_names[i]);

			metric__count(out, failed, &labels, run->spawns->kind[i].failed);
		}
	}
	if (!run->ends)
		return;
	metric__head(out, ended, "counter", "Processes that ended, by how.");
	for (i = 0; i < END_CLASSES; i++) {
		struct metric_labels labels = label("class", end_names[i]);

		metric__count(out, ended, &labels, run->ends[i]);
	}
}

/* ---- what is known of the figures themselves ---- */

static void write_proof(FILE *out, const struct summary *run)
{
	static const char lost[] = "tasktoll_lost_total", not [] = "tasktoll_unavailable";
	const struct {
		const char *name;
		__u64 count;
	} losses[] = { { "events", run->lost.events },
		       { "tasks", run->lost.tasks },
		       { "switches", run->lost.switches },
		       { "stacks", run->lost.stacks },
		       { "edges", run->lost.edges } };
	size_t i;

	metric__head(out, "tasktoll_measured_seconds_total", "counter",
		     "Time that the sums are of.");
	metric__seconds(out, "tasktoll_measured_seconds_total", &none, run->duration_ns);
	metric__head(out, "tasktoll_kernel_switches_total", "counter",
		     "Context switches that the kernel counted and showed.");
	metric__count(out, "tasktoll_kernel_switches_total", &none, run->proof.kernel);
	metric__head(out, "tasktoll_missed_switches_total", "counter",
		     "Context switches that the kernel counted and tasktoll missed.");
	metric__count(out, "tasktoll_missed_switches_total", &none, run->proof.missed);
	metric__head(out, "tasktoll_withheld_switches_total", "counter",
		     "Context switches that the kernel counted and showed to no tracer.");
	metric__count(out, "tasktoll_withheld_switches_total", &none, run->proof.withheld);
	metric__head(out, lost, "counter", "What was lost, by what it was.");
	for (i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		struct metric_labels labels = label("kind", losses[i].name);

		metric__count(out, lost, &labels, losses[i].count);
	}
	if (!run->unavailable_count)
		return;
	metric__head(out, not, "gauge",
		     "A figure that this kernel cannot give; the page / has the reason.");
	for (i = 0; i < (size_t)run->unavailable_count; i++) {
		struct metric_labels labels = label("kind", run->unavailable[i].measure);

		metric__count(out, not, &labels, 1);
	}
}

static void write_overhead(FILE *out, const struct metrics *metrics)
{
	static const char memory[] = "tasktoll_overhead_memory_bytes";
	const struct summary_toll *self = &metrics->run->self, *now = &metrics->last->self;
	struct metric_labels here = label("kind", "process"), kernel = label("kind", "kernel");

	metric__head(out, "tasktoll_overhead_cpu_seconds_total", "counter",
		     "CPU time of tasktoll itself.");
	metric__seconds(out, "tasktoll_overhead_cpu_seconds_total", &none, self->cpu_ns);
	if (self->known) {
		metric__head(out, "tasktoll_overhead_bpf_seconds_total", "counter",
			     "Run time of tasktoll's BPF programs, from samples.");
		metric__seconds(out, "tasktoll_overhead_bpf_seconds_total", &none, self->bpf_ns);
	}
	metric__head(out, memory, "gauge", "Memory of tasktoll itself.");
	metric__count(out, memory, &here, now->rss_bytes);
	metric__count(out, memory, &kernel, now->kernel_bytes);
}

/* What was measured by what. */
static void write_build(FILE *out, const struct metrics *metrics)
{
	static const char name[] = "tasktoll_build_info";

	metric__head(out, name, "gauge",
		     "Version of tasktoll and release of the kernel; always 1.");
	fprintf(out, "%s{version=\"", name);
	escape__label(out, metrics->version);
	fputs("\",kernel=\"", out);
	escape__label(out, metrics->run->kernel);
	fputs("\"} 1\n", out);
}

/* ---- the page ---- */

void metrics__write(FILE *out, const struct metrics *metrics)
{
	const struct summary *run = metrics->run;

	write_build(out, metrics);
	write_counters(out, run);
	write_states(out, run);
	write_cpus(out, run);
	if (run->cost_source != COST_NONE) {
		metric__head(out, "tasktoll_toll_seconds_total", "counter",
			     "Direct cost of context switches: the decision and the switch.");
		metric__seconds(out, "tasktoll_toll_seconds_total", &none, row__toll(run->system));
	}
	write_dists(out, run);
	write_open(out, metrics);
	write_lifecycle(out, run);
	write_proof(out, run);
	write_overhead(out, metrics);
	metrics__write_groups(out, metrics);
}

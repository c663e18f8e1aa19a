/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One object per summary, on one line: see tests/schema/stat.schema.json. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "core/clock.h"
#include "model/machine/group.h"
#include "view/escape.h"
#include "view/json.h"
#include "view/function_table.h"
#include "view/stacks.h"
#include "view/view.h"

/* The object that a figure belongs in: the row itself, or the group in it. */
static json_t *json__group(json_t *row, const char *group)
{
	json_t *inner;

	if (!*group)
		return row;
	inner = json_object_get(row, group);
	if (!inner) {
		inner = json_object();
		json_object_set_new(row, group, inner);
	}
	return inner;
}

/* Of no samples: null. */
static void json__put_percentile(json_t *object, const char *name, const struct dist *dist,
				 int which, double share)
{
	if (dist->count)
		json__put(object, name, dist__percentile(dist, which, share));
	else
		json_object_set_new(object, name, json_null());
}

json_t *json__dist(const struct dist *dist, int which)
{
	json_t *object = json_object();

	json__put(object, "count", dist->count);
	json__put(object, "sum", dist->sum);
	json__put_percentile(object, "min", dist, which, 0);
	json__put_percentile(object, "p50", dist, which, 0.5);
	json__put_percentile(object, "p90", dist, which, 0.9);
	json__put_percentile(object, "p99", dist, which, 0.99);
	json__put(object, "max", dist->max);
	return object;
}

/* Of prices that are sampled: what those that were priced stand for, and how well the sum is known. */
static json_t *json__measured(const struct summary *summary, const struct row *row, int which)
{
	const struct dist *dist = row__dist(row, which);
	json_t *object = json__dist(dist, which);

	if (dist_infos[which].layout == LAYOUT_COST && summary__samples(summary)) {
		json__put(object, "weight", dist__weight(dist));
		json__put(object, "sum_error",
			  (__u64)ceil(dist__sum_error(dist, which, summary->priced.most)));
	}
	return object;
}

/* Disjoint, and together the lifetime; null where a part cannot be told. */
static json_t *json__states(const struct summary *summary, const struct row *row)
{
	json_t *object;
	int i;

	if (!summary__has_states(summary))
		return json_null();
	object = json_object();
	for (i = 0; i < STATES; i++)
		json__put(object, state_names[i], row__state(row, (enum state)i));
	return object;
}

static void json__row(json_t *object, const struct summary *summary, const struct row *row)
{
	int i;

	json__put(object, "switches", row__switches(row));
	for (i = 0; i < ROW_COUNTERS; i++) {
		json_t *group = json__group(object, counter_infos[i].group);

		if (summary->has_counter[i])
			json__put(group, counter_infos[i].name, row->n[i]);
		else
			json_object_set_new(group, counter_infos[i].name, json_null());
	}
	json__put(object, "mm_switches", row->n[C_IN_PROCESS]);
	json_object_set_new(object, "state_ns", json__states(summary, row));
	for (i = 0; i < ROW_DISTS; i++) {
		json_t *group = json__group(object, dist_infos[i].group);

		json_object_set_new(group, dist_infos[i].name,
				    summary->has_dist[i] ? json__measured(summary, row, i) :
							   json_null());
	}
}

static json_t *json__threads(const struct summary *summary, const struct process *process)
{
	json_t *array = json_array();
	size_t count, i;
	const struct thread **threads = summary__threads(summary, process, &count);

	for (i = 0; i < count; i++) {
		json_t *object = json_object();

		json__put(object, "tid", id__shown(threads[i]->tid));
		json__put(object, "start_ns", threads[i]->start_ns);
		json_object_set_new(object, "comm", escape__json(threads[i]->comm));
		json_object_set_new(object, "ended", json_boolean(threads[i]->ended));
		json__row(object, summary, &threads[i]->row);
		json_array_append_new(array, object);
	}
	free(threads);
	return array;
}

static json_t *json__processes(const struct summary *summary)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < summary->process_count; i++) {
		const struct process *process = summary->processes[i];
		json_t *object = json_object();

		json__put_pid(object, process->key.pid, process->own_pid);
		json__put(object, "start_ns", process->key.start_ns);
		json_object_set_new(object, "comm", escape__json(process->comm));
		json__put(object, "ppid", id__shown(process->ppid));
		json_object_set_new(object, "kernel_thread", json_boolean(process->kthread));
		json_object_set_new(object, "ended", json_boolean(process->ended));
		json__put(object, "threads_alive", process->threads_alive);
		json__put(object, "threads_ended", process->threads_ended);
		json__row(object, summary, &process->row);
		if (process->threads_folded)
			json__put(object, "threads_folded", process->threads_folded);
		if (process->spawns && spawns__any(process->spawns))
			json_object_set_new(object, "spawns",
					    json__spawns(summary, process->spawns));
		if (process->end)
			json_object_set_new(object, "end", json__end(process->end));
		if (summary->threads)
			json_object_set_new(object, "threads", json__threads(summary, process));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *json__groups(const struct summary *summary)
{
	const struct groups *groups = summary->groups;
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < groups->count; i++) {
		const struct group *group = groups->sorted[i];
		json_t *object = json_object();

		json_object_set_new(object, "by", json_string(group_names[groups->by]));
		json_object_set_new(object, "name", escape__json(group->name));
		json__put(object, "processes", group->processes);
		json__put(object, "threads_alive", group->threads);
		json__row(object, summary, &group->row);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *json__proof(const struct summary *summary)
{
	const struct proof *proof = &summary->proof;
	json_t *object = json_object();

	json__put(object, "switches_seen", proof->seen);
	json__put(object, "switches_kernel", proof->kernel);
	json__put(object, "switches_withheld", proof->withheld);
	if (summary__has_states(summary)) {
		json__put(object, "time_ns", proof->time_ns);
		json__put(object, "time_missing_ns", proof->time_missing_ns);
	} else {
		json_object_set_new(object, "time_ns", json_null());
		json_object_set_new(object, "time_missing_ns", json_null());
	}
	return object;
}

static json_t *json__lost(const struct summary *summary)
{
	json_t *object = json_object();

	json__put(object, "events", summary->lost.events);
	json__put(object, "tasks", summary->lost.tasks);
	json__put(object, "stacks", summary->lost.stacks);
	json__put(object, "edges", summary->lost.edges);
	json__put(object, "switches", summary->proof.missed);
	return object;
}

static json_t *json__self(const struct summary_toll *self)
{
	json_t *object = json_object();

	if (self->known) {
		json__put(object, "bpf_ns", self->bpf_ns);
		json__put(object, "bpf_ns_per_switch", (__u64)(self->ns_per_switch + 0.5));
	} else {
		json_object_set_new(object, "bpf_ns", json_null());
		json_object_set_new(object, "bpf_ns_per_switch", json_null());
	}
	json__put(object, "cpu_ns", self->cpu_ns);
	json__put(object, "rss_bytes", self->rss_bytes);
	json__put(object, "kernel_bytes", self->kernel_bytes);
	return object;
}

/* Not measured: null. */
static void json__put_lifecycle(json_t *root, const struct summary *summary)
{
	json_t *ends = json_object(), *crashes = json_array();
	size_t i;
	int class;

	json_object_set_new(root, "spawns",
			    summary->spawns ? json__spawns(summary, summary->spawns) : json_null());
	for (class = 0; summary->ends && class < END_CLASSES; class ++)
		json__put(ends, end_names[class], summary->ends[class]);
	for (i = 0; i < summary->crash_count; i++)
		json_array_append_new(crashes, json__crash(summary->crashes[i]));
	if (summary->ends) {
		json_object_set(root, "ends", ends);
		json_object_set(root, "crashes", crashes);
	} else {
		json_object_set_new(root, "ends", json_null());
		json_object_set_new(root, "crashes", json_null());
	}
	json_decref(ends);
	json_decref(crashes);
	json__put(root, "crashes_left_out", summary->crashes_left_out);
}

int json__print_line(FILE *out, json_t *root)
{
	char *text = json_dumps(root, JSON_COMPACT);

	json_decref(root);
	if (!text)
		return -ENOMEM;
	escape__json_line(out, text);
	free(text);
	return 0;
}

static int json__write(FILE *out, const struct summary *summary, const struct view_options *options)
{
	static const char *const sources[] = { "none", "tracepoint", "finish_task_switch" };
	json_t *root = json_object(), *unavailable = json_object(), *system = json_object();
	int i;

	(void)options;
	if (!root || !unavailable || !system)
		return -ENOMEM;
	json_object_set_new(root, "schema", json_string("tasktoll.stat/2"));
	json_object_set_new(root, "host", escape__json(summary->host));
	json_object_set_new(root, "kernel", escape__json(summary->kernel));
	json_object_set_new(root, "boot_id", escape__json(summary->boot_id));
	json__put(root, "cpus", (__u64)summary->cpus);
	json_object_set_new(root, "start",
			    json_string(clock__iso8601(summary->start_realtime_ns).text));
	json__put(root, "duration_ns", summary->duration_ns);
	json_object_set_new(root, "target", escape__json(summary->target));
	json_object_set_new(root, "complete", json_boolean(summary->complete));
	json_object_set_new(root, "proof", json__proof(summary));
	json_object_set_new(root, "lost", json__lost(summary));
	for (i = 0; i < summary->unavailable_count; i++)
		json_object_set_new(unavailable, summary->unavailable[i].measure,
				    escape__json(summary->unavailable[i].reason));
	json_object_set_new(root, "unavailable", unavailable);
	json_object_set_new(root, "self", json__self(&summary->self));
	json_object_set_new(root, "cost_source", json_string(sources[summary->cost_source]));
	json__put(root, "sampled", summary__samples(summary) ? summary->priced.most : 1);
	json__put(root, "sampled_least", summary__samples(summary) ? summary->priced.least : 1);
	json__put(root, "priced", summary->priced.switches);
	json__row(system, summary, summary->system);
	json__put(system, "runq_unknown", summary->wakes_missed);
	json__put(system, "tlb_shootdowns_unattributed", summary->tlb_unattributed);
	json_object_set_new(root, "system", system);
	if (summary->whole_machine) {
		json_t *idle = json_object();

		json__row(idle, summary, summary->idle);
		json_object_set_new(root, "idle", idle);
	}
	json_object_set_new(root, "processes", json__processes(summary));
	if (summary->folded_processes) {
		json_t *folded = json_object();

		json__put(folded, "processes", summary->folded_processes);
		json__row(folded, summary, summary->folded);
		json_object_set_new(root, "folded", folded);
	}
	if (summary->groups)
		json_object_set_new(root, "groups", json__groups(summary));
	json__put_lifecycle(root, summary);
	return json__print_line(out, root);
}

static int json__write_facts(FILE *out, const struct facts *facts,
			     const struct view_options *options)
{
	(void)options;
	return json__print_line(out, facts->json(facts->context));
}

const struct view view_json = { .name = "json",
				.suffixes = ".json .jsonl .ndjson",
				.help = "an object a line",
				.write = json__write,
				.write_crash = json__write_crash,
				.write_stacks = stacks__write_json,
				.write_functions = function_table__write_json,
				.write_diff = diff__write_json,
				.write_facts = json__write_facts };

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One object per summary, on one line: see tests/schema/stat.schema.json. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "core/clock.h"
#include "view/view.h"

static void put(json_t *object, const char *key, __u64 value)
{
	json_object_set_new(object, key, json_integer((json_int_t)value));
}

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

static json_t *json__dist(const struct dist *dist, int which)
{
	json_t *object = json_object();

	put(object, "count", dist->count);
	put(object, "sum", dist->sum);
	put(object, "p50", dist__percentile(dist, which, 0.5));
	put(object, "p90", dist__percentile(dist, which, 0.9));
	put(object, "p99", dist__percentile(dist, which, 0.99));
	put(object, "max", dist->max);
	return object;
}

static void json__row(json_t *object, const struct summary *summary, const struct row *row)
{
	int i;

	put(object, "switches", row__switches(row));
	for (i = 0; i < ROW_COUNTERS; i++) {
		json_t *group = json__group(object, counter_infos[i].group);

		if (summary->has_counter[i])
			put(group, counter_infos[i].name, row->n[i]);
		else
			json_object_set_new(group, counter_infos[i].name, json_null());
	}
	put(object, "mm_switches", row->n[C_IN_PROCESS]);
	for (i = 0; i < ROW_DISTS; i++) {
		json_t *group = json__group(object, dist_infos[i].group);

		json_object_set_new(group, dist_infos[i].name,
				    summary->has_dist[i] ? json__dist(row__dist(row, i), i) :
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

		put(object, "tid", threads[i]->tid);
		put(object, "start_ns", threads[i]->start_ns);
		json_object_set_new(object, "comm", json_string(threads[i]->comm));
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

		put(object, "pid", process->key.pid);
		put(object, "start_ns", process->key.start_ns);
		json_object_set_new(object, "comm", json_string(process->comm));
		put(object, "ppid", process->ppid);
		json_object_set_new(object, "kernel_thread", json_boolean(process->kthread));
		json_object_set_new(object, "ended", json_boolean(process->ended));
		put(object, "threads_alive", process->threads_alive);
		put(object, "threads_ended", process->threads_ended);
		json__row(object, summary, &process->row);
		if (process->threads_folded)
			put(object, "threads_folded", process->threads_folded);
		if (summary->threads)
			json_object_set_new(object, "threads", json__threads(summary, process));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *json__proof(const struct proof *proof)
{
	json_t *object = json_object();

	put(object, "switches_seen", proof->seen);
	put(object, "switches_kernel", proof->kernel);
	put(object, "switches_withheld", proof->withheld);
	return object;
}

static json_t *json__lost(const struct summary *summary)
{
	json_t *object = json_object();

	put(object, "events", summary->lost.events);
	put(object, "tasks", summary->lost.tasks);
	put(object, "stacks", summary->lost.stacks);
	put(object, "edges", summary->lost.edges);
	put(object, "switches", summary->proof.missed);
	return object;
}

static json_t *json__self(const struct summary_toll *self)
{
	json_t *object = json_object();

	if (self->known) {
		put(object, "bpf_ns", self->bpf_ns);
		put(object, "bpf_ns_per_switch", (__u64)(self->ns_per_switch + 0.5));
	} else {
		json_object_set_new(object, "bpf_ns", json_null());
		json_object_set_new(object, "bpf_ns_per_switch", json_null());
	}
	put(object, "cpu_ns", self->cpu_ns);
	put(object, "rss_bytes", self->rss_bytes);
	put(object, "kernel_bytes", self->kernel_bytes);
	return object;
}

/*
 * JSON lets the control characters above 0x7e stand as they are; a terminal
 * would obey them, so they are escaped like the others.
 */
static void json__print(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	for (; *s; s++) {
		if (*s == 0x7f) {
			fputs("\\u007f", out);
		} else if (*s == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f) {
			fprintf(out, "\\u00%02x", s[1]);
			s++;
		} else {
			putc_unlocked(*s, out);
		}
	}
	putc_unlocked('\n', out);
}

static int json__write(FILE *out, const struct summary *summary, const struct view_options *options)
{
	static const char *const sources[] = { "none", "tracepoint", "finish_task_switch" };
	char *text;
	json_t *root = json_object(), *unavailable = json_object(), *system = json_object();
	int i;

	(void)options;
	if (!root || !unavailable || !system)
		return -ENOMEM;
	json_object_set_new(root, "schema", json_string("tasktoll.stat/1"));
	json_object_set_new(root, "host", json_string(summary->host));
	json_object_set_new(root, "kernel", json_string(summary->kernel));
	json_object_set_new(root, "boot_id", json_string(summary->boot_id));
	put(root, "cpus", (__u64)summary->cpus);
	json_object_set_new(root, "start",
			    json_string(clock__iso8601(summary->start_realtime_ns).text));
	put(root, "duration_ns", summary->duration_ns);
	json_object_set_new(root, "target", json_string(summary->target));
	json_object_set_new(root, "complete", json_boolean(summary->complete));
	json_object_set_new(root, "proof", json__proof(&summary->proof));
	json_object_set_new(root, "lost", json__lost(summary));
	for (i = 0; i < summary->unavailable_count; i++)
		json_object_set_new(unavailable, summary->unavailable[i].measure,
				    json_string(summary->unavailable[i].reason));
	json_object_set_new(root, "unavailable", unavailable);
	json_object_set_new(root, "self", json__self(&summary->self));
	json_object_set_new(root, "cost_source", json_string(sources[summary->cost_source]));
	json__row(system, summary, summary->system);
	put(system, "runq_unknown", summary->wakes_missed);
	put(system, "tlb_shootdowns_unattributed", summary->tlb_unattributed);
	json_object_set_new(root, "system", system);
	if (summary->whole_machine) {
		json_t *idle = json_object();

		json__row(idle, summary, summary->idle);
		json_object_set_new(root, "idle", idle);
	}
	json_object_set_new(root, "processes", json__processes(summary));
	if (summary->folded_processes) {
		json_t *folded = json_object();

		put(folded, "processes", summary->folded_processes);
		json__row(folded, summary, summary->folded);
		json_object_set_new(root, "folded", folded);
	}
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	if (!text)
		return -ENOMEM;
	json__print(out, text);
	free(text);
	return 0;
}

const struct view view_json = { "json", json__write };

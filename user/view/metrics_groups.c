/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures of groups: a family after the other, a sample for each group. */
#include "view/metrics.h"

#include <string.h>

#include "core/cgroup_name.h"

/* whose: the labels that all samples of the group have. */
struct group_figure {
	const char *name, *type, *help;
	void (*write)(FILE *out, const char *name, const struct group_sum *sum,
		      const struct metric_labels *whose);
};

/* What is known of the group beside its name: a unit, a container or a name of tasks. */
static struct metric_labels labels_of(const struct group_sum *sum, enum group_by by)
{
	struct metric_labels labels = { .group = sum->name, .kind_value = sum->name };

	if (!strcmp(sum->name, GROUP_UNKNOWN) || !strcmp(sum->name, GROUP_OTHER))
		return labels;
	if (by == BY_COMM) {
		labels.kind = "comm";
	} else if (by == BY_CGROUP && cgroup_name__is_unit(sum->name)) {
		labels.kind = "unit";
	} else if (by == BY_CGROUP && cgroup_name__container(sum->name)) {
		labels.kind = "container";
		labels.kind_value = cgroup_name__container(sum->name);
	}
	return labels;
}

static struct metric_labels of(const struct metric_labels *whose, const char *label,
			       const char *value)
{
	struct metric_labels labels = *whose;

	labels.label = label;
	labels.value = value;
	return labels;
}

static void write_switches(FILE *out, const char *name, const struct group_sum *sum,
			   const struct metric_labels *whose)
{
	struct metric_labels voluntary = of(whose, "class", "voluntary");
	struct metric_labels involuntary = of(whose, "class", "involuntary");

	metric__count(out, name, &voluntary, sum->row.n[C_VOLUNTARY]);
	metric__count(out, name, &involuntary, sum->row.n[C_INVOLUNTARY]);
}

static void write_in(FILE *out, const char *name, const struct group_sum *sum,
		     const struct metric_labels *whose)
{
	static const struct {
		const char *name;
		int counter;
	} kinds[] = { { "thread", C_IN_THREAD },
		      { "process", C_IN_PROCESS },
		      { "resume", C_IN_RESUME },
		      { "kernel", C_IN_KERNEL } };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct metric_labels labels = of(whose, "kind", kinds[i].name);

		metric__count(out, name, &labels, sum->row.n[kinds[i].counter]);
	}
}

static void write_states(FILE *out, const char *name, const struct group_sum *sum,
			 const struct metric_labels *whose)
{
	int state;

	for (state = 0; state < STATES; state++) {
		struct metric_labels labels = of(whose, "state", state_names[state]);

		metric__seconds(out, name, &labels, row__state(&sum->row, (enum state)state));
	}
}

static void write_toll(FILE *out, const char *name, const struct group_sum *sum,
		       const struct metric_labels *whose)
{
	metric__seconds(out, name, whose, row__toll(&sum->row));
}

static void write_migrations(FILE *out, const char *name, const struct group_sum *sum,
			     const struct metric_labels *whose)
{
	metric__count(out, name, whose, sum->row.n[C_MIGRATIONS]);
}

static void write_created(FILE *out, const char *name, const struct group_sum *sum,
			  const struct metric_labels *whose)
{
	__u64 count = 0;
	int kind;

	for (kind = 0; kind < SPAWN_KINDS; kind++)
		count += sum->created[kind];
	metric__count(out, name, whose, count);
}

static void write_threads(FILE *out, const char *name, const struct group_sum *sum,
			  const struct metric_labels *whose)
{
	metric__count(out, name, whose, sum->threads);
}

static void write_waits(FILE *out, const char *name, const struct group_sum *sum,
			const struct metric_labels *whose)
{
	metric__histogram(out, name, whose, row__dist(&sum->row, D_RUNQ), D_RUNQ, true);
}

static const struct group_figure switches = { "tasktoll_group_switches_total", "counter",
					      "Context switches of a group, by why they happened.",
					      write_switches };
static const struct group_figure in = { "tasktoll_group_switches_in_total", "counter",
					"Context switches to tasks of a group, by kind.",
					write_in };
static const struct group_figure states = { "tasktoll_group_thread_seconds_total", "counter",
					    "Time of the threads of a group, by what they did.",
					    write_states };
static const struct group_figure toll = {
	"tasktoll_group_toll_seconds_total", "counter",
	"Direct cost of the context switches to tasks of a group.", write_toll
};
static const struct group_figure migrations = { "tasktoll_group_migrations_total", "counter",
						"Switches in on another CPU than the last one.",
						write_migrations };
static const struct group_figure created = { "tasktoll_group_creations_total", "counter",
					     "Threads and processes that tasks of a group created.",
					     write_created };
static const struct group_figure threads = { "tasktoll_group_threads", "gauge",
					     "Threads of a group that are alive.", write_threads };
static const struct group_figure waits = { "tasktoll_group_run_queue_wait_seconds", "histogram",
					   "Waits of a group for a CPU that are over.",
					   write_waits };

static void write_figure(FILE *out, const struct metrics *metrics,
			 const struct group_figure *figure, bool available)
{
	const struct group_sum *sum;
	struct metric_labels whose;

	if (!available || (!metrics->groups->names && !metrics->groups->other))
		return;
	metric__head(out, figure->name, figure->type, figure->help);
	for (sum = metrics->groups->names; sum; sum = sum->hh.next) {
		whose = labels_of(sum, metrics->by);
		figure->write(out, figure->name, sum, &whose);
	}
	if (!metrics->groups->other)
		return;
	whose = labels_of(metrics->groups->other, metrics->by);
	figure->write(out, figure->name, metrics->groups->other, &whose);
}

void metrics__write_groups(FILE *out, const struct metrics *metrics)
{
	static const struct metric_labels none;
	const struct summary *run = metrics->run;

	metric__head(out, "tasktoll_groups", "gauge", "Groups that have series of their own.");
	metric__count(out, "tasktoll_groups", &none, HASH_COUNT(metrics->groups->names));
	metric__head(out, "tasktoll_groups_in_other", "gauge",
		     "Groups that found no room and are in the group other (see --max-series).");
	metric__count(out, "tasktoll_groups_in_other", &none, metrics->groups->in_other);
	metric__head(out, "tasktoll_groups_dropped_total", "counter",
		     "Groups without a process whose series made room for others.");
	metric__count(out, "tasktoll_groups_dropped_total", &none, metrics->groups->dropped);
	write_figure(out, metrics, &switches, true);
	write_figure(out, metrics, &in, true);
	write_figure(out, metrics, &states, summary__has_states(run));
	write_figure(out, metrics, &toll, run->cost_source != COST_NONE);
	write_figure(out, metrics, &migrations, run->has_counter[C_MIGRATIONS]);
	write_figure(out, metrics, &created, run->spawns);
	write_figure(out, metrics, &threads, true);
	write_figure(out, metrics, &waits, run->has_dist[D_RUNQ]);
}

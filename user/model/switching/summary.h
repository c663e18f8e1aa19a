/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One period as the views see it: const, sorted, with its proof, its losses and its own cost. */
#ifndef MODEL_SUMMARY_H
#define MODEL_SUMMARY_H

#include "model/lifecycle/crash.h"
#include "model/switching/model.h"
#include "model/switching/spawn.h"

/* What figures are computed from: a row of one period. */
struct measured {
	const struct row *row;
	__u64 duration_ns;
	__u32 threads;		     /* that are alive */
	const struct spawns *spawns; /* what it created; NULL: nothing, or nobody knows */
};

/* An order of rows, the highest figure first; see view/columns.h. */
struct sort {
	const char *name;
	const char *help;
	double (*key)(const struct measured *measured); /* NaN comes last */
	int column;					/* that shows it */
};

/* Of a row; NaN is less than all.  sort NULL: all are equal, and switches decide. */
double sort__key(const struct sort *sort, const struct measured *measured);

enum cost_source { COST_NONE, COST_TRACEPOINT, COST_FINISH_TASK_SWITCH };

struct summary_loss {
	__u64 events;	/* BPF programs that the kernel skipped */
	__u64 tasks;	/* final records that found no room, or tasks without a record */
	__u64 switches; /* in those records */
	__u64 stacks;
	__u64 edges;
};

void summary_loss__add(struct summary_loss *loss, const struct summary_loss *more);

/* Of each kind; but for the switches, which are in the tasks.  Not 0: something is missing. */
__u64 summary_loss__sum(const struct summary_loss *loss);

/* What tasktoll itself cost in this period. */
struct summary_toll {
	bool known; /* BPF run time could be sampled */
	const char *why_not;
	double ns_per_switch; /* BPF run time, all programs, as the kernel times them */
	__u64 bpf_ns;	      /* that, times the switches of the period */
	__u64 cpu_ns;	      /* user and system time of this process */
	__u64 rss_bytes;
	__u64 kernel_bytes; /* maps and records */
};

#define SUMMARY_UNAVAILABLE 12

struct summary {
	char host[65], kernel[65], boot_id[40], target[256];
	int cpus;
	__u64 start_realtime_ns;
	__u64 duration_ns;
	bool whole_machine;
	bool threads; /* rows per thread were asked for */
	bool complete;
	struct proof proof;
	struct summary_loss lost;
	struct open_waits open; /* at its end */
	__u64 wakes_missed;
	__u64 tlb_unattributed; /* shootdowns received that no row has */
	struct summary_toll self;
	enum cost_source cost_source;
	struct priced priced;
	struct {
		const char *measure;
		char reason[128];
	} unavailable[SUMMARY_UNAVAILABLE];
	int unavailable_count;
	bool has_counter[ROW_COUNTERS];
	bool has_dist[ROW_DISTS];

	const struct row *system;
	const struct row *idle;		  /* part of system: the idle tasks, which are no process */
	const struct process **processes; /* sorted, highest first */
	size_t process_count;
	const struct sort *sort;
	__u64 folded_processes;
	const struct row *folded;

	const struct groups *groups; /* what --by asks for, see model/machine/group.h; NULL: none */

	/* births and deaths */
	bool has_phase[PHASES];
	const struct spawns *spawns;  /* by all creators of the target */
	const __u64 *ends;	      /* by enum end_class: processes of the target that ended */
	bool has_failed;	      /* failed creations are seen */
	struct crash *const *crashes; /* with the largest fan-out first */
	size_t crash_count;
	__u64 crashes_left_out; /* beyond MODEL_CRASHES_MAX */
};

/*
 * Takes the closed period of the model: fills in the sorted processes, the
 * proof and what is derived from them.  The summary lives until the model's
 * next period.  sort NULL: those with most switches come first.  Returns 0 or -ENOMEM.
 */
int summary__take(struct summary *summary, const struct model *model, const struct sort *sort);
void summary__release(struct summary *summary);

/* What the figures of a process are computed from. */
struct measured summary__measured(const struct summary *summary, const struct process *process);

/* The threads of a process, sorted like the processes: an array to free(), or NULL. */
const struct thread **summary__threads(const struct summary *summary, const struct process *process,
				       size_t *ret_count);

/*
 * Is it known what all time went into?  Not where waiting for a CPU cannot be measured, and not in
 * the first recordings, where a sleep contains the wait after it.
 */
bool summary__has_states(const struct summary *summary);

/*
 * The time of all CPUs, in ns: of the whole machine, what they did and were idle.  They are read
 * one after the other, so that an interval is not as long on each as the clock says.
 */
double summary__cpu_time(const struct summary *summary);

/* Are sums of prices scaled, and known up to an error? */
bool summary__samples(const struct summary *summary);

/* Says that a measure cannot be had and why; its figures are n/a. */
void summary__unavailable(struct summary *summary, const char *measure, const char *reason);

#endif

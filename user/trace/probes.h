/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hooks, what each is for, and which rung this kernel allows: for the loader and for doctor. */
#ifndef TRACE_PROBES_H
#define TRACE_PROBES_H

#include <stdbool.h>
#include <stddef.h>

enum probe {
#define PROBE(id, ...) PROBE_##id,
#include "probes.def"
	PROBE_COUNT
};

enum rung_type {
	RUNG_TP_BTF,
	RUNG_FENTRY,
	RUNG_FEXIT,
	RUNG_KPROBE,
	RUNG_KRETPROBE,
	RUNG_TRACEPOINT,
	RUNG_ITER,
	RUNG_ITER_SLEEPABLE,
	RUNG_TEST_RUN
};

/* What a run is for; each needs some of the probes. */
enum use { USE_SWITCHES = 1, USE_LIFECYCLE = 2, USE_BOTH = 3 };

enum rung {
#define RUNG(probe, type, target, program, note) RUNG_OF_##program,
#include "probes.def"
	RUNG_COUNT
};

/* The further programs of rungs that have several. */
enum also {
#define ALSO(first, type, target, program) ALSO_##program,
#include "probes.def"
	ALSO_COUNT
};

struct also_info {
	enum rung rung;
	enum rung_type type;
	const char *target;
	const char *program;
	bool again; /* only where the first of that name can be skipped */
};

struct rung_info {
	enum probe probe;
	enum rung_type type;
	const char *target;
	const char *program;
	const char *note;
};

/* On what it depends whether a probe is needed. */
enum probe_when { WHEN_ALWAYS, WHEN_NAMES, WHEN_CGROUPS, WHEN_NO_MAPS, WHEN_STACKS, WHEN_WAITS };

struct probe_info {
	const char *name;
	bool required;
	enum use use;
	enum probe_when when;
	bool preemptible;
	enum rung reason;     /* whose trial tells why its measures cannot be had */
	const char *measures; /* beyond those of counters.def, with a space between */
	const char *cost;     /* what pays for it */
	const char *gives;
	const char *loses;
};

extern const struct probe_info probe_infos[PROBE_COUNT];
extern const struct rung_info rung_infos[RUNG_COUNT];
extern const struct also_info also_infos[ALSO_COUNT];

/* What a program runs for, by the tables. */
enum program_runs {
	RUNS_AT_SWITCHES, /* each switch or wakeup pays for its probe */
	RUNS_AT_EVENTS,
	RUNS_FOR_US /* when we read, or ask for something */
};

enum program_runs program__runs(const char *name);

/* What the trial of a rung said. */
struct rung_trial {
	bool tried;
	int error;	 /* negative errno; 0: it attaches */
	char target[64]; /* the symbol that attaches, where it differs from the table */
	const char *why; /* a sentence; NULL if it attaches */
	int event;	 /* RUNG_TRACEPOINT: the open perf event; 0: none */
};

struct probe_set {
	struct rung_trial trials[RUNG_COUNT];
	int chosen[PROBE_COUNT];	    /* enum rung, or -1 */
	struct rung_trial also[ALSO_COUNT]; /* tried if their rung is chosen */
	bool run_delay;	   /* the kernel counts what a task waits for a CPU (CONFIG_SCHED_INFO) */
	bool maps_at_exit; /* sched_process_exit comes while the task has its mappings: from 6.16 */
};

/* "tp_btf:sched_switch"; how a rung is named to the user. */
const char *rung__type_name(enum rung_type type);

/* Whether a list of forced rungs (see below) can be understood: 0 or -EINVAL. */
int probe_set__check_forced(const char *forced);

/*
 * Tries every rung that is for `use`.  forced is NULL or a list "cost=kprobe,pick=none" that
 * takes choices away, for tests of the fallbacks.  Returns 0, or -EINVAL for a
 * list that names no probe or rung.  all: also the rungs below the chosen one, to
 * tell of them.
 */
int probe_set__try(struct probe_set *set, enum use use, const char *forced, bool all);

/*
 * Closes the events of tracepoints that the trials have opened and nobody has
 * taken (by setting event to 0): closing one takes the kernel some 50 ms.
 */
void probe_set__release(struct probe_set *set);

/* Is there anything that this probe would give on this kernel? */
bool probe_set__needs(const struct probe_set *set, enum probe probe);

/* The first probe without a rung that is required for `use`, or -1. */
int probe_set__missing(const struct probe_set *set, enum use use);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shape of a program: how its work is divided into threads and processes, and what that
 * costs.  Figures of one run or, added up, of several runs of one program.  Plain memory
 * without pointers: a process that measures one run sends it as it is.
 */
#ifndef MODEL_SHAPE_H
#define MODEL_SHAPE_H

#include "core/process_memory.h"
#include "model/comparison/serial.h"
#include "model/comparison/together.h"
#include "model/switching/summary.h"
#include "model/wakes/wakes.h"

/* What all processes held at one instant. */
struct shape_memory {
	__u64 samples; /* 0: none was taken */
	__u64 processes;
	struct process_memory sum;
	__u64 unreadable; /* processes that did not show it at that instant */
	bool moved;	  /* it was no instant: it changed while it was read */
};

struct shape {
	__u64 runs;	   /* that are added up here */
	__u64 elapsed_ns;  /* of the program, from its creation to its end */
	__u64 duration_ns; /* that was traced */
	int cpus;
	__u64 n[ROW_COUNTERS];
	struct dist dist[ROW_DISTS];
	bool has_counter[ROW_COUNTERS], has_dist[ROW_DISTS];
	bool has_states, has_create;
	bool lives_unknown; /* creations, ends and crashes were not followed */
	bool recorded; /* of a recording: it keeps neither memory nor what processes differ in */
	__u32 priced_one_in; /* so many switches, where prices are sampled; 0, 1: each is priced */

	__u64 processes, threads; /* seen in a run at most */
	__u64 most_threads;	  /* of one process */
	struct together together; /* those of them that lived at the same time */
	__u64 created[SPAWN_KINDS];
	__u64 create_ns; /* in the calls that create; of vfork, the copy phase only */
	__u64 ends[END_CLASSES];
	__u64 crashes, crash_victims; /* victims: of the crash with most of them */

	bool has_wakes; /* the next three are known */
	struct wake_sums wakes;
	struct serial serial; /* of the process that looks most like it */
	bool at_once_unknown;
	__u64 running_ns
		[WAKE_AT_ONCE]; /* with so many threads of the target on CPUs; last: or more */

	struct shape_memory memory; /* where their Pss was largest */
	__u64 idle_ns;		    /* that the CPUs had nothing to run */
	__u64 others_ns;	    /* CPU time of tasks that are neither in the target nor ours */
	__u64 incomplete;	    /* runs in which something was lost */
	int status;   /* exit status of the program; of several, the last that is not 0 */
	__u64 failed; /* runs that ended with another status than 0 */
};

/* own_ns: CPU time of tasktoll in that time. */
void shape__take(struct shape *shape, const struct summary *summary, __u64 own_ns);

/* Who woke whom; sorted.  NULL: it was not recorded. */
void shape__take_wakes(struct shape *shape, const struct summary *summary,
		       const struct wakes *wakes);

/* A sample of memory; the largest is kept, of those that did not change while they were read. */
void shape_memory__keep(struct shape_memory *memory, const struct shape_memory *sample);

/* Adds a run. */
void shape__add(struct shape *sum, const struct shape *run);

/* CPUs that its threads ran on, on average over its elapsed time; and with those waited for. */
double shape__cpus_obtained(const struct shape *shape);
double shape__cpus_wanted(const struct shape *shape);

/* Share of the threads' time in a state: 0 to 1, all of them together are 1. */
double shape__state_share(const struct shape *shape, enum state state);

/* ns in a state, as row__state(). */
__u64 shape__state(const struct shape *shape, enum state state);

__u64 shape__switches(const struct shape *shape);

/* A count or a sum of ns, for each second elapsed. */
double shape__rate(const struct shape *shape, __u64 value);

/* Direct cost of the switches in, ns: as row__toll(). */
__u64 shape__toll(const struct shape *shape);

/*
 * What loading another address space cost more than switching between threads, ns a switch:
 * the difference of the medians of the two kinds, each from a shape that may be the same.
 * NaN: not SHAPE_SAMPLES of each were seen, or they are not measured.
 */
#define SHAPE_SAMPLES 30
double shape__process_extra(const struct shape *of_process, const struct shape *of_thread);

/* "threads", "processes", "threads and processes" or "one thread": how its work is divided. */
const char *shape__name(const struct shape *shape);

/* Why a row is not filled: a reason for each figure that is missing.  Not to be asked of others. */
const char *shape__no_memory(const struct shape *shape);
const char *shape__no_wakes(const struct shape *shape);
const char *shape__no_lives(const struct shape *shape);
const char *shape__no_states(const struct shape *shape);

/* Share of the CPUs' time that others used. */
double shape__others_share(const struct shape *shape);

#endif

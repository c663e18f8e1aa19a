/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What store/tables.def names as the struct of a table, where the model has none that
 * fits; and the keys of all tables.  Inside the store only.
 */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "model/profile/profile.h"
#include "model/switching/summary.h"
#include "model/wakes/wakes.h"

/* Whose figures they are, where a number is not enough. */
enum scope { SCOPE_TARGET, SCOPE_PROCESS, SCOPES };
enum other { OTHER_IDLE, OTHER_FOLDED, OTHER_FINE, OTHERS };

extern const char *const scope_names[SCOPES];
extern const char *const other_names[OTHERS];
extern const char *const off_names[OFF_COUNT];

/* What a row is found by; a table uses some of them. */
struct keys {
	__u64 period;
	__u64 number; /* of a CPU, a module, a frame, ... */
	__u64 record; /* of a thread */
	__u64 pid, start_ns;
	__u32 scope, kind;
	__u64 place;
	__u64 crash, victim;
	__u64 thread, stack, waker;
	__u64 waker_start_ns;
	const char *text, *measure;
};

struct pair_row {
	const char *value;
};

struct measure_row {
	bool available;
	const char *unit, *help;
};

struct unavailable_row {
	const char *measure;
	char reason[128];
};

struct period_row {
	struct summary summary;
	__u64 now_ns, run_start_ns;
	bool whole_machine, threads_kept, lives_followed;
	__u64 missed_ended, skipped_runs, folded_processes;
	__u64 ends[END_CLASSES];
	__u64 crashes_left_out;
	struct priced priced;
};

struct cpu_row {
	__u64 switches, voluntary, in[KIND_COUNT];
	bool has_kernel_switches;
	__u64 kernel_switches, wakes_missed;
};

struct thread_row {
	struct thread thread;
	struct process_key process;
	bool has_off; /* an interval off CPU is open: */
	enum off off;
	__u64 off_ns, woken_ns;
};

struct other_row {
	struct row row;
};

struct fork_size_row {
	__u64 count, rss;
	struct dist *copy;
};

struct crash_row {
	struct crash crash;
	__u32 period;
};

struct crash_frame_row {
	struct crash_frame frame;
	bool has_mark; /* it tells whether it is one */
};

struct wake_row {
	struct wake wake;
	struct dist *latency; /* in place of that of `wake` */
};

struct wake_group_row {
	__u64 work_ns, one_ns, one_idle_ns, handoffs;
};

struct at_once_row {
	__u64 running_ns, wanted_ns;
};

struct end_row {
	struct end end;
};

#endif

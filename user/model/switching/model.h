/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model: what the readings add up to, per thread, process and machine.
 *
 * Pure: no I/O, no libbpf.  Live data, a recording and a unit test enter it by
 * the same functions.  Readings only grow; a period (an interval, or the whole
 * run) is the sum of the differences between readings since it began.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <linux/types.h>
#include <stdbool.h>
#include <uthash.h>

#include "core/utf8.h"
#include "model/lifecycle/crash.h"
#include "model/lifecycle/process_tracker.h"
#include "model/lifecycle/process_key.h"
#include "model/switching/row.h"
#include "model/switching/spawn.h"
#include "wire.h"

struct process;

/* Of what a reading owes: what was taken from the time on CPU, and from the waiting; ns. */
struct owed {
	__u64 oncpu, waiting;
};

struct thread {
	__u64 id; /* of the record: unique in a run */
	__u32 tid;
	__u64 start_ns;
	__u64 since_ns; /* CLOCK_MONOTONIC: its row's time is accounted from then on */
	char comm[UTF8_COMM];
	struct process *process;
	bool ended;
	bool ended_before;   /* the last time that ended threads were forgotten */
	bool written_down;   /* it has ended, and its row is kept no more */
	bool start_reported; /* its wait for its first CPU has been counted */
	bool never_seen;     /* alive, and no switch out of it was ever shown to us */
	__u64 missed;	  /* switches out that the kernel counted and nothing showed, this period */
	__u64 missed_all; /* the same since its record began */
	struct row row;	  /* only if threads are kept */

	struct reading last;  /* to take the difference from */
	void *last_bytes;     /* what it points into: see reading__copy() */
	__u64 reported_sleep; /* of the open interval, what earlier periods have been told: ns */
	__u64 reported_runq;  /* and as waiting for a CPU */
	struct owed owed;     /* at the last reading */
	__u64 stack,
		waker; /* where it last left a CPU, and was woken from (include/stack event.h) */

	UT_hash_handle hh;
	struct thread *prev, *next; /* in its process */
};

/* How a process came into being, if that was in the run. */
struct birth {
	bool seen;
	enum spawn_kind kind;
	struct process_key creator;
};

struct process {
	struct process_key key;
	__u32 ppid;
	__u32 own_pid; /* in its own PID namespace if that is another one; else 0 */
	bool kthread;
	bool ended;
	struct birth birth;
	char comm[UTF8_COMM];
	char *user, *cgroup; /* names, where somebody has looked; NULL: not known */
	char *command; /* its command line, where somebody has read it and it says more; NULL */
	struct row row;
	struct thread *threads; /* alive, and ended ones if threads are kept */
	__u32 threads_alive;
	__u32 threads_ended;	/* since the run began */
	__u32 threads_folded;	/* of those, kept in the process's row only */
	bool threads_forgotten; /* of this period: see model__forget_ended_threads() */
	struct spawns *spawns;	/* what it created; NULL: nothing */
	struct end *end;	/* how it ended; NULL: not, or nobody saw it */
	bool end_reported;	/* in an earlier period */
	UT_hash_handle hh;
};

struct model_cpu {
	bool seen;
	struct fine_hists *fine; /* as last read; NULL: not yet */
	struct cpu_slot last;
	struct cpu_slot base; /* at the beginning of the period */
};

/*
 * What the last reading left told in other states than its samples say, ns: the sums of a run are
 * those of its samples and these.  Of the interval that was open at the reading before.
 */
struct shift {
	__u64 stack; /* where the thread left its CPU */
	enum off off;
	__s64 rest, runq; /* more in the rows in that state, and of run-queue wait */
};

/* How complete the counts of a period are. */
struct proof {
	__u64 seen;	       /* switches */
	__u64 kernel;	       /* what the kernel counted, without those that it withheld */
	__u64 withheld;	       /* switches that this kernel counted and showed to no tracepoint */
	__u64 missed;	       /* kernel - seen */
	__u64 time_ns;	       /* lifetimes of all threads */
	__u64 time_missing_ns; /* by what the times in each state differ from that, all processes */
};

/* Which switches of a period were priced: one in `least` to one in `most`; 1: each. */
struct priced {
	__u32 least, most;
	__u64 switches; /* of the machine's, so many */
};

/* Waits that are not over: in the state, so many, and so long up to now.  STATE_ONCPU is 0. */
struct open_waits {
	__u64 count[STATES], ns[STATES];
};

struct model {
	bool keep_threads;
	__u32 price;	      /* PRICE_EACH, one in so many, PRICE_AUTO; 0: it is recorded: */
	struct priced priced; /* set by who reads it */
	bool whole_machine;   /* the target is everything */
	bool ended_samples; /* a wait is a sample once it is over; until then it has only its time */
	__u64 run_start;    /* ns; open intervals begin no earlier */
	struct thread *threads;
	struct thread *next_thread; /* readings come in the order of the last time: this one */
	struct process *processes;
	struct model_cpu *cpus;
	int cpu_count;
	struct row idle;
	struct row fine;	/* only the fine grain: of all samples in the target, and of idle */
	bool has_fine;		/* it is being told */
	struct row system;	/* set by model__close() */
	struct proof proof;	/* set by model__close() */
	struct open_waits open; /* the same */
	struct row folded;	/* ended processes that were too many to keep apart */
	__u64 folded_processes;
	__u64 ended_processes;	/* kept apart */
	__u64 ended_max;	/* of them, at most: MODEL_ENDED_MAX unless somebody sets less */
	__u64 ended_threads;	/* kept apart */
	__u64 missed_ended;	/* switches missed of tasks that are gone, this period */
	__u64 skipped_runs;	/* of the sched_switch program, this period: set before the close */
	__u64 tlb_unattributed; /* shootdowns received that no row has, this period: the same */
	__u64 wakes_missed;	/* switches in after a sleep without a wakeup seen */

	struct shift shift; /* of the reading that was applied last */

	bool in_run; /* the birth or death at hand is no older than the run */

	/* births and deaths of the target in this period */
	struct process_tracker *tracker; /* NULL: they are not followed */
	struct spawns spawns;
	__u64 ends[END_CLASSES];
	struct crash **crashes; /* the worst MODEL_CRASHES_MAX */
	size_t crash_count;
	__u64 crashes_left_out;
	size_t crash_victims; /* of those that are kept */
};

/* Ended processes kept apart; older ones are folded into one row, so that memory is bounded. */
#define MODEL_ENDED_MAX		10000
#define MODEL_CRASHES_MAX	1000
#define MODEL_VICTIMS_MAX	100000 /* of all crashes kept, but of one */
#define MODEL_ENDED_THREADS_MAX 50000  /* the same of threads: the rest is in their process's row */

struct model *model__new(bool keep_threads, bool whole_machine);
void model__free(struct model *model);

/* NULL: there is none. */
struct process *model__find_process(const struct model *model, __u32 pid, __u64 start_ns);

/*
 * For a recorder, once their rows are written: forgets threads that have ended, before the period
 * is over.  A process that has ended and never had many threads keeps them until it goes itself,
 * without their rows.  All of them still count as kept apart.
 */
#define MODEL_CROWD 4
bool process__is_crowded(const struct process *process);
void model__forget_ended_threads(struct model *model);

/*
 * What the trace's sink calls; 0 or -ENOMEM.  The readings of one task come in
 * the order in which they were made; its final one is the last.
 */
int model__apply_task(void *model, const struct wire_task *head, const struct task_rec *rec_head,
		      const void *dists);
int model__apply_cpu(void *model, int cpu, const struct cpu_slot *slot);
int model__apply_fine(void *model, int cpu, const struct fine_hists *fine);
int model__apply_lifecycle(void *model, const struct lifecycle_event *event);

/*
 * Births, ends and crashes are counted from now on.  on_end, on_crash and
 * context of the config are the model's own.  Returns 0 or -ENOMEM.
 */
int model__track_processes(struct model *model, const struct process_tracker_config *config);

/*
 * Ends the period: adds the intervals that are open, sums up the system, and works
 * out the proof.  Then the rows may be read.  now: not later than when any task that
 * was found off CPU may have come in since, or what is told of its interval is more
 * than it came to.
 */
int model__close(struct model *model, __u64 now);

/* Which switches were priced since the period began. */
struct priced model__priced(const struct model *model);

/* An interval off CPU that is open. */
struct open_interval {
	enum off off;
	__u64 gone; /* ns so far, since it began or the run did */
	__u64 runq; /* of it, at its end, waiting for a CPU */
	__u64 rest; /* the other part; of one that was preempted, that it waits */
};

/* What earlier periods have been told of the interval that was open. */
__u64 thread__reported(const struct thread *thread);

/* False: at `now` none was open, or the thread's end has been seen. */
bool model__open_interval(const struct model *model, const struct thread *thread, __u64 now,
			  struct open_interval *ret_open);

/* Begins the next period: all rows back to zero; processes that ended are dropped. */
void model__begin(struct model *model);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run of the BPF programs: open, configure, load, attach, seed, count, read,
 * stop.  The only layer that knows libbpf.
 *
 * What is read goes to a sink, task by task and CPU by CPU, as it lies on the
 * wire (include/wire.h, include/task.h).
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/failure.h"
#include "core/halt.h"
#include "ids.h"
#include "lifecycle.h"
#include "python.h"
#include "stack_event.h"
#include "timeline_event.h"
#include "trace/probes.h"
#include "wake.h"
#include "wire.h"

struct trace;

struct trace_target {
	enum target_mode mode;
	const __u32 *ids; /* TARGET_PID: tgids; TARGET_TID: tids */
	size_t id_count;
	bool children; /* TARGET_PID: descendants too */
	struct target_glob glob;
	__u64 cgroup;
};

struct trace_config {
	struct trace_target target;
	const char *btf;   /* NULL, or a BTF file in place of the kernel's own */
	const char *force; /* NULL, or rungs to force (see probes.h) */
	enum use use;	   /* what is traced: the rest is not even loaded */
	bool all;	   /* follow whatever ends abnormally, not only crashes */
	__u64 window_ns;   /* for how long */
	bool outsiders; /* stacks of culprits outside the target, too: it may hold their victims */
	bool stacks;	/* of switches, wakeups and creations */
	bool pythons;	/* with the frames of Python programs */
	__u32 price;	/* which switches are priced: PRICE_EACH, one in so many, PRICE_AUTO */
	bool wakes;	/* who wakes whom, with USE_SWITCHES */
	__u64 timeline_bytes; /* each interval on a CPU is told, through a buffer of this size; 0: none */
	struct entries entries;
	bool verbose; /* pass on what libbpf says */
};

struct wake_edge {
	const struct task_id *waker; /* NULL: an interrupt */
	const struct task_id *woken;
	enum channel_of_wake channel;
	const struct wake_value *value;
};

struct trace_sink {
	void *context;
	/* One task: head, record head, and the histograms that head->dists names. */
	int (*task)(void *context, const struct wire_task *head, const struct task_rec *rec_head,
		    const void *dists);
	/* One CPU as it was at its last snapshot. */
	int (*cpu)(void *context, int cpu, const struct cpu_slot *slot);
	int (*fine)(void *context, int cpu, const struct fine_hists *fine);
	/* One birth, end, signal or wake, in the order in which they happened (include/lifecycle.h). */
	int (*lifecycle)(void *context, const struct lifecycle_event *event);
	/*
	 * A part of the stack of a culprit (enum stack_part); it may come before the event
	 * that it belongs to.  There is room for one more if stack_room() says so.
	 */
	void (*stack)(void *stack_context, const void *part, size_t size);
	bool (*stack_room)(void *stack_context);
	void *stack_context;
	/* A stack that is new, size bytes; always before the first sample on it is. */
	int (*stack_event)(void *stack_event_context, const struct stack_event *stack_event,
			   size_t size);
	/* The Python frames of a stack that is new, before it; the same context. */
	int (*python)(void *stack_event_context, const struct python_chain *chain);
	void *stack_event_context;
	/* What was paid on a stack since the last time. */
	int (*sample)(void *sample_context, const struct sample_key *key,
		      const struct sample_value *value);
	void *sample_context;
	/*
	 * As they stand, when trace__read_wakes() is called: wakeups of a pair of tasks by a
	 * channel; and how many threads of a group were at work at once.  waker NULL: an
	 * interrupt; a task whose name was lost has id and pid only.
	 */
	int (*wake)(void *wake_context, const struct wake_edge *edge);
	int (*wake_group)(void *wake_context, const struct wake_group *group);
	void *wake_context;
	/* With config.timeline_bytes: an interval on a CPU, in the order in which they ended on it. */
	int (*timeline)(void *timeline_context, const union timeline_event *event);
	void *timeline_context;
};

/* What was lost so far, apart from what the records themselves say. */
struct trace_loss {
	struct wire_loss wire;
	struct lifecycle_loss lifecycle;
	struct wake_loss wakes;
	__u64 timeline;	     /* intervals that found the buffer full */
	__u64 missed_switch; /* runs of the sched_switch program that the kernel skipped */
	__u64 missed_runs;   /* the same of all others, but */
	__u64 missed_tlb;    /* the TLB program, which only a received shootdown interrupts */
};

/* From here on a signal that has come shortens what is waited for. */
void trace__heed(struct trace *trace, const struct halt *halt);

/* Loads and attaches everything; counting has not begun.  Returns 0 or a negative errno. */
int trace__open(struct trace **ret_trace, const struct trace_config *config,
		const struct trace_sink *sink, struct failure *failure);
void trace__close(struct trace *trace);

/*
 * The run has stopped and nothing is read any more: what is attached is taken off, which
 * trace__close() waits for.
 */
void trace__detach(struct trace *trace);

const struct probe_set *trace__probes(const struct trace *trace);

/*
 * Makes records for the tasks that live now and are aimed at.  Stores how many
 * records there are.  Safe to repeat: tasks that have a record keep it.
 */
int trace__seed(struct trace *trace, __u64 *ret_records, struct failure *failure);

/*
 * With stacks: passes those of the tasks that are off CPU to the sink, with a bound on time.
 * False: not all of them could be read.
 */
bool trace__take_asleep(struct trace *trace);

/* Tells the sink of every process that lives (LIFECYCLE_CENSUS).  Returns 0 or a negative errno. */
int trace__census(struct trace *trace, struct failure *failure);

/* While launcher is not 0, processes that it creates are aimed at (TARGET_PID). */
void trace__set_launcher(struct trace *trace, __u32 launcher);

/* Counting begins; stores the instant, CLOCK_MONOTONIC ns. */
int trace__start(struct trace *trace, __u64 *ret_start_ns, struct failure *failure);

/* Counting ends, everywhere at one instant, which is stored. */
int trace__stop(struct trace *trace, __u64 *ret_stop_ns, struct failure *failure);

/*
 * Reads all: a snapshot of every CPU, then each live task, then the final records that
 * have come in, and passes them to the sink.  Reading again is idempotent:
 * counters only grow.  A task on its way out is for a moment in neither place:
 * after the run has stopped it is waited for; stores how many stayed away.
 */
int trace__read(struct trace *trace, __u64 *ret_missed, struct failure *failure);

/*
 * Passes on the births and deaths, the final records, and the stacks that there is
 * room for, as they have come in; does not wait.  Returns 1 if stacks were left for
 * want of room, 0, or a negative errno.
 */
int trace__poll(struct trace *trace);

/*
 * Stack events were left by trace__poll() for its next turn: what is learned from the first of
 * them, and is taught in between, makes the following ones fewer and smaller.
 */
bool trace__has_more(const struct trace *trace);

/*
 * Empties the table of samples into the sink, stacks that are new first.  After a
 * stop, and when the tasks have been read, they come to what the records say.
 * Returns 0 or a negative errno.
 */
int trace__read_samples(struct trace *trace, struct failure *failure);

/*
 * With config.wakes: passes the wakeups and the groups, all of the run so far, to the sink.
 * Returns 0 or a negative errno.
 */
int trace__read_wakes(struct trace *trace, struct failure *failure);

/*
 * With config.timeline_bytes, after a stop and when all has been read: passes on what is still in
 * the buffer, and what was lost since there last was room.  Returns 0 or a negative errno.
 */
int trace__finish_timeline(struct trace *trace, struct failure *failure);

/* Why its intervals do not say who woke their tasks; NULL: they do. */
const char *trace__unknown_wakers(const struct trace *trace);

/* So many stacks whose rules are not known may be sent from now on: each takes kilobytes. */
void trace__allow_stack_events(struct trace *trace, unsigned int count);

/* A stack that the kernel's side has told of is told of again when it is next seen. */
void trace__forget_stack_event(struct trace *trace, __u64 id);

/* Teaches the kernel's side the way from a place in code to its caller (frame_rule.h). */
void trace__teach(struct trace *trace, __u64 space, __u64 pc, __u64 rule);

/* And where the Python program of an address space has its frames (python.h). */
void trace__teach_python(struct trace *trace, __u64 space, const struct python_layout *layout);

/* The table is half full: it should be emptied now. */
bool trace__samples_due(const struct trace *trace);

/* How the stacks were come by, and what was lost of them, so far. */
void trace__stack_event_loss(const struct trace *trace, struct stack_event_loss *ret_loss);

/* File descriptors, 0 to TRACE_FDS - 1, that become readable when trace__poll() is due at once; -1: none. */
#define TRACE_FDS 5 /* four rings, and what has come of stack events */
int trace__fd(const struct trace *trace, int which);

/* The one of them that is for stacks of culprits. */
int trace__stacks_fd(const struct trace *trace);

void trace__loss(const struct trace *trace, struct trace_loss *ret_loss);

/* Memory that the maps and records take in the kernel, bytes. */
__u64 trace__kernel_bytes(const struct trace *trace);

/* Tasks that have a record now: alive, and aimed at. */
__u64 trace__records(const struct trace *trace);

/* Switches seen so far on all CPUs, aimed at or not; read without a snapshot. */
__u64 trace__switches(const struct trace *trace);

/* Those while the kernel took statistics of programs: of the run time's switches, and no look into a map. */
__u64 trace__timed_switches(const struct trace *trace);

/* BPF run time of our programs so far, ns; it stands still while statistics are off. */
struct run_time {
	__u64 at_switches; /* of those that run at each switch or wakeup */
	__u64 others;	   /* at creations, ends, signals, ...; not those of our own readings */
};

struct run_time trace__run_time(const struct trace *trace);

#endif

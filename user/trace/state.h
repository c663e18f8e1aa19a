/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a trace consists of.  Inside trace/ only. */
#ifndef TRACE_STATE_H
#define TRACE_STATE_H

#include <bpf/libbpf.h>

#include "trace/detach.h"
#include "trace/trace.h"

#include "tasktoll.skel.h" /* knows its types by name only: after those that define them */

/* The ring buffers that are read when they are turned to, as trace__fd() counts them. */
enum { RING_LIFECYCLE, RING_STACKS, RING_EVENTS, RING_TIMELINE, RINGS };

struct trace {
	struct tasktoll *bpf;
	struct probe_set probes;
	enum use use;
	struct bpf_link *links[PROBE_COUNT];
	struct bpf_link *also[ALSO_COUNT];
	struct detach detach;		  /* those of them that are being destroyed */
	struct ring_buffer *lifecycle;	  /* births and deaths */
	struct ring_buffer *stacks;	  /* of culprits */
	struct ring_buffer *ring;	  /* final records */
	struct ring_reader *stack_events; /* stacks of switches; NULL: not wanted */
	struct ring_buffer *timeline;	  /* intervals on CPUs; NULL: not wanted */
	struct rule_bucket *rules;	  /* of places in code, shared with the kernel's side */
	struct python_bucket *pythons;	  /* programs that are Python, shared with it */
	struct known_bucket *known;	  /* stacks that it has told of, shared with it */
	struct frame_sizes *frame_sizes;  /* what is learned of the kernel's frames */
	struct sample_value overflow;	  /* weights without a sample, as last read */
	struct trace_sink sink;
	const struct halt *halt;
	size_t ring_taken[RINGS];	   /* bytes, since the ring was last turned to */
	bool has_more;			   /* stack events were left for the next turn */
	struct cpu_slot *snapshots;	   /* of each CPU, shared with the kernel */
	struct fine_hists *fine_snapshots; /* and in the fine grain */
	int cpus;
	bool goes_outside; /* tasks outside of our PID namespace can be in the target */
	bool rescan;	   /* tasks have moved into the target or out of it */
	__u64 records;	   /* live tasks with a record, at the last read */
};

/* The program of a rung. */
struct bpf_program *trace__program(const struct trace *trace, enum rung rung);

/* Is this probe loaded in this run? */
bool trace__wants(const struct trace *trace, enum probe probe);

/* What the ring buffers call for each event. */
int trace__on_event(void *context, void *data, size_t size);
int trace__on_lifecycle(void *context, void *data, size_t size);
int trace__on_stack(void *context, void *data, size_t size);
int trace__on_timeline(void *context, void *data, size_t size);

/* Before load: how large the tables of stacks are; none without stacks. */
void trace__configure_stack_events(struct trace *trace, const struct trace_config *config);

/* After load: what is learned goes to the kernel.  Returns 0 or a negative errno. */
int trace__open_stack_events(struct trace *trace);
void trace__close_stack_events(struct trace *trace);

/*
 * Passes on the stack events that have come, about so many bytes (0: all).  Returns 0, 1 if
 * there are more, or a negative errno.
 */
int trace__take_stack_events(struct trace *trace, size_t bytes);

/* Before load: the tables of wakeups; none without them. */
void trace__configure_wakes(struct trace *trace, const struct trace_config *config);

/* Before load: the buffer for intervals on CPUs; after it, its reader.  0 or a negative errno. */
void trace__configure_timeline(struct trace *trace, const struct trace_config *config);
int trace__open_timeline(struct trace *trace);

/* Before load: whose ids are told. */
void trace__configure_self(struct trace *trace);

/* After load: ids and clocks are those of the kernel.  Returns 0 or a negative errno. */
int trace__check_self(struct trace *trace, struct failure *failure);

/* Before load.  Returns 0 or a negative errno. */
int trace__configure_outside(struct trace *trace, const struct trace_config *config,
			     struct failure *failure);

/*
 * In a PID namespace: goes through the tasks outside of it, and reads what that brings in
 * between.  Elsewhere, and for targets that are all inside, it does nothing.  Returns 0 or
 * a negative errno.
 */
int trace__go_outside(struct trace *trace, enum outside_job job);

/*
 * Takes from a ring what was in it when this began, whatever comes in meanwhile.  Returns 0,
 * 1 if there is more, or a negative errno.
 */
int ring__take(struct trace *trace, int ring);

/* What a callback of the ring returns when it has dealt with so many bytes. */
int ring__spend(struct trace *trace, int ring, size_t size);

/* Takes a snapshot of every CPU that is online. */
int trace__snapshot_cpus(struct trace *trace, struct failure *failure);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a trace consists of.  Inside trace/ only. */
#ifndef TRACE_STATE_H
#define TRACE_STATE_H

#include <bpf/libbpf.h>

#include "trace/trace.h"

#include "tasktoll.skel.h" /* knows its types by name only: after those that define them */

struct trace {
	struct tasktoll *bpf;
	struct probe_set probes;
	enum use use;
	struct bpf_link *links[PROBE_COUNT];
	struct bpf_link *also[ALSO_COUNT];
	struct ring_buffer *lives;  /* births and deaths */
	struct ring_buffer *stacks; /* of culprits */
	struct ring_buffer *ring;   /* final records */
	struct trace_sink sink;
	struct cpu_slot *slots; /* room for one read of the cuts */
	int cpus;
	__u64 stacks_until; /* CLOCK_MONOTONIC ns: no more stacks in this poll */
	bool rescan;	    /* tasks have moved into the target or out of it */
	__u64 records;	    /* live tasks with a record, at the last read */
};

/* The program of a rung. */
struct bpf_program *trace__program(const struct trace *trace, enum rung rung);

/* Is this probe loaded in this run? */
bool trace__wants(const struct trace *trace, enum probe probe);

/* What the ring buffers call for each event. */
int trace__on_event(void *context, void *data, size_t size);
int trace__on_life(void *context, void *data, size_t size);
int trace__on_stack(void *context, void *data, size_t size);

#endif

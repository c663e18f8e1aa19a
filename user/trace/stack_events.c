/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks that are new, what is learned from them, and the samples on them. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/pythons.h"
#include "trace/ring_reader.h"
#include "trace/rules.h"
#include "trace/shared_map.h"
#include "trace/state.h"
#include "trace/frame_sizes.h"

#define SAMPLES_MAX   262144	/* between two readings */
#define LAYOUT_GAP    500000ULL /* ns between two stack layouts of a CPU, to begin with */
#define LAYOUT_LIMIT  50000000ULL
#define BATCH	      4096
#define WAITING_BYTES (64UL << 20) /* of stack events, at most, that wait to be looked at */
#define ONCE_AT_FIRST 4096	   /* stacks that are sent before the first rule is learned */

/* ---- set-up ---- */

void trace__configure_stack_events(struct trace *trace, const struct trace_config *config)
{
	struct tasktoll *bpf = trace->bpf;

	bpf->rodata->cfg_stacks = config->stacks;
	bpf->rodata->cfg_pythons = config->stacks && config->pythons;
	if (!config->stacks || !config->pythons) {
		bpf_map__set_max_entries(bpf->maps.pythons, 1);
		bpf_map__set_max_entries(bpf->maps.python_threads, 1);
	}
	if (config->stacks) {
		bpf->bss->entries = config->entries;
		bpf->bss->layout_gap_ns = LAYOUT_GAP;
		bpf->bss->samples_enough = SAMPLES_MAX / 2;
		bpf->bss->stack_events_once = ONCE_AT_FIRST;
		return;
	}
	bpf_map__set_max_entries(bpf->maps.samples_even, 1);
	bpf_map__set_max_entries(bpf->maps.samples_odd, 1);
	bpf_map__set_max_entries(bpf->maps.known, 1);
	bpf_map__set_max_entries(bpf->maps.rules, 1);
	bpf_map__set_max_entries(bpf->maps.frame_sizes, 1);
	bpf_map__set_max_entries(bpf->maps.stack_events, (__u32)sysconf(_SC_PAGESIZE));
}

static void stack_events__take_frame_size(void *context, __u32 slot,
					  const struct frame_size *frame_size)
{
	const struct trace *trace = context;

	bpf_map_update_elem(bpf_map__fd(trace->bpf->maps.frame_sizes), &slot, frame_size, BPF_ANY);
}

static void stack_events__take_hook(void *context, __u32 hook,
				    const struct hook_frame_size *frame_size)
{
	struct trace *trace = context;

	trace->bpf->bss->hook_frame_sizes[hook].skip = frame_size->skip;
	__sync_synchronize(); /* with `first` set, the other is relied on */
	trace->bpf->bss->hook_frame_sizes[hook].first = frame_size->first;
}

/* ---- what user space knows ---- */

void trace__allow_stack_events(struct trace *trace, unsigned int count)
{
	*(volatile __s64 *)&trace->bpf->bss->stack_events_once = count;
}

void trace__teach(struct trace *trace, __u64 space, __u64 pc, __u64 rule)
{
	if (trace->rules)
		rules__put(trace->rules, rule_key(space, pc), rule);
}

void trace__teach_python(struct trace *trace, __u64 space, const struct python_layout *layout)
{
	if (!trace->pythons)
		return;
	pythons__put(trace->pythons, space, layout);
	__atomic_store_n(&trace->bpf->bss->pythons_known, 1, __ATOMIC_SEQ_CST);
}

void trace__forget_stack_event(struct trace *trace, __u64 id)
{
	struct known_bucket *bucket = &trace->known[id & (KNOWN_BUCKETS - 1)];
	int i;

	/* if another one has taken its place meanwhile, that one is told of twice */
	for (i = 0; i < KNOWN_WAYS; i++) {
		if (*(volatile __u64 *)&bucket->id[i] == id)
			*(volatile __u64 *)&bucket->id[i] = 0;
	}
}

int trace__open_stack_events(struct trace *trace)
{
	struct frame_sizes_sink sink = { .context = trace,
					 .frame_size = stack_events__take_frame_size,
					 .hook = stack_events__take_hook };

	trace->frame_sizes = frame_sizes__new(&sink);
	trace->rules = shared_map__open(trace->bpf->maps.rules);
	trace->known = shared_map__open(trace->bpf->maps.known);
	if (trace->bpf->rodata->cfg_pythons) {
		trace->pythons = shared_map__open(trace->bpf->maps.pythons);
		if (!trace->pythons)
			return -ENOMEM;
	}
	if (!trace->frame_sizes || !trace->rules || !trace->known)
		return -ENOMEM;
	return ring_reader__open(&trace->stack_events, bpf_map__fd(trace->bpf->maps.stack_events),
				 WAITING_BYTES, &trace->bpf->bss->stack_events_waiting);
}

void trace__close_stack_events(struct trace *trace)
{
	if (trace->bpf) {
		shared_map__close(trace->bpf->maps.rules, trace->rules);
		shared_map__close(trace->bpf->maps.known, trace->known);
		shared_map__close(trace->bpf->maps.pythons, trace->pythons);
	}
	frame_sizes__free(trace->frame_sizes);
	ring_reader__close(trace->stack_events);
}

/* ---- what comes in ---- */

/* The less a stack layout brings, the longer it is to the next one. */
static void stack_events__learn(struct trace *trace, const struct stack_layout *layout)
{
	volatile __u64 *gap = &trace->bpf->bss->layout_gap_ns;

	if (frame_sizes__learn(trace->frame_sizes, layout))
		*gap = LAYOUT_GAP;
	else if (*gap < LAYOUT_LIMIT)
		*gap += *gap / 16;
}

static bool stack_event__is_sound(const struct stack_event *stack_event, size_t size)
{
	if (size < STACK_EVENT_HEAD || stack_event->kernel_count > STACK_EVENT_KERNEL ||
	    stack_event->unwound_count > STACK_EVENT_USER)
		return false;
	if (stack_event->unwind != STACK_EVENT_UNWIND_PARTIAL &&
	    stack_event->unwind != STACK_EVENT_UNWIND_STUCK)
		return true;
	return size >= sizeof(*stack_event) && stack_event->user_count <= STACK_EVENT_USER &&
	       stack_event->stack_size <= size - sizeof(*stack_event);
}

static bool python_chain__is_sound(const struct python_chain *chain, size_t size)
{
	return size >= PYTHON_CHAIN_HEAD && chain->count <= PYTHON_FRAMES &&
	       chain->count * sizeof(chain->frames[0]) <= size - PYTHON_CHAIN_HEAD;
}

static int trace__on_stack_event(void *context, void *data, size_t size)
{
	struct trace *trace = context;
	const struct stack_event *stack_event = data;
	__u32 type = *(const __u32 *)data;
	int err = 0;

	if (type == STACK_EVENT_LAYOUT && size >= sizeof(struct stack_layout))
		stack_events__learn(trace, data);
	else if (type == STACK_EVENT_STACK && stack_event__is_sound(stack_event, size))
		err = trace->sink.stack_event(trace->sink.stack_event_context, stack_event, size);
	else if (type == STACK_EVENT_PYTHON && trace->sink.python &&
		 python_chain__is_sound(data, size))
		err = trace->sink.python(trace->sink.stack_event_context, data);
	return err;
}

int trace__take_stack_events(struct trace *trace, size_t bytes)
{
	return ring_reader__take(trace->stack_events, bytes, trace__on_stack_event, trace);
}

/* ---- samples ---- */

struct batch {
	struct sample_key keys[BATCH];
	struct sample_value values[BATCH];
};

static int samples__pass_on(struct trace *trace, const struct batch *batch, __u32 count)
{
	__u32 i;
	int err = 0;

	for (i = 0; i < count && !err; i++)
		err = trace->sink.sample(trace->sink.sample_context, &batch->keys[i],
					 &batch->values[i]);
	return err;
}

/* A table that is not filled any more: all of it, in parts. */
static int samples__empty(struct trace *trace, int map, struct batch *batch)
{
	__u64 at[2]; /* opaque: where the kernel goes on */
	bool first = true, more = true;
	int err = 0;

	while (more && !err) {
		__u32 count = BATCH;

		more = !bpf_map_lookup_and_delete_batch(map, first ? NULL : at, at, batch->keys,
							batch->values, &count, NULL);
		if (!more && errno != ENOENT)
			return -errno;
		first = false;
		err = samples__pass_on(trace, batch, count);
	}
	return err;
}

/* What found no room, on all CPUs, as far as it has not been passed on. */
static int samples__pass_on_overflow(struct trace *trace)
{
	static const struct sample_key key = { .stack = STACK_LOST };
	static const struct sample_value nothing;
	struct sample_value *cpus = calloc((size_t)trace->cpus, sizeof(*cpus));
	struct sample_value more = { 0 };
	__u32 zero = 0;
	int cpu, err = 0;

	if (!cpus)
		return -ENOMEM;
	if (bpf_map_lookup_elem(bpf_map__fd(trace->bpf->maps.overflow), &zero, cpus))
		err = -errno;
	for (cpu = 0; cpu < trace->cpus && !err; cpu++)
		sample_value__add(&more, &cpus[cpu], 1);
	free(cpus);
	if (err)
		return err;
	sample_value__add(&more, &trace->overflow, -1);
	if (!memcmp(&more, &nothing, sizeof(more)))
		return 0;
	sample_value__add(&trace->overflow, &more, 1);
	return trace->sink.sample(trace->sink.sample_context, &key, &more);
}

int trace__read_samples(struct trace *trace, struct failure *failure)
{
	bool odd = trace->bpf->bss->samples_turn & 1;
	struct batch *batch = malloc(sizeof(*batch));
	int err;

	if (!batch)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot read the samples");
	trace->bpf->bss->samples_turn++;
	/* an interrupt on each CPU: our programs, which run without, are done with the old table */
	err = trace__snapshot_cpus(trace, failure);
	trace->bpf->bss->stack_event_loss.inserted = 0;
	trace->bpf->bss->samples_enough = SAMPLES_MAX / 2;
	if (!err) {
		trace__take_stack_events(trace, 0); /* the stacks that they are on */
		err = samples__empty(trace,
				     bpf_map__fd(odd ? trace->bpf->maps.samples_odd :
						       trace->bpf->maps.samples_even),
				     batch);
		if (!err)
			err = samples__pass_on_overflow(trace);
		if (err)
			failure__set(failure, err, NULL, NULL, "cannot read the samples");
	}
	free(batch);
	return err;
}

bool trace__samples_due(const struct trace *trace)
{
	return trace->stack_events && !*(volatile __u64 *)&trace->bpf->bss->samples_enough;
}

void trace__stack_event_loss(const struct trace *trace, struct stack_event_loss *ret_loss)
{
	*ret_loss = trace->bpf->bss->stack_event_loss;
}

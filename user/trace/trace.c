/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run of the attached programs: seed, start, read, stop. */
#include "trace/trace.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "trace/reader.h"
#include "trace/ring_reader.h"
#include "trace/state.h"

/*
 * How long a task that is out of the process list may take to its last switch
 * before it counts as lost: on a crowded machine it waits for a CPU to die on.
 */
#define MISSED_NS      2000000000ULL
#define MISSED_HALT_NS 300000000ULL /* if a signal came that long ago */

#define STACK_EVENTS_TURN (1 << 20) /* bytes, some milliseconds */

#define BIRTHS_NS 1000000000ULL /* for how long iterators also go through who is born meanwhile */

void trace__heed(struct trace *trace, const struct halt *halt)
{
	trace->halt = halt;
}

static int trace__iterator(struct trace *trace, enum probe probe)
{
	trace->bpf->bss->iter_until = clock__monotonic() + BIRTHS_NS;
	return bpf_link__fd(trace->links[probe]);
}

/* ---- seed, start, stop ---- */

__u64 trace__records(const struct trace *trace)
{
	const struct wire_loss *loss = &trace->bpf->bss->loss;

	return loss->created - loss->ended;
}

static int trace__run_seed(struct trace *trace)
{
	int err = reader__run(trace__iterator(trace, PROBE_SEED));

	return err ? err : trace__go_outside(trace, OUTSIDE_SEED);
}

int trace__seed(struct trace *trace, __u64 *ret_records, struct failure *failure)
{
	int pass, err;

	/*
	 * The second pass finds the children that a task made before it had
	 * its own record; more passes make good records that could not be
	 * allocated in a burst.
	 */
	for (pass = 0; pass < 8; pass++) {
		__u64 failed = trace->bpf->bss->loss.storage;

		err = trace__run_seed(trace);
		if (err)
			return failure__set(failure, err, NULL, NULL,
					    "cannot list the tasks of this machine");
		if (pass && trace->bpf->bss->loss.storage == failed)
			break;
		if (pass < 7)
			trace->bpf->bss->loss.storage = 0; /* to be tried again */
	}
	*ret_records = trace__records(trace);
	return 0;
}

/*
 * Switches between tasks that are not traced leave no stamp, so it may be that no CPU can tell how far
 * the clocks are apart.  The next switches do, and we can make some: two of our own suffice.
 */
static void trace__await_clocks(const struct trace *trace)
{
	int tries;

	if (!trace->bpf->rodata->cfg_delay)
		return;
	for (tries = 0; tries < 20 && trace->bpf->bss->clock_gap == CLOCK_GAP_UNKNOWN; tries++)
		usleep(50);
}

int trace__snapshot_cpus(struct trace *trace, struct failure *failure)
{
	int program = bpf_program__fd(trace->bpf->progs.cut), cpu;

	if (!trace__wants(trace, PROBE_CUT))
		return 0;
	trace->bpf->bss->clock_gap = CLOCK_GAP_UNKNOWN;
	trace->bpf->bss->clock_gap_least = CLOCK_GAP_LEAST;
	trace->bpf->bss->clock_gap_most = CLOCK_GAP_MOST;
	for (cpu = 0; cpu < trace->cpus; cpu++) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .flags = BPF_F_TEST_RUN_ON_CPU,
			    .cpu = (__u32)cpu);
		int err = bpf_prog_test_run_opts(program, &opts);

		if (err && err != -ENXIO) /* offline: its last snapshot stands */
			return failure__set(failure, err, NULL, NULL, "cannot read CPU %d", cpu);
	}
	trace__await_clocks(trace);
	return 0;
}

int trace__start(struct trace *trace, __u64 *ret_start_ns, struct failure *failure)
{
	int err = trace__snapshot_cpus(trace,
				       failure); /* from here on each CPU knows what runs on it */

	if (err)
		return err;
	*ret_start_ns = clock__monotonic();
	trace->bpf->bss->run_start = *ret_start_ns;
	trace->bpf->bss->run_state = RUN_COUNTING;
	return 0;
}

int trace__stop(struct trace *trace, __u64 *ret_stop_ns, struct failure *failure)
{
	if (trace->bpf->bss->run_state == RUN_STOPPED)
		return 0;
	*ret_stop_ns = clock__monotonic(); /* no interval reaches further */
	trace->bpf->bss->run_stop = *ret_stop_ns;
	trace->bpf->bss->run_state = RUN_STOPPED;
	return trace__snapshot_cpus(trace, failure);
}

int trace__census(struct trace *trace, struct failure *failure)
{
	int err = reader__census(trace__iterator(trace, PROBE_CENSUS), trace->sink.lifecycle,
				 trace->sink.context);

	if (!err)
		err = trace__go_outside(trace, OUTSIDE_CENSUS);
	return err ? failure__set(failure, err, NULL, NULL,
				  "cannot list the processes of this machine") :
		     0;
}

/* ---- read ---- */

static struct ring_buffer *trace__ring(const struct trace *trace, int ring)
{
	struct ring_buffer *const rings[RINGS] = { [RING_LIFECYCLE] = trace->lifecycle,
						   [RING_STACKS] = trace->stacks,
						   [RING_EVENTS] = trace->ring,
						   [RING_TIMELINE] = trace->timeline };

	return rings[ring];
}

#define TIMELINE_TURN                                                                              \
	(4U << 20) /* bytes of intervals at a turn: in between the clock is looked at */

/*
 * libbpf goes on as long as producers are faster.  A ring that gave as many bytes as it has
 * room for has given all that was in it when this began.
 */
int ring__spend(struct trace *trace, int ring, size_t size)
{
	const struct bpf_map *const maps[RINGS] = { [RING_LIFECYCLE] = trace->bpf->maps.lifecycle,
						    [RING_STACKS] = trace->bpf->maps.stacks,
						    [RING_EVENTS] = trace->bpf->maps.events,
						    [RING_TIMELINE] = trace->bpf->maps.timeline };

	__u32 most = bpf_map__max_entries(maps[ring]);

	if (ring == RING_TIMELINE && most > TIMELINE_TURN)
		most = TIMELINE_TURN;
	trace->ring_taken[ring] += size;
	return trace->ring_taken[ring] < most ? 0 : -EAGAIN;
}

int ring__take(struct trace *trace, int ring)
{
	int err;

	trace->ring_taken[ring] = 0;
	err = ring_buffer__consume(trace__ring(trace, ring));
	return err == -EAGAIN ? 1 : (err < 0 ? err : 0);
}

int trace__on_lifecycle(void *context, void *data, size_t size)
{
	struct trace *trace = context;
	const struct lifecycle_event *event = data;
	int err = 0;

	if (size >= LIFECYCLE_BARE && event->size <= size)
		err = trace->sink.lifecycle(trace->sink.context, event);
	return err ? err : ring__spend(trace, RING_LIFECYCLE, size);
}

int trace__on_stack(void *context, void *data, size_t size)
{
	struct trace *trace = context;

	if (size >= sizeof(__u32))
		trace->sink.stack(trace->sink.stack_context, data, size);
	return trace->sink.stack_room(trace->sink.stack_context) ?
		       ring__spend(trace, RING_STACKS, size) :
		       -EAGAIN;
}

int trace__on_event(void *context, void *data, size_t size)
{
	struct trace *trace = context;
	const struct wire_task *head = data;
	const char *rest = (const char *)data + sizeof(*head);
	int err = 0;

	if (size >= sizeof(*head) && head->type == WIRE_RESCAN)
		trace->rescan = true;
	else if (size >= sizeof(*head) + sizeof(struct task_rec))
		err = trace->sink.task(trace->sink.context, head, (const void *)rest,
				       rest + WIRE_REC_HEAD);
	if (size >= sizeof(*head) && head->type == WIRE_LIVE) /* see trace/outside.c */
		trace->records++;
	return err ? err : ring__spend(trace, RING_EVENTS, size);
}

static int trace__on_task(void *context, const struct wire_task *head,
			  const struct task_rec *rec_head, const void *dists)
{
	struct trace *trace = context;

	trace->records++;
	return trace->sink.task(trace->sink.context, head, rec_head, dists);
}

static int trace__read_cpus(struct trace *trace, struct failure *failure)
{
	int cpu, err;

	for (cpu = 0; cpu < trace->cpus; cpu++) {
		err = trace->sink.cpu(trace->sink.context, cpu, &trace->snapshots[cpu]);
		if (!err)
			err = trace->sink.fine(trace->sink.context, cpu,
					       &trace->fine_snapshots[cpu]);
		if (err)
			return failure__set(failure, err, NULL, NULL, "cannot keep CPU %d's totals",
					    cpu);
	}
	return 0;
}

/* Each live task, then the final records of those that were on their way out meanwhile. */
static int trace__read_tasks(struct trace *trace)
{
	int err;

	trace->records = 0;
	err = reader__tasks(trace__iterator(trace, PROBE_DRAIN), trace__on_task, trace);
	if (!err)
		err = trace__go_outside(trace, OUTSIDE_DRAIN);
	if (!err)
		err = trace__poll(trace);
	return err < 0 ? err : 0;
}

/* Where a record went on changing while it was copied, in parts: what is read last counts. */
#define READ_TRIES 3

static int trace__read_settled(struct trace *trace)
{
	int i, err;

	for (i = 0; i < READ_TRIES; i++) {
		__u64 changed = trace->bpf->bss->changed_records;

		err = trace__read_tasks(trace);
		if (err || trace->bpf->bss->changed_records == changed)
			return err;
	}
	return 0;
}

int trace__read(struct trace *trace, __u64 *ret_missed, struct failure *failure)
{
	__u64 deadline = clock__monotonic() + MISSED_NS, alive;
	int err = 0;

	if (trace->bpf->bss->run_state == RUN_COUNTING)
		err = trace__snapshot_cpus(trace, failure);
	if (!err)
		err = trace__read_cpus(trace, failure);
	if (err)
		return err;
	*ret_missed = 0;
	for (;;) {
		err = trace__read_settled(trace);
		if (err)
			return failure__set(failure, err, NULL, NULL, "cannot read the tasks");
		/* while the run goes on, who is in neither place now will be in the next reading */
		if (trace->bpf->bss->run_state != RUN_STOPPED)
			return 0;
		alive = trace__records(trace);
		*ret_missed = alive > trace->records ? alive - trace->records : 0;
		if (!*ret_missed || clock__monotonic() > deadline ||
		    halt__is_due(trace->halt, MISSED_HALT_NS))
			return 0;
		usleep(1000);
	}
}

static void map__clear(const struct bpf_map *map)
{
	int fd = bpf_map__fd(map);
	char key[sizeof(struct lifecycle_event)], next[sizeof(key)]; /* more than any key of ours */
	bool more = !bpf_map_get_next_key(fd, NULL, next);
	__u32 most = bpf_map__max_entries(map);

	while (more && most--) {
		memcpy(key, next, sizeof(key));
		more = !bpf_map_get_next_key(fd, key, next);
		bpf_map_delete_elem(fd, key);
	}
}

/* When nothing is followed any more, what the dead had closed can be forgotten. */
static void trace__close_window(struct trace *trace)
{
	__u64 until = trace->bpf->bss->crash_until;

	if (until && clock__monotonic() > until &&
	    __sync_bool_compare_and_swap(&trace->bpf->bss->crash_until, until, 0))
		map__clear(trace->bpf->maps.closed);
}

int trace__poll(struct trace *trace)
{
	int err = 0, more = 0;

	if (trace->timeline) /* who a task is comes before what happens to it, and before its end */
		err = ring__take(trace, RING_TIMELINE);
	trace->has_more = err > 0;
	if (err >= 0)
		err = ring__take(trace, RING_LIFECYCLE);
	trace__close_window(trace);
	if (err >= 0)
		err = more = trace->sink.stack_room(trace->sink.stack_context) ?
				     ring__take(trace, RING_STACKS) :
				     1;
	if (err >= 0)
		err = ring__take(trace, RING_EVENTS);
	if (err >= 0 && trace->stack_events) {
		err = trace__take_stack_events(trace, STACK_EVENTS_TURN);
		trace->has_more |= err > 0;
	}
	if (err >= 0 && trace->rescan) {
		trace->rescan = false;
		err = trace__run_seed(trace);
	}
	return err < 0 ? err : more;
}

bool trace__has_more(const struct trace *trace)
{
	return trace->has_more;
}

int trace__fd(const struct trace *trace, int which)
{
	const struct ring_buffer *ring = which < RINGS ? trace__ring(trace, which) : NULL;

	if (which < RINGS)
		return ring ? ring_buffer__epoll_fd(ring) : -1;
	return trace->stack_events ? ring_reader__fd(trace->stack_events) : -1;
}

int trace__stacks_fd(const struct trace *trace)
{
	return ring_buffer__epoll_fd(trace->stacks);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intervals on CPUs, one by one. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "trace/state.h"

/* What the kernel asks of a ring buffer: a power of two, of whole pages. */
static __u32 ring__bytes_for(__u64 most)
{
	__u64 size = (__u64)sysconf(_SC_PAGESIZE);

	while (size * 2 <= most && size * 2 <= 1ULL << 31)
		size *= 2;
	return (__u32)size;
}

void trace__configure_timeline(struct trace *trace, const struct trace_config *config)
{
	__u32 size = ring__bytes_for(config->timeline_bytes);

	trace->bpf->rodata->cfg_timeline = config->timeline_bytes && config->use & USE_SWITCHES;
	trace->bpf->bss->timeline_wake_at = size / 4;
	bpf_map__set_max_entries(trace->bpf->maps.timeline, size);
}

int trace__open_timeline(struct trace *trace)
{
	trace->timeline = ring_buffer__new(bpf_map__fd(trace->bpf->maps.timeline),
					   trace__on_timeline, trace, NULL);
	return trace->timeline ? 0 : -errno;
}

static size_t timeline_event__size(__u8 type)
{
	switch (type) {
	case TIMELINE_ONCPU:
		return sizeof(struct timeline_oncpu);
	case TIMELINE_TASK:
		return sizeof(struct timeline_task);
	case TIMELINE_LOST:
		return sizeof(struct timeline_lost);
	default:
		return ~(size_t)0;
	}
}

int trace__on_timeline(void *context, void *data, size_t size)
{
	struct trace *trace = context;
	const union timeline_event *event = data;
	int err = 0;

	if (size && size >= timeline_event__size(event->type))
		err = trace->sink.timeline(trace->sink.timeline_context, event);
	return err ? err : ring__spend(trace, RING_TIMELINE, size);
}

/* On each CPU, since there last was room: nothing has told of it yet. */
static int trace__tell_lost(struct trace *trace)
{
	struct timeline_cpu *cpus = calloc((size_t)trace->cpus, sizeof(*cpus));
	__u32 zero = 0;
	int cpu, err = 0;

	if (!cpus)
		return -ENOMEM;
	if (bpf_map_lookup_elem(bpf_map__fd(trace->bpf->maps.timeline_cpus), &zero, cpus))
		err = -errno;
	for (cpu = 0; cpu < trace->cpus && !err; cpu++) {
		union timeline_event event = { .lost = cpus[cpu].lost };

		event.lost.type = TIMELINE_LOST;
		event.lost.cpu = (__u32)cpu;
		if (event.lost.count)
			err = trace->sink.timeline(trace->sink.timeline_context, &event);
	}
	free(cpus);
	return err;
}

int trace__finish_timeline(struct trace *trace, struct failure *failure)
{
	int err = 0;

	if (!trace->timeline)
		return 0;
	do
		err = ring__take(trace, RING_TIMELINE);
	while (err > 0);
	if (!err)
		err = trace__tell_lost(trace);
	return err ? failure__set(failure, err, NULL, NULL, "cannot read single switches") : 0;
}

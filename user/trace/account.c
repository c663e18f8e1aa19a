/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs cost, and what was lost. */
#include <bpf/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/state.h"

static bool program__info(const struct bpf_program *program, struct bpf_prog_info *ret_info)
{
	int fd = bpf_program__fd(program);
	__u32 size = sizeof(*ret_info);

	memset(ret_info, 0, sizeof(*ret_info));
	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, ret_info, &size);
}

static bool program__is_second(const struct bpf_program *program)
{
	int i;

	for (i = 0; i < ALSO_COUNT; i++) {
		if (also_infos[i].again &&
		    !strcmp(also_infos[i].program, bpf_program__name(program)))
			return true;
	}
	return false;
}

/*
 * Of two programs that are there for the same events an event is lost only if both were
 * skipped: that is no more than the smaller number (see AGAIN in probes.def).
 */
static __u64 program__skipped(const struct trace *trace, const struct bpf_program *program,
			      const struct bpf_prog_info *info)
{
	const struct bpf_program *second;
	struct bpf_prog_info again;
	char name[64];

	snprintf(name, sizeof(name), "%s_again", bpf_program__name(program));
	second = bpf_object__find_program_by_name(trace->bpf->obj, name);
	if (!second || !program__info(second, &again) ||
	    again.recursion_misses > info->recursion_misses)
		return info->recursion_misses;
	return again.recursion_misses;
}

void trace__loss(const struct trace *trace, struct trace_loss *ret_loss)
{
	struct bpf_program *program;
	struct bpf_prog_info info;

	memset(ret_loss, 0, sizeof(*ret_loss));
	ret_loss->wire = trace->bpf->bss->loss;
	ret_loss->lifecycle = trace->bpf->bss->lifecycle_loss;
	ret_loss->wakes = trace->bpf->bss->wake_loss;
	ret_loss->timeline = trace->bpf->bss->timeline_lost;
	bpf_object__for_each_program(program, trace->bpf->obj) {
		if (!program__info(program, &info))
			continue;
		if (program == trace->bpf->progs.tlb_flush)
			ret_loss->missed_tlb += info.recursion_misses;
		else if (program == trace->bpf->progs.sched_switch)
			ret_loss->missed_switch += info.recursion_misses;
		else if (program == trace->bpf->progs.inet_sock_set_state)
			ret_loss->lifecycle.edges += info.recursion_misses;
		else if (!program__is_second(program))
			ret_loss->missed_runs += program__skipped(trace, program, &info);
	}
}

__u64 trace__switches(const struct trace *trace)
{
	struct cpu_slot *slots = calloc((size_t)trace->cpus, sizeof(*slots));
	__u64 switches = 0;
	__u32 zero = 0;
	int cpu;

	if (slots && !bpf_map_lookup_elem(bpf_map__fd(trace->bpf->maps.slots), &zero, slots)) {
		for (cpu = 0; cpu < trace->cpus; cpu++)
			switches += slots[cpu].switches;
	}
	free(slots);
	return switches;
}

__u64 trace__timed_switches(const struct trace *trace)
{
	struct bpf_prog_info info;

	return program__info(trace->bpf->progs.sched_switch, &info) ? info.run_cnt : 0;
}

struct run_time trace__run_time(const struct trace *trace)
{
	struct run_time time = { 0 };
	struct bpf_program *program;
	struct bpf_prog_info info;

	bpf_object__for_each_program(program, trace->bpf->obj) {
		switch (program__runs(bpf_program__name(program))) {
		case RUNS_AT_SWITCHES:
			if (program__info(program, &info))
				time.at_switches += info.run_time_ns;
			break;
		case RUNS_AT_EVENTS:
			if (program__info(program, &info))
				time.others += info.run_time_ns;
			break;
		case RUNS_FOR_US:
			break;
		}
	}
	return time;
}

__u64 trace__kernel_bytes(const struct trace *trace)
{
	__u64 bytes = trace__records(trace) * 4096; /* see task.h */
	struct bpf_map *map;

	bpf_object__for_each_map(map, trace->bpf->obj) {
		__u64 entry = bpf_map__value_size(map);

		switch (bpf_map__type(map)) {
		case BPF_MAP_TYPE_PERCPU_ARRAY:
			bytes += entry * bpf_map__max_entries(map) * (__u64)trace->cpus;
			break;
		case BPF_MAP_TYPE_RINGBUF:
			bytes += bpf_map__max_entries(map);
			break;
		case BPF_MAP_TYPE_ARRAY:
			bytes += entry * bpf_map__max_entries(map);
			break;
		default:
			break; /* filled on demand */
		}
	}
	return bytes;
}

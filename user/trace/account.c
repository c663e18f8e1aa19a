/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs cost, and what was lost. */
#include <bpf/bpf.h>
#include <string.h>

#include "trace/state.h"

static bool program__info(const struct trace *trace, enum rung rung, struct bpf_prog_info *ret_info)
{
	int fd = bpf_program__fd(trace__program(trace, rung));
	__u32 size = sizeof(*ret_info);

	memset(ret_info, 0, sizeof(*ret_info));
	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, ret_info, &size);
}

void trace__loss(const struct trace *trace, struct trace_loss *ret_loss)
{
	struct bpf_prog_info info;
	int r;

	memset(ret_loss, 0, sizeof(*ret_loss));
	ret_loss->wire = trace->bpf->bss->loss;
	for (r = 0; r < RUNG_COUNT; r++) {
		if (!program__info(trace, r, &info))
			continue;
		if (r == RUNG_OF_tlb_flush)
			ret_loss->missed_tlb += info.recursion_misses;
		else if (r == RUNG_OF_sched_switch)
			ret_loss->missed_switch += info.recursion_misses;
		else
			ret_loss->missed_runs += info.recursion_misses;
	}
}

__u64 trace__switches(const struct trace *trace)
{
	__u64 switches = 0;
	__u32 zero = 0;
	int cpu;

	if (bpf_map_lookup_elem(bpf_map__fd(trace->bpf->maps.slots), &zero, trace->slots))
		return 0;
	for (cpu = 0; cpu < trace->cpus; cpu++)
		switches += trace->slots[cpu].switches;
	return switches;
}

__u64 trace__run_time(const struct trace *trace)
{
	__u64 ns = 0;
	struct bpf_prog_info info;
	int r;

	for (r = 0; r < RUNG_COUNT; r++) {
		/* the iterators and the cut run for our reading, not for a switch */
		if (rung_infos[r].type == RUNG_ITER || rung_infos[r].type == RUNG_TEST_RUN ||
		    !program__info(trace, r, &info))
			continue;
		ns += info.run_time_ns;
	}
	return ns;
}

__u64 trace__kernel_bytes(const struct trace *trace)
{
	__u64 bytes = trace__records(trace) * 2048; /* see task.h */
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

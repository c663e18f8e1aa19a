/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The switch phase between two bare tracepoints, and nothing else: a second
 * opinion on what tasktoll says a switch costs, sharing no code with it.
 *
 * Only switches to tasks of one name are counted.  Linear buckets of 1 ns.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define MAX_CPUS 1024
#define MAX_NS	 32768
#define COMM	 16

enum bracket_kind { IN_NONE, IN_THREAD, IN_PROCESS, IN_RESUME };

char LICENSE[] SEC("license") = "GPL";

const volatile char comm[COMM];

struct {
	__u64 start_ns;
	__u64 kind;
	__u64 pad[6];
} cpus[MAX_CPUS];

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, (IN_RESUME + 1) * MAX_NS);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

SEC("tp_btf/sched_entry_tp")
int BPF_PROG(entry)
{
	cpus[bpf_get_smp_processor_id() % MAX_CPUS].kind = IN_NONE;
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(out, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	__u32 cpu = bpf_get_smp_processor_id() % MAX_CPUS;
	int i;

	for (i = 0; i < COMM; i++) {
		if (next->comm[i] != comm[i])
			return 0;
		if (!comm[i])
			break;
	}
	if (!next->mm)
		return 0;
	if (next->mm == prev->mm)
		cpus[cpu].kind = IN_THREAD;
	else
		cpus[cpu].kind = next->mm == prev->active_mm ? IN_RESUME : IN_PROCESS;
	cpus[cpu].start_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/sched_exit_tp")
int BPF_PROG(in)
{
	__u64 now = bpf_ktime_get_ns(), ns;
	__u32 cpu = bpf_get_smp_processor_id() % MAX_CPUS;
	__u64 kind = cpus[cpu].kind;
	__u64 *count;
	__u32 key;

	if (kind == IN_NONE)
		return 0;
	cpus[cpu].kind = IN_NONE;
	ns = now - cpus[cpu].start_ns;
	key = kind * MAX_NS + (ns < MAX_NS ? ns : MAX_NS - 1);
	count = bpf_map_lookup_elem(&counts, &key);
	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}

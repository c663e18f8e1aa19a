/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that do nothing, on the hooks that every switch passes: their run
 * time is what the kernel's own bookkeeping of a program reads as.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

SEC("tp_btf/sched_switch")
int BPF_PROG(empty_switch)
{
	return 0;
}

SEC("tp_btf/sched_waking")
int BPF_PROG(empty_waking)
{
	return 0;
}

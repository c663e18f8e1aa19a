/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a CPU counts that it is in an interrupt, for programs that ask (bpf/wake). */
#ifndef TRACE_PREEMPT_COUNT_H
#define TRACE_PREEMPT_COUNT_H

#include <linux/types.h>

struct preempt_count {
	__s64 offset;  /* bytes behind the run queue of its CPU; 0: it is the task's own (arm64) */
	__u32 hardirq; /* its bits that say so of an interrupt or an NMI, and not of a softirq */
};

/* path: a BTF file in place of the kernel's own; NULL.  Returns 0 or a negative errno. */
int preempt_count__find(const char *path, struct preempt_count *ret_count);

#endif

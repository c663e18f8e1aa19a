/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a CPU counts that it is in an interrupt, for programs that ask (bpf/wake). */
#ifndef TRACE_PREEMPT_COUNT_H
#define TRACE_PREEMPT_COUNT_H

#include <linux/types.h>

/*
 * Stores how many bytes it lies behind the run queue of its CPU: 0 where it is the task's own
 * (arm64).  path: a BTF file in place of the kernel's own; NULL.  Returns 0 or a negative errno.
 */
int preempt_count__find(const char *path, __s64 *ret_offset);

#endif

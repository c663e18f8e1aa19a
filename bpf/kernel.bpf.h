/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs from one kernel to the other, though it has the same name. */
#ifndef KERNEL_BPF_H
#define KERNEL_BPF_H

/*
 * int up to 7.2, a byte in 7.3.  A relocated load takes the size that the
 * running kernel has if the field is unsigned in both; so it is unsigned here.
 */
struct task_struct___on_cpu {
	unsigned int on_cpu;
} __attribute__((preserve_access_index));

static __always_inline bool task__is_on_cpu(struct task_struct *task)
{
	return ((struct task_struct___on_cpu *)task)->on_cpu;
}

#endif

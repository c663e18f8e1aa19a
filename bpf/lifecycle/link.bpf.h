/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wakeups by tasks on their way out, while a crash is followed: with the path
 * through the kernel on which they came about, which tells the closing of a pipe
 * from an interrupt that happened to hit.
 */
#ifndef LINK_BPF_H
#define LINK_BPF_H

static __noinline int link__wake(void *ctx, struct task_struct *task, __u64 now)
{
	struct task_struct *waker = bpf_get_current_task_btf();
	struct closed_hint *hint;
	struct lifecycle_event *event;
	bool exiting = waker->flags & PF_EXITING, told;
	__u32 zero = 0;
	long n;

	if (!task || BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return 0;
	hint = bpf_map_lookup_elem(&closed_hints, &zero);
	told = hint && now < hint->until_ns;
	if (!told && (!exiting || waker->tgid == BPF_CORE_READ(task, tgid)))
		return 0;
	event = lifecycle__reserve(LIFECYCLE_WAKE, LIFE_SIZE(wake));
	if (!event)
		return 0;
	task_id__fill(&event->task_id, waker);
	task_id__fill(&event->wake.other, task);
	event->wake.via = told ? CLOSED_TCP : CLOSED_NOTHING;
	event->wake.closer = told ? hint->closer.tgid : 0;
	event->wake.closer_ns = told ? hint->closer.leader_ns : 0;
	n = bpf_get_stack(ctx, event->wake.frames, sizeof(event->wake.frames), 0);
	event->wake.count = n > 0 ? (__u32)n / 8 : 0;
	lifecycle__submit(event, false);
	return 0;
}

#endif

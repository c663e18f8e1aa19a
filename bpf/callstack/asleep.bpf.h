/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks of tasks that had left their CPU before anybody looked: from a task iterator that may
 * sleep, for the user part lies in the memory of another process, and may have to be brought in.
 * What a task is on is paid on such a stack until it leaves a CPU by itself.
 */
#ifndef ASLEEP_BPF_H
#define ASLEEP_BPF_H

#define ASLEEP_TRIES 3

/* One after the other: there is one iterator, and who reads it. */
struct asleep {
	__u64 event[(sizeof(struct stack_event) + STACK_EVENT_MOST) / 8];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct asleep);
} asleep_room SEC(".maps");

/* Whose memory is being read, and whose is not to be read again: that took too long. */
volatile __u32 asleep_reading;
volatile __u32 asleep_slow[ASLEEP_SLOW];

static __always_inline bool asleep__may_read(struct task_struct *task)
{
	__u32 i;

	for (i = 0; i < ASLEEP_SLOW; i++) {
		if (asleep_slow[i] == (__u32)task->tgid)
			return false;
	}
	return true;
}

/*
 * In a function of its own, so that its offset is part of the load: where the compiler takes the
 * offset out of a loop, the load keeps the width of Linux 6.18, and the member is narrower in 7.3.
 */
static __noinline bool asleep__is_on_cpu(struct task_struct *task)
{
	return task__is_on_cpu(task);
}

static __always_inline __u64 task__switches(struct task_struct *task)
{
	return *(volatile unsigned long *)&task->nvcsw + *(volatile unsigned long *)&task->nivcsw;
}

/* From the stack pointer up, in chunks, as far as it is there. */
static __always_inline void asleep__copy(struct asleep *asleep, struct task_struct *task, __u64 sp)
{
	struct stack_event *stack_event = (void *)asleep;
	__u32 i;

	sp &= ~(STACK_EVENT_CHUNK - 1ULL);
	stack_event->stack_at = sp;
	for (i = 0; i < STACK_EVENT_MOST / STACK_EVENT_CHUNK; i++) {
		if (bpf_copy_from_user_task(stack_event->stack + i * STACK_EVENT_CHUNK,
					    STACK_EVENT_CHUNK, (void *)(sp + i * STACK_EVENT_CHUNK),
					    task, 0))
			break;
		stack_event->stack_size = (i + 1) * STACK_EVENT_CHUNK;
	}
	stack_event->stack_there = ~0ULL;
	stack_event->stack_all = stack_event->stack_size < STACK_EVENT_MOST;
}

static __always_inline void asleep__fill_user(struct asleep *asleep, struct task_struct *task)
{
	struct stack_event *stack_event = (void *)asleep;
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);

	stack_event->ip = TASK_IP(regs);
	stack_event->narrow = !!TASK_IS_32(regs);
	stack_event->space = task__space(task);
	stack_event->once = 1;
	stack_event->unwind = STACK_EVENT_UNWIND_PARTIAL;
	regs__read(stack_event->regs, regs);
	if (!asleep__may_read(task))
		return;
	asleep_reading = task->tgid;
	asleep__copy(asleep, task, REGS_SP(stack_event->regs));
	asleep_reading = 0;
}

/* false: it came onto a CPU meanwhile. */
static __always_inline bool asleep__read(struct asleep *asleep, struct task_struct *task)
{
	struct stack_event *stack_event = (void *)asleep;
	__u64 switches = task__switches(task);
	long n;

	if (asleep__is_on_cpu(task))
		return false;
	n = bpf_get_task_stack(task, stack_event->kernel, sizeof(stack_event->kernel), 0);
	stack_event->kernel_count = n > 0 ? (__u32)n / 8 : 0;
	stack_event->type = STACK_EVENT_STACK;
	stack_event->hook = STACK_EVENT_SWITCH;
	stack_event->now_ns = bpf_ktime_get_ns();
	stack_event->exec_id = task->self_exec_id;
	task_id__fill(&stack_event->task_id, task);
	stack_event->unwind = STACK_EVENT_UNWIND_NONE;
	stack_event->resumed = stack_event->links = 0;
	stack_event->once = stack_event->user_count = stack_event->unwound_count = 0;
	stack_event->stack_size = stack_event->stack_all = 0;
	stack_event->stack_at = stack_event->stack_there = 0;
	if (task->mm && !(task->flags & PF_KTHREAD))
		asleep__fill_user(asleep, task);
	return !asleep__is_on_cpu(task) && task__switches(task) == switches;
}

/* false: there is no room for it. */
static __always_inline bool asleep__send(struct asleep *asleep)
{
	const struct stack_event *stack_event = (void *)asleep;
	__u64 size = stack_event->unwind == STACK_EVENT_UNWIND_NONE ?
			     STACK_EVENT_HEAD :
			     sizeof(*stack_event) + stack_event->stack_size;

	if (bpf_ringbuf_query(&stack_events, BPF_RB_AVAIL_DATA) + stack_events_waiting >
	    STACK_EVENTS_ASLEEP)
		return false;
	barrier_var(size);
	if (size > sizeof(*asleep)) /* cannot be, and the verifier is to know it */
		return false;
	return !bpf_ringbuf_output(&stack_events, asleep, size, BPF_RB_FORCE_WAKEUP);
}

static __always_inline void asleep__take(struct task_struct *task)
{
	struct task_rec *rec = rec__get(task);
	struct asleep *asleep;
	__u32 zero = 0, i;
	__u64 id;

	if (!rec || rec->stack != STACK_PAST || asleep__is_on_cpu(task))
		return;
	asleep = bpf_map_lookup_elem(&asleep_room, &zero);
	if (!asleep)
		return;
	for (i = 0; i < ASLEEP_TRIES; i++) {
		if (asleep__read(asleep, task))
			break;
	}
	if (i == ASLEEP_TRIES) /* it runs, and will tell its stack by itself */
		return;
	id = mix(mix(((struct stack_event *)asleep)->now_ns, task->pid), rec->id) | 1ULL << 63;
	((struct stack_event *)asleep)->id = id;
	if (asleep__send(asleep))
		__sync_val_compare_and_swap(&rec->stack, STACK_PAST, id);
	else
		stack_event_loss.asleep++;
}

#endif

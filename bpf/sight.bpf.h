/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks at switches, wakeups and creations.
 *
 * Walking a stack is what such tools spend most of their time on: two microseconds for a
 * kernel stack, one for a user stack.  So the kernel stack is walked by steps
 * that have been learned (how far above one return address the next one lies),
 * with the kernel's own unwinder where they have not; and of the user stack
 * only what tells it from others is looked at.  All is walked in full, and sent,
 * when a stack is new.
 *
 * What goes through a stack is not static, so that it is verified once, and not on
 * each path that leads to it.  Such a function takes no context: only the call of the
 * unwinder is left to those that have one.
 */
#ifndef SIGHT_BPF_H
#define SIGHT_BPF_H

#define KNOWN_BUCKETS	  65536
#define KNOWN_WAYS	  4
#define CHECK_EVERY	  1024
#define ADDR_NO_RANDOMIZE 0x0040000
#define SIGHTS_WAKE	  (2 << 20)

struct known_bucket {
	__u64 id[KNOWN_WAYS];
};

/* Numbers of stacks that user space has been told of.  One that is pushed out is told again. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, KNOWN_BUCKETS);
	__type(key, __u32);
	__type(value, struct known_bucket);
} known SEC(".maps");

static __always_inline bool known__has(__u64 id)
{
	__u32 key = id & (KNOWN_BUCKETS - 1);
	struct known_bucket *bucket = bpf_map_lookup_elem(&known, &key);
	int i;

	if (!bucket)
		return true;
	for (i = 0; i < KNOWN_WAYS; i++) {
		if (bucket->id[i] == id)
			return true;
	}
	return false;
}

static __always_inline void known__add(__u64 id)
{
	__u32 key = id & (KNOWN_BUCKETS - 1);
	struct known_bucket *bucket = bpf_map_lookup_elem(&known, &key);
	int i;

	if (!bucket)
		return;
	for (i = 0; i < KNOWN_WAYS; i++) {
		if (!bucket->id[i]) {
			bucket->id[i] = id;
			return;
		}
	}
	bucket->id[(id >> 32) & (KNOWN_WAYS - 1)] = id;
}

static __always_inline __u64 sights__flags(void)
{
	return bpf_ringbuf_query(&sights, BPF_RB_AVAIL_DATA) > SIGHTS_WAKE ? BPF_RB_FORCE_WAKEUP :
									     BPF_RB_NO_WAKEUP;
}

/* Frames, registers and the top of the user stack.  bytes is constant. */
static __always_inline bool sight__fill(struct sight *sight, __u64 id, __u32 hook,
					struct task_struct *task, bool interrupt, __u32 bytes)
{
	__u64 sp;
	long n;

	sight->type = SIGHT_STACK;
	sight->hook = hook;
	sight->id = id;
	sight->now_ns = bpf_ktime_get_ns();
	sight->exec_id = task->self_exec_id;
	who__fill(&sight->who, task);
	sight->interrupt = interrupt;
	sight->user_count = sight->reg_count = sight->stack_size = 0;
	if (interrupt || !task->mm)
		return true;
	n = bpf_get_task_stack(task, sight->user, sizeof(sight->user), BPF_F_USER_STACK);
	sight->user_count = n > 0 ? (__u32)n / 8 : 0;
	regs__read(sight->regs, (void *)bpf_task_pt_regs(task));
	sight->reg_count = STACK_REG_COUNT;
	sp = REGS_SP(sight->regs);
	sight->stack_at = sp;
	/* near its upper end there are fewer bytes than asked for */
	if (!bpf_probe_read_user(sight->stack, bytes, (void *)sp))
		sight->stack_size = bytes;
	else if (!bpf_probe_read_user(sight->stack, SIGHT_SHORT, (void *)sp))
		sight->stack_size = SIGHT_SHORT;
	else if (!bpf_probe_read_user(sight->stack, 256, (void *)sp))
		sight->stack_size = 256;
	return true;
}

/* A program's functions cannot share a reservation of two sizes. */
#define SIGHT__SEND(bytes)                                                                         \
	({                                                                                         \
		struct sight *__sight = bpf_ringbuf_reserve(&sights, sizeof(*__sight) + bytes, 0); \
                                                                                                   \
		if (__sight) {                                                                     \
			sight__fill(__sight, id, hook, task, interrupt, bytes);                    \
			__sight->kernel_count = s->kernel_count;                                   \
			bpf_probe_read_kernel(__sight->kernel, sizeof(__sight->kernel),            \
					      s->kernel);                                          \
			bpf_ringbuf_submit(__sight, sights__flags());                              \
		}                                                                                  \
		__sight != NULL;                                                                   \
	})

__noinline int sight__send(struct sight_scratch *s, __u64 id, __u32 hook, bool interrupt)
{
	struct task_struct *task = bpf_get_current_task_btf();
	bool sent;

	if (!s)
		return 0;
	/* where there are frame pointers the rest can be followed */
	if (interrupt || !task->mm || s->walk.found)
		sent = SIGHT__SEND(SIGHT_SHORT);
	else
		sent = SIGHT__SEND(SIGHT_LONG);
	if (sent)
		known__add(id);
	else
		__sync_fetch_and_add(&sight_loss.stacks, 1);
	return 0;
}

/*
 * Bytes of the kernel stack from a program's context, which lies on the stack that it
 * runs on, up to its upper end.
 */
static __always_inline __u64 stack__depth(void *ctx)
{
	return (__u64)bpf_task_pt_regs(bpf_get_current_task_btf()) - (__u64)ctx;
}

/* Where the context is not on the task's own stack, an interrupt is what runs. */
static __always_inline bool depth__is_interrupt(struct sight_scratch *s, __u64 depth,
						struct task_struct *task)
{
	return depth > *(volatile __u64 *)&s->top - (__u64)task->stack;
}

/*
 * Addresses mean something in one address space only, and in those that were forked from
 * it: they share where the kernel has put it at random.  Without that, it is the process
 * that tells them apart.
 */
static __always_inline __u64 task__space(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	__u64 space;

	if (!mm)
		return 0;
	space = mm->start_code ^ mm->mmap_base << 8 ^ mm->start_stack << 16 ^
		(__u64)BPF_CORE_READ(mm, exe_file);
	if (task->personality & ADDR_NO_RANDOMIZE)
		space ^= task->group_leader->start_boottime ^ (__u64)task->self_exec_id << 56;
	return space;
}

/* From the hash of its kernel part to the number of a stack; a new one is told to user space. */
static __always_inline __u64 stack__number(struct sight_scratch *s, __u64 id, __u32 hook,
					   bool interrupt)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!interrupt && task->mm)
		id = mix(id ^ task__space(task), user__hash(s));
	if (hook == SIGHT_WAKER && !interrupt) /* the waker's name belongs to it */
		id = mix(mix(id, *(__u64 *)task->comm), *(__u64 *)(task->comm + 8));
	id = mix(id, hook == SIGHT_WAKER) | 1ULL << 63;
	if (!known__has(id))
		sight__send(s, id, hook, interrupt);
	return id;
}

/*
 * By steps: the number; or 0, if the unwinder is to be called.  Now and then it is
 * for what was stepped, too: by that we know that it is right.
 */
__noinline __u64 stack__by_steps(__u64 depth, __u32 hook)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct sight_scratch *s = scratch__get(hook);
	__u64 h;

	if (!s)
		return STACK_LOST;
	*(volatile __u64 *)&s->top = (__u64)bpf_task_pt_regs(task); /* read back, it is a number */
	s->stepped = 0;
	s->interrupt = hook == SIGHT_WAKER && depth__is_interrupt(s, depth, task);
	kernel__read(s, *(volatile __u64 *)&s->top - depth, depth);
	h = s->words ? kernel__step(s, hook) : 0;
	if (!h)
		return 0;
	if (++s->since_check < CHECK_EVERY)
		return stack__number(s, h, hook, s->interrupt);
	s->since_check = 0;
	s->stepped = h;
	return 0;
}

/* By what the unwinder has left in the scratch. */
__noinline __u64 stack__by_unwinder(__u32 hook)
{
	struct sight_scratch *s = scratch__get(hook);
	__u64 h;

	if (!s)
		return STACK_LOST;
	__sync_fetch_and_add(&sight_loss.unwound, 1);
	h = kernel__hash(s, hook);
	if (s->stepped) {
		__sync_fetch_and_add(&sight_loss.checked, 1);
		if (s->stepped != h) {
			__sync_fetch_and_add(&sight_loss.misread, 1);
			s->lesson_ns = 0;
			kernel__teach(s, hook, true);
		}
	} else {
		kernel__teach(s, hook, false);
	}
	return stack__number(s, h, hook, s->interrupt);
}

/* The number of the stack of the current task. */
static __always_inline __u64 stack__id(void *ctx, __u32 hook)
{
	__u64 id = stack__by_steps(stack__depth(ctx), hook);
	struct sight_scratch *s;
	long n;

	if (id)
		return id;
	s = scratch__get(hook);
	if (!s)
		return STACK_LOST;
	n = bpf_get_stack(ctx, s->kernel, sizeof(s->kernel), 0);
	s->kernel_count = n > 0 ? (__u32)n / 8 : 0;
	return stack__by_unwinder(hook);
}

#endif

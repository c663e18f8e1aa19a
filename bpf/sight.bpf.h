/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks at switches, wakeups and creations.
 *
 * Walking a stack is what such tools spend most of their time on: two microseconds for a
 * kernel stack, one for a user stack.  So the kernel stack is walked by steps
 * that have been learned (how far above one return address the next one lies),
 * with the kernel's own unwinder where they have not; and the user stack by rules
 * that user space has learned from it.  Its bytes are sent when a stack is new, or when
 * a rule is missing: then nothing but the bytes tells it from others, and it has a number
 * of its own, as long as there is room for so many.
 *
 * What goes through a stack is not static, so that it is verified once, and not on
 * each path that leads to it.  Such a function takes no context: only the call of the
 * unwinder is left to those that have one.
 */
#ifndef SIGHT_BPF_H
#define SIGHT_BPF_H

#define CHECK_EVERY  1024
#define SIGHTS_WAKE  (2 << 20)
#define SIGHTS_SOON  (32 << 10)
#define SIGHTS_SPARE (6 << 20) /* of them, at most, while others may have to be sent */
#define MAIN_STACK   (1 << 23) /* bytes below its upper end are the first thread's */

/* Stacks that may still be sent because a rule was missing; user space adds to it. */
volatile __s64 sights_once;

/*
 * Numbers of stacks that user space has been told of.  One that is pushed out, or that user
 * space takes out, is told again.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
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

/* once: the sooner its rule is learned, the fewer of them there are. */
static __always_inline __u64 sights__flags(bool once)
{
	__u64 enough = once ? SIGHTS_SOON : SIGHTS_WAKE;

	return bpf_ringbuf_query(&sights, BPF_RB_AVAIL_DATA) > enough ? BPF_RB_FORCE_WAKEUP :
									BPF_RB_NO_WAKEUP;
}

/*
 * From the stack pointer up: as much as there is, or fits.  A chunk lies in one page, and
 * pages in between that nobody has touched are not there.  bytes is constant.
 */
static __always_inline void sight__copy(struct sight *sight, __u64 sp, __u32 bytes)
{
	__u64 there = 0;
	__u32 i;

	sp &= ~(SIGHT_CHUNK - 1ULL);
	sight->stack_at = sp;
	for (i = 0; i < bytes / SIGHT_CHUNK; i++) {
		if (bpf_probe_read_user(sight->stack + i * SIGHT_CHUNK, SIGHT_CHUNK,
					(void *)(sp + i * SIGHT_CHUNK)))
			continue; /* what it has not written counts for nothing */
		sight->stack_size = (i + 1) * SIGHT_CHUNK;
		there |= 1ULL << i;
	}
	sight->stack_there = there;
	sight->stack_all = sight->stack_size < bytes;
}

/* What is known of it by now; the rest of a stack that its rules do not explain follows. */
static __always_inline void sight__fill(struct sight *sight, struct sight_scratch *s, __u64 id,
					__u32 hook, struct task_struct *task, bool interrupt)
{
	bool user = !interrupt && task->mm;

	sight->type = SIGHT_STACK;
	sight->hook = hook;
	sight->id = id;
	sight->now_ns = bpf_ktime_get_ns();
	sight->exec_id = task->self_exec_id;
	who__fill(&sight->who, task);
	sight->interrupt = interrupt;
	sight->user_count = sight->stack_size = sight->stack_all = 0;
	sight->stack_at = sight->stack_there = 0;
	sight->ip = s->walk.ip;
	sight->narrow = s->walk.narrow;
	sight->links = user && !s->once && s->walk.state != SIGHT_WALK_WHOLE ? s->walk.links : 0;
	sight->code = s->walk.code;
	sight->code_size = s->walk.code_size;
	sight->space = s->walk.space;
	sight->walk = user ? s->walk.state : SIGHT_WALK_NONE;
	sight->once = user && s->once;
	sight->walked_count = user ? s->walk.count : 0;
	sight->kernel_count = s->kernel_count;
	bpf_probe_read_kernel(sight->kernel, sizeof(sight->kernel), s->kernel);
	bpf_probe_read_kernel(sight->walked, sizeof(sight->walked), s->walk.addresses);
}

/* Frames by frame pointers, registers and the top of the user stack.  bytes is constant. */
static __always_inline void sight__fill_user(struct sight *sight, struct task_struct *task,
					     __u32 bytes)
{
	long n = bpf_get_task_stack(task, sight->user, sizeof(sight->user), BPF_F_USER_STACK);

	sight->user_count = n > 0 ? (__u32)n / 8 : 0;
	regs__read(sight->regs, (void *)bpf_task_pt_regs(task));
	sight__copy(sight, REGS_SP(sight->regs), bytes);
}

/* A program's functions cannot share a reservation of two sizes. */
#define SIGHT__SEND(bytes)                                                                         \
	({                                                                                         \
		struct sight *__sight =                                                            \
			bpf_ringbuf_reserve(&sights,                                               \
					    bytes ? sizeof(*__sight) + bytes : SIGHT_HEAD, 0);     \
                                                                                                   \
		if (__sight) {                                                                     \
			sight__fill(__sight, s, id, hook, task, interrupt);                        \
			if (bytes)                                                                 \
				sight__fill_user(__sight, task, bytes);                            \
			bpf_ringbuf_submit(__sight, sights__flags(s->once));                       \
		}                                                                                  \
		__sight != NULL;                                                                   \
	})

/* How much of the stack is to be copied: a guess where its upper end is not known; 0: none. */
static __always_inline __u64 stack__bytes(struct sight_scratch *s, struct task_struct *task)
{
	__u64 from = s->walk.begin & ~(SIGHT_CHUNK - 1ULL), bytes = task->mm->start_stack - from;

	if (s->walk.state == SIGHT_WALK_WHOLE)
		return 0;
	if (!s->once) /* what its number is made of lies there, or is in the chain */
		return SIGHT_SHORT;
	return bytes && bytes < MAIN_STACK ? bytes : SIGHT_LONG;
}

__noinline int sight__send(struct sight_scratch *s, __u64 id, __u32 hook, bool interrupt)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 bytes;
	bool sent;

	if (!s)
		return 0;
	bytes = interrupt || !task->mm ? 0 : stack__bytes(s, task);
	if (!bytes)
		sent = SIGHT__SEND(0);
	else if (bytes <= SIGHT_SHORT)
		sent = SIGHT__SEND(SIGHT_SHORT);
	else if (bytes <= SIGHT_LONG)
		sent = SIGHT__SEND(SIGHT_LONG);
	else
		sent = SIGHT__SEND(SIGHT_DEEP);
	if (sent && !s->once)
		known__add(id);
	else if (!sent)
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

static __always_inline bool sights__have_room(void)
{
	return sights_once > 0 && __sync_fetch_and_add(&sights_once, -1) > 0 &&
	       bpf_ringbuf_query(&sights, BPF_RB_AVAIL_DATA) < SIGHTS_SPARE;
}

/* From the hash of its kernel part to the number of a stack; a new one is told to user space. */
static __always_inline __u64 stack__number(struct sight_scratch *s, __u64 id, __u32 hook,
					   bool interrupt)
{
	struct task_struct *task = bpf_get_current_task_btf();

	s->once = 0;
	if (!interrupt && task->mm) {
		id = mix(mix(id, user__hash(s)), s->walk.state);
		if (s->walk.state == SIGHT_WALK_PARTIAL && sights__have_room()) {
			s->once = 1;
			id = mix(id, bpf_ktime_get_ns() << 8 ^ bpf_get_smp_processor_id());
		} else if (s->walk.state != SIGHT_WALK_WHOLE) {
			id = mix(id, user__scan(s));
		}
	}
	if (hook == SIGHT_WAKER && !interrupt) /* the waker's name belongs to it */
		id = mix(mix(id, *(__u64 *)task->comm), *(__u64 *)(task->comm + 8));
	id = mix(id, hook == SIGHT_WAKER) | 1ULL << 63;
	if (s->once || !known__has(id))
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

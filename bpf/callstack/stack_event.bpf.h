/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks at switches, wakeups and creations.
 *
 * Unwinding a stack is what such tools spend most of their time on: two microseconds for a
 * kernel stack, one for a user stack.  So the kernel stack is unwound by frame sizes
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
#ifndef STACK_EVENT_BPF_H
#define STACK_EVENT_BPF_H

#define CHECK_EVERY	    1024
#define STACK_EVENTS_WAKE   (2 << 20)
#define STACK_EVENTS_SOON   (32 << 10)
#define STACK_EVENTS_ASLEEP (32 << 20) /* of those that slept before, what happens has the rest */
#define STACK_EVENTS_SPARE  (6 << 20)  /* of them, at most, while others may have to be sent */
#define STACK_EVENTS_IDLE   (3 << 20)  /* of them, while there is room for large ones */
#define MAIN_STACK	    (1 << 23)  /* bytes below its upper end are the first thread's */

/* Stacks that may still be sent because a rule was missing; user space adds to it. */
volatile __s64 stack_events_once;
volatile __u64
	stack_events_waiting; /* bytes of them, that user space has taken and not looked at */

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
static __always_inline __u64 stack_events__flags(bool once)
{
	__u64 enough = once ? STACK_EVENTS_SOON : STACK_EVENTS_WAKE;

	return bpf_ringbuf_query(&stack_events, BPF_RB_AVAIL_DATA) > enough ? BPF_RB_FORCE_WAKEUP :
									      BPF_RB_NO_WAKEUP;
}

/*
 * From the stack pointer up: as much as there is, or fits.  A chunk lies in one page, and
 * pages in between that nobody has touched are not there.  above: how much of a stack there is,
 * if that is known, or 0.  bytes is constant.
 */
static __always_inline void stack_event__copy(struct stack_event *stack_event, __u64 sp,
					      __u64 above, __u32 bytes)
{
	__u64 there = 0;
	__u32 i;

	sp &= ~(STACK_EVENT_CHUNK - 1ULL);
	stack_event->stack_at = sp;
	for (i = 0; i < bytes / STACK_EVENT_CHUNK; i++) {
		if (bpf_probe_read_user(stack_event->stack + i * STACK_EVENT_CHUNK,
					STACK_EVENT_CHUNK, (void *)(sp + i * STACK_EVENT_CHUNK)))
			continue; /* what it has not written counts for nothing */
		stack_event->stack_size = (i + 1) * STACK_EVENT_CHUNK;
		there |= 1ULL << i;
	}
	stack_event->stack_there = there;
	stack_event->stack_all = above ? above <= bytes : stack_event->stack_size < bytes;
}

/* What is known of it by now; the rest of a stack that its rules do not explain follows. */
static __always_inline void stack_event__fill(struct stack_event *stack_event,
					      struct stack_event_scratch *s, __u64 id, __u32 hook,
					      struct task_struct *task, bool interrupt)
{
	bool user = !interrupt && task->mm;

	stack_event->type = STACK_EVENT_STACK;
	stack_event->hook = hook;
	stack_event->id = id;
	stack_event->now_ns = bpf_ktime_get_ns();
	stack_event->exec_id = task->self_exec_id;
	task_id__fill(&stack_event->task_id, task);
	stack_event->interrupt = interrupt;
	stack_event->user_count = stack_event->stack_size = stack_event->stack_all = 0;
	stack_event->stack_at = stack_event->stack_there = 0;
	stack_event->ip = s->unwind.ip;
	stack_event->narrow = s->unwind.narrow;
	stack_event->resumed = user && s->unwind.resumes;
	stack_event->links = user && !s->once && !s->unwind.resumes &&
					     s->unwind.state != STACK_EVENT_UNWIND_WHOLE ?
				     s->unwind.links :
				     0;
	stack_event->code = s->unwind.code;
	stack_event->code_size = s->unwind.code_size;
	stack_event->space = s->unwind.space;
	stack_event->unwind = user ? s->unwind.state : STACK_EVENT_UNWIND_NONE;
	stack_event->once = user && s->once;
	stack_event->unwound_count = user ? s->unwind.count : 0;
	stack_event->kernel_count = s->kernel_count;
	bpf_probe_read_kernel(stack_event->kernel, sizeof(stack_event->kernel), s->kernel);
	bpf_probe_read_kernel(stack_event->unwound, sizeof(stack_event->unwound),
			      s->unwind.addresses);
}

/* Of the frame whose rule is missing: what lies below is known, and may be more than is copied. */
static __always_inline void stack_event__resume(struct stack_event *stack_event,
						struct stack_event_scratch *s, __u32 bytes)
{
	__builtin_memset(stack_event->regs, 0, sizeof(stack_event->regs));
	REGS_IP(stack_event->regs) = s->unwind.pc;
	REGS_SP(stack_event->regs) = s->unwind.stop_sp;
	REGS_FP(stack_event->regs) = s->unwind.stop_fp;
	stack_event__copy(stack_event, s->unwind.stop_sp, s->unwind.above, bytes);
}

/* Frames by frame pointers, registers and the top of the user stack.  bytes is constant. */
static __always_inline void stack_event__fill_user(struct stack_event *stack_event,
						   struct stack_event_scratch *s,
						   struct task_struct *task, __u32 bytes)
{
	long n;

	if (s->unwind.resumes) {
		stack_event__resume(stack_event, s, bytes);
		return;
	}
	n = bpf_get_task_stack(task, stack_event->user, sizeof(stack_event->user),
			       BPF_F_USER_STACK);
	stack_event->user_count = n > 0 ? (__u32)n / 8 : 0;
	regs__read(stack_event->regs, (void *)bpf_task_pt_regs(task));
	stack_event__copy(stack_event, REGS_SP(stack_event->regs), s->unwind.above, bytes);
}

_Static_assert(STACK_EVENT_FAR / STACK_EVENT_CHUNK <= 64, "each chunk has a bit of stack_there");

/* A program's functions cannot share a reservation of two sizes. */
#define STACK_EVENT__SEND(bytes)                                                                   \
	({                                                                                         \
		struct stack_event *__stack_event =                                                \
			bpf_ringbuf_reserve(&stack_events,                                         \
					    bytes ? sizeof(*__stack_event) + bytes :               \
						    STACK_EVENT_HEAD,                              \
					    0);                                                    \
                                                                                                   \
		if (__stack_event) {                                                               \
			stack_event__fill(__stack_event, s, id, hook, task, interrupt);            \
			if (bytes)                                                                 \
				stack_event__fill_user(__stack_event, s, task, bytes);             \
			bpf_ringbuf_submit(__stack_event, stack_events__flags(s->once));           \
		}                                                                                  \
		__stack_event != NULL;                                                             \
	})

/* There is room in the ring and behind it for large ones, too. */
static __always_inline bool stack_events__leave_room(void)
{
	return bpf_ringbuf_query(&stack_events, BPF_RB_AVAIL_DATA) + stack_events_waiting <
	       STACK_EVENTS_IDLE;
}

/*
 * Bytes from there to the upper end of the stack; 0: not known.  The first thread's ends where the
 * program was started.  On top of another's lies what C libraries keep of a thread; and where that
 * lies elsewhere, the stack of a coroutine below it does not reach there, either.
 */
static __always_inline __u64 stack__above(struct task_struct *task, __u64 from)
{
	__u64 first = task->mm->start_stack - from, other = TASK_SELF(task) - from;

	if (first < MAIN_STACK)
		return first;
	return other < MAIN_STACK ? other : 0;
}

/* How much of the stack is to be copied, at most; 0: none. */
static __always_inline __u64 stack__bytes(struct stack_event_scratch *s, struct task_struct *task)
{
	__u64 from = s->unwind.resumes ? s->unwind.stop_sp : s->unwind.begin, above, most;

	if (s->unwind.state == STACK_EVENT_UNWIND_WHOLE)
		return 0;
	from &= ~(STACK_EVENT_CHUNK - 1ULL);
	above = s->unwind.above = stack__above(task, from);
	if (!s->once) /* what its number is made of lies there, or is in the chain */
		return STACK_EVENT_SHORT;
	most = task->mm->start_stack - from < MAIN_STACK ? STACK_EVENT_DEEP : STACK_EVENT_LONG;
	if (stack_events__leave_room()) {
		if (stack_events_once > STACK_EVENTS_ONCE - STACK_EVENTS_FEW)
			most = STACK_EVENT_FAR;
		else if (above && most < STACK_EVENT_THREAD)
			most = STACK_EVENT_THREAD;
	}
	if (!above)
		above = STACK_EVENT_DEEP; /* a guess */
	return above < most ? above : most;
}

__noinline int stack_event__send(struct stack_event_scratch *s, __u64 id, __u32 hook,
				 bool interrupt)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 bytes;
	bool sent;

	if (!s)
		return 0;
	bytes = interrupt || !task->mm ? 0 : stack__bytes(s, task);
	if (cfg_pythons && !interrupt && task->mm && !python__send(id, hook))
		sent = false;
	else if (!bytes)
		sent = STACK_EVENT__SEND(0);
	else if (bytes <= STACK_EVENT_SHORT)
		sent = STACK_EVENT__SEND(STACK_EVENT_SHORT);
	else if (bytes <= STACK_EVENT_LONG)
		sent = STACK_EVENT__SEND(STACK_EVENT_LONG);
	else if (bytes <= STACK_EVENT_THREAD)
		sent = STACK_EVENT__SEND(STACK_EVENT_THREAD);
	else if (bytes <= STACK_EVENT_DEEP)
		sent = STACK_EVENT__SEND(STACK_EVENT_DEEP);
	else
		sent = STACK_EVENT__SEND(STACK_EVENT_FAR);
	if (sent && !s->once)
		known__add(id);
	else if (!sent)
		__sync_fetch_and_add(&stack_event_loss.stacks, 1);
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
static __always_inline bool depth__is_interrupt(struct stack_event_scratch *s, __u64 depth,
						struct task_struct *task)
{
	return depth > *(volatile __u64 *)&s->top - (__u64)task->stack;
}

static __always_inline bool stack_events__have_room(void)
{
	return stack_events_once > 0 && __sync_fetch_and_add(&stack_events_once, -1) > 0 &&
	       bpf_ringbuf_query(&stack_events, BPF_RB_AVAIL_DATA) + stack_events_waiting <
		       STACK_EVENTS_SPARE;
}

/* From the hash of its kernel part to the number of a stack; a new one is told to user space. */
static __always_inline __u64 stack__number(struct stack_event_scratch *s, __u64 id, __u32 hook,
					   bool interrupt)
{
	struct task_struct *task = bpf_get_current_task_btf();

	s->once = 0;
	if (!interrupt && task->mm) {
		id = mix(mix(id, user__hash(s)), s->unwind.state);
		if (cfg_pythons)
			id = python__mix(id, s->unwind.space, hook);
		if (s->unwind.state == STACK_EVENT_UNWIND_PARTIAL && stack_events__have_room()) {
			s->once = 1;
			id = mix(id, bpf_ktime_get_ns() << 8 ^ bpf_get_smp_processor_id());
		} else if (s->unwind.state != STACK_EVENT_UNWIND_WHOLE) {
			id = mix(id, user__scan(s));
		}
	}
	if (hook == STACK_EVENT_WAKER && !interrupt) /* the waker's name belongs to it */
		id = mix(mix(id, *(__u64 *)task->comm), *(__u64 *)(task->comm + 8));
	id = mix(id, hook == STACK_EVENT_WAKER) | 1ULL << 63;
	if (s->once || !known__has(id))
		stack_event__send(s, id, hook, interrupt);
	return id;
}

/*
 * By frame sizes: the number; or 0, if the unwinder is to be called.  Now and then it is
 * for what was stepped, too: by that we know that it is right.
 */
__noinline __u64 stack__by_frame_sizes(__u64 depth, __u32 hook)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct stack_event_scratch *s = scratch__get(hook);
	__u64 h;

	if (!s)
		return STACK_LOST;
	*(volatile __u64 *)&s->top = (__u64)bpf_task_pt_regs(task); /* read back, it is a number */
	s->stepped = 0;
	s->interrupt = hook == STACK_EVENT_WAKER && depth__is_interrupt(s, depth, task);
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
	struct stack_event_scratch *s = scratch__get(hook);
	__u64 h;

	if (!s)
		return STACK_LOST;
	__sync_fetch_and_add(&stack_event_loss.unwound, 1);
	h = kernel__hash(s, hook);
	if (s->stepped) {
		__sync_fetch_and_add(&stack_event_loss.checked, 1);
		if (s->stepped != h) {
			__sync_fetch_and_add(&stack_event_loss.misread, 1);
			s->layout_ns = 0;
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
	__u64 id = stack__by_frame_sizes(stack__depth(ctx), hook);
	struct stack_event_scratch *s;
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

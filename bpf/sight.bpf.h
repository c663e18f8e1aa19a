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

#define USER_WORDS	  64
#define USER_NEAR	  0x100000 /* bytes around the instruction pointer that are its library */
#define KNOWN_BUCKETS	  65536
#define KNOWN_WAYS	  4
#define USER_FRAME	  (1 << 26) /* bytes from one frame to the next, at most */
#define CHECK_EVERY	  1024
#define ADDR_NO_RANDOMIZE 0x0040000
#define SIGHTS_WAKE	  (2 << 20)

/* In memory and not in registers: each value of one would be verified on its own. */
struct user_walk {
	__u64 h, ip, sp, fp;
	__u64 code, code_size; /* of the program */
	__u64 found;	       /* fp points to a frame */
};

struct sight_scratch {
	__u64 raw[SIGHT_RAW];
	__u64 user[USER_WORDS];
	__u64 kernel[SIGHT_KERNEL];
	__u64 lesson_ns; /* the last one was sent */
	__u64 top;	 /* of the kernel stack: where the registers of user space lie */
	struct user_walk walk;
	__u32 kernel_count;
	__u32 words;
	__u32 since_check;
	__u32 interrupt; /* it is an interrupt's stack */
	__u64 stepped;	 /* hash by steps, to be compared with; 0: none */
	__u32 vary;	 /* an unknown step is known not to be learnable */
};

/* Two on each CPU: a creation can be interrupted by a wakeup. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct sight_scratch);
} scratches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << STEP_BITS);
	__type(key, __u32);
	__type(value, struct step);
} steps SEC(".maps");

struct hook_step hook_steps[SIGHT_HOOKS + 1]; /* by enum sight_hook */

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

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 32 << 20);
} sights SEC(".maps");

struct sight_loss sight_loss;
volatile __u64
	lesson_gap_ns; /* between two lessons of a CPU: the less there is to learn, the more */
__u64 entry_text, entry_text_size;     /* where interrupts and system calls come in; 0: unknown */
__u64 syscall_text, syscall_text_size; /* of it, system calls */

static __always_inline __u64 mix(__u64 h, __u64 word)
{
	h = (h ^ word) * 0x9E3779B97F4A7C15ULL;
	return h ^ h >> 29;
}

/* ---- the kernel stack ---- */

/* By steps that have been learned: hash of the frames; 0: not all of them have been. */
__noinline __u64 kernel__step(struct sight_scratch *s, __u64 depth, __u32 hook)
{
	__u64 size = depth, at, h = 0;
	__u32 slot, i;

	if (!s || hook > SIGHT_HOOKS)
		return 0;
	s->vary = 0;
	at = *(volatile __u64 *)&s->top - depth;
	if (size > sizeof(s->raw))
		size = sizeof(s->raw);
	s->words = size / 8;
	if (bpf_probe_read_kernel(s->raw, size, (void *)at)) {
		s->words = 0;
		return 0;
	}
	slot = hook_steps[hook].first;
	for (i = 0; i < SIGHT_KERNEL - 1; i++) {
		struct step *step;
		__u64 address;
		__u32 key;

		if (!slot || slot >= s->words || slot >= SIGHT_RAW)
			return 0;
		address = s->raw[slot];
		key = step_slot(address);
		step = bpf_map_lookup_elem(&steps, &key);
		if (!step || step->step >> 16 != (address & 0xffffffffffffULL))
			return 0;
		s->kernel[i] = address;
		h = mix(h, address);
		if ((step->step & 3) == STEP_LAST) {
			/* at its place below the registers of user space, or there is more */
			slot = s->words - ((step->step >> 2) & 0x3fff);
			if (slot >= SIGHT_RAW || s->raw[slot] != step->tail)
				return 0;
			s->kernel[i + 1] = step->tail;
			s->kernel_count = i + 2;
			return mix(h, step->tail);
		}
		if ((step->step & 3) != STEP_ON) {
			s->vary = 1;
			return 0;
		}
		slot += (step->step >> 2) & 0x3fff;
	}
	return 0;
}

/*
 * Of what the kernel's unwinder has found: hash of the frames but our own; of an
 * interrupt, only its own, up to where it came in.
 */
__noinline __u64 kernel__hash(struct sight_scratch *s, __u32 hook)
{
	__u32 skip, i;
	__u64 h = 0;

	if (!s || hook > SIGHT_HOOKS)
		return 0;
	skip = hook_steps[hook].skip;
	for (i = 0; i < SIGHT_KERNEL; i++) {
		__u64 address;

		if (i >= s->kernel_count)
			break;
		if (i < skip)
			continue;
		address = s->kernel[i];
		h = mix(h, address);
		if (s->interrupt && address - entry_text < entry_text_size) {
			s->kernel_count = i + 1;
			/* work that a system call has put off runs on an interrupt's stack, too */
			if (address - syscall_text < syscall_text_size)
				s->interrupt = 0;
			break;
		}
	}
	return h;
}

/* Shows user space how the unwinder went, so that next time it need not. */
__noinline int kernel__teach(struct sight_scratch *s, __u32 hook, bool wrong)
{
	__u64 now = bpf_ktime_get_ns();
	struct sight_lesson *lesson;

	if (!s || !s->words || (s->vary && !wrong) || now - s->lesson_ns < lesson_gap_ns)
		return 0;
	s->lesson_ns = now;
	lesson = bpf_ringbuf_reserve(&sights, sizeof(*lesson), 0);
	if (!lesson)
		return 0;
	lesson->type = SIGHT_LESSON;
	lesson->hook = hook;
	lesson->wrong = wrong;
	lesson->words = s->words;
	lesson->kernel_count = s->kernel_count;
	bpf_probe_read_kernel(lesson->kernel, sizeof(lesson->kernel), s->kernel);
	bpf_probe_read_kernel(lesson->raw, sizeof(lesson->raw), s->raw);
	bpf_ringbuf_submit(lesson, BPF_RB_NO_WAKEUP);
	return 0;
}

/* ---- the user stack ---- */

/* Does a word point into the program's code, or into the library that runs? */
static __always_inline bool walk__is_code(const volatile struct user_walk *walk, __u64 word)
{
	return word - walk->code < walk->code_size || word - walk->ip + USER_NEAR < 2 * USER_NEAR;
}

/* Is there a frame at fp: where the one above it lies, and a return address? */
static __always_inline bool walk__is_frame(struct sight_scratch *s,
					   const volatile struct user_walk *walk, __u64 fp)
{
	__u64 at = fp - walk->sp, next;

	if (at & 7)
		return false;
	at >>= 3;
	if (at > USER_WORDS - 2)
		return false;
	next = s->user[at];
	return next - fp - 1 < USER_FRAME && walk__is_code(walk, s->user[at + 1]);
}

/*
 * What tells it from others: where it is; the return addresses by frame pointers;
 * and, below the first frame that has one (a C library's system calls have none),
 * whatever points into the program's or that library's code.  Such a function may use the
 * frame pointer for something else: then it has been put onto the stack before.
 */
__noinline __u64 user__hash(struct sight_scratch *s)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	struct mm_struct *mm = task->mm;
	volatile struct user_walk *walk;
	__u32 i;

	if (!s || !mm)
		return 0;
	walk = &s->walk;
	walk->h = walk->ip = PT_REGS_IP_CORE(regs);
	walk->sp = PT_REGS_SP_CORE(regs);
	walk->fp = PT_REGS_FP_CORE(regs);
	walk->code = mm->start_code;
	walk->code_size = mm->end_code - walk->code;
	if (bpf_probe_read_user(s->user, sizeof(s->user), (void *)walk->sp))
		return walk->h;
	walk->found = walk__is_frame(s, walk, walk->fp);
	for (i = 0; i < USER_WORDS; i++) {
		__u64 word;

		if (walk->found && i * 8 >= walk->fp - walk->sp)
			break;
		word = s->user[i];
		if (walk__is_code(walk, word)) {
			walk->h = mix(walk->h, word ^ (__u64)i << 56);
		} else if (!walk->found && walk__is_frame(s, walk, word)) {
			walk->fp = word;
			walk->found = 1;
		}
	}
	for (i = 0; i < SIGHT_USER; i++) {
		__u64 at = walk->fp - walk->sp, next, address;

		if (at & 7 || at > USER_FRAME)
			break;
		if (at > (USER_WORDS - 2) * 8) { /* out of the window: it moves */
			walk->sp = walk->fp;
			if (bpf_probe_read_user(s->user, sizeof(s->user), (void *)walk->sp))
				break;
			at = 0;
		}
		at >>= 3;
		if (at > USER_WORDS - 2)
			break;
		next = s->user[at];
		address = s->user[at + 1];
		if (!address)
			break;
		walk->h = mix(walk->h, address);
		if (next <= walk->fp)
			break;
		walk->fp = next;
	}
	return walk->h;
}

/* ---- a stack ---- */

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

static __always_inline struct sight_scratch *scratch__get(__u32 hook)
{
	__u32 which = hook == SIGHT_CREATOR;

	return bpf_map_lookup_elem(&scratches, &which);
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
	s->words = 0;
	if (s->interrupt)
		return 0; /* where its stack ends is not to be known */
	h = kernel__step(s, depth, hook);
	if (!h)
		return 0;
	if (++s->since_check < CHECK_EVERY)
		return stack__number(s, h, hook, false);
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

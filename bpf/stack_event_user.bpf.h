/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user part of a stack: followed by the rules of its places in code (frame_rule.h),
 * which user space teaches when they turn up for the first time.
 */
#ifndef STACK_EVENT_USER_BPF_H
#define STACK_EVENT_USER_BPF_H

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1 << RULE_BITS);
	__type(key, __u32);
	__type(value, struct rule_bucket);
} rules SEC(".maps");

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

static __always_inline __u64 rule__find(__u64 space, __u64 pc)
{
	__u64 key = rule_key(space, pc);
	__u32 slot = rule_slot(key), i;
	struct rule_bucket *bucket = bpf_map_lookup_elem(&rules, &slot);

	if (!bucket)
		return RULE_NONE;
	for (i = 0; i < RULE_WAYS; i++) {
		if (bucket->way[i].key == key)
			return bucket->way[i].rule;
	}
	return RULE_NONE;
}

/*
 * A word of the stack, into walk.word; what is around it is read at once, where it is
 * there.  Says whether it was.  Not static, so that it is verified once.
 */
__noinline int walk__read(struct stack_event_scratch *s, __u64 address)
{
	volatile struct user_walk *walk;
	__u64 at, word;

	if (!s)
		return 0;
	walk = &s->walk;
	if (address & (walk->narrow ? 3 : 7))
		return 0;
	at = (address - walk->from) >> 3;
	if (at >= walk->words) {
		walk->from = address & ~7ULL;
		walk->words = USER_WORDS;
		at = 0;
		if (bpf_probe_read_user(s->user, sizeof(s->user), (void *)(address & ~7ULL))) {
			/* a page that nobody has touched is near */
			walk->words = 1;
			if (bpf_probe_read_user(s->user, sizeof(s->user[0]),
						(void *)(address & ~7ULL)))
				walk->words = 0;
		}
		if (!walk->words)
			return 0;
	}
	barrier_var(at);
	word = s->user[at & (USER_WORDS - 1)];
	if (walk->narrow)
		word = address & 4 ? word >> 32 : (__u32)word;
	walk->word = word;
	return 1;
}

static __always_inline bool walk__word(struct stack_event_scratch *s,
				       volatile struct user_walk *walk, __u64 address,
				       __u64 *ret_word)
{
	if (!walk__read(s, address))
		return false;
	*ret_word = walk->word;
	return true;
}

/* To the frame that a signal has interrupted. */
static __always_inline bool walk__leave_handler(struct stack_event_scratch *s,
						volatile struct user_walk *walk, __u64 *ret_pc)
{
	__u64 at = walk->sp, fp, sp;

	if (walk->narrow || !walk__word(s, walk, at + SIGNAL_FP, &fp) ||
	    !walk__word(s, walk, at + SIGNAL_SP, &sp) ||
	    !walk__word(s, walk, at + SIGNAL_IP, ret_pc))
		return false;
	walk->fp = fp;
	walk->sp = sp;
	return true;
}

/* To the caller, by a rule of the function; false: it does not lead further up. */
static __always_inline bool walk__leave(struct stack_event_scratch *s,
					volatile struct user_walk *walk, __u64 rule, __u64 *ret_pc)
{
	__u32 shift = walk->narrow ? 2 : 3;
	__u64 cfa = RULE_CFA(rule) << shift, sp = walk->sp, fp = walk->fp, saved;

	if (RULE_KIND(rule) == RULE_SP)
		cfa += sp;
	else if (RULE_KIND(rule) == RULE_FP)
		cfa += fp;
	else if (RULE_KIND(rule) != RULE_AT_FP || !walk__word(s, walk, fp - cfa, &cfa))
		return false;
	if (cfa - sp > USER_FRAME || (cfa == sp && RULE_RA(rule)))
		return false;
	if (RULE_HOW(rule) != RULE_FP_KEPT) {
		if (!walk__word(s, walk,
				RULE_HOW(rule) == RULE_FP_BY_FP ? fp :
								  cfa - (RULE_FP_AT(rule) << shift),
				&saved))
			return false;
		walk->fp = saved;
	}
	if (!RULE_RA(rule))
		*ret_pc = walk->lr;
	else if (!walk__word(s, walk, cfa - (RULE_RA(rule) << shift), ret_pc))
		return false;
	walk->lr = 0;
	walk->sp = cfa;
	return true;
}

/* To the next frame; false: there is none, or nobody knows the way. */
static __always_inline bool walk__on(struct stack_event_scratch *s, volatile struct user_walk *walk)
{
	__u64 rule = rule__find(walk->space, walk->pc), pc = 0;
	bool there;

	walk->state = STACK_EVENT_UNWIND_PARTIAL;
	if (!rule)
		return false;
	walk->state = RULE_KIND(rule) == RULE_END ? STACK_EVENT_UNWIND_WHOLE :
						    STACK_EVENT_UNWIND_STUCK;
	if (RULE_KIND(rule) == RULE_END)
		return false;
	there = RULE_KIND(rule) == RULE_SIGNAL ? walk__leave_handler(s, walk, &pc) :
						 walk__leave(s, walk, rule, &pc);
	if (!there)
		return false;
	walk->state = STACK_EVENT_UNWIND_WHOLE;
	walk->pc = pc;
	return pc;
}

/*
 * What tells it from others: where it is, and its return addresses; with the state, which
 * says whether these are all.
 */
__noinline __u64 user__hash(struct stack_event_scratch *s)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	volatile struct user_walk *walk;
	__u32 i;

	if (!s)
		return 0;
	walk = &s->walk;
	walk->h = walk->ip = walk->pc = TASK_IP(regs);
	walk->begin = walk->sp = TASK_SP(regs);
	walk->fp = TASK_FP(regs);
	walk->lr = TASK_LR(regs);
	walk->narrow = TASK_IS_32(regs);
	walk->space = task__space(task);
	walk->from = walk->words = 0;
	walk->h = mix(walk->h, walk->space);
	for (i = 0; i < STACK_EVENT_USER; i++) {
		if (!walk__on(s, walk))
			break;
		walk->addresses[i] = walk->pc;
		walk->h = mix(walk->h, walk->pc);
	}
	walk->count = i;
	return walk->h;
}

#endif
